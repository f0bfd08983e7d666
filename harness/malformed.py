"""What is wrong with a file that does not have the shape it must have, in one line."""

from pydantic import ValidationError


def first_fault(error: ValidationError) -> str:
    """Return the first field that is wrong, and why."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
