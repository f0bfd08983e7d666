"""The last lines of what a program wrote, short enough for a record whatever they are."""

END_BYTES = 64 << 10
"""How much of a log is looked at: the last lines of an ordinary one, many times over."""
_LINES = 30
_LONGEST = 1000


def last_lines(content: bytes) -> str:
    """Return the last lines of the end of a log; long ones are cut."""
    lines = content[-END_BYTES:].decode(errors="replace").splitlines()[-_LINES:]
    return "\n".join(line if len(line) <= _LONGEST else f"{line[:_LONGEST]} … (cut)" for line in lines)
