"""The `noop` workload in plain Python."""

import sys

from retry import retry

from reference import noop


def main(trial: str, _month: str) -> None:
    """Run the three empty steps once."""
    retry(lambda: noop.load(trial))
    retry(lambda: noop.transform(trial))
    retry(lambda: noop.export(trial))


if __name__ == "__main__":
    main(*sys.argv[1:])
