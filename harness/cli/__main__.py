"""The way in: `orchbench`, and `python -m harness.cli`."""

import signal

# While modules load there is nothing to clean up: Ctrl-C ends the process at once, and without a traceback.
if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from harness.cli.app import main

if __name__ == "__main__":
    main()
