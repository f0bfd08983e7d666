"""What a user asked for and cannot have."""


class Misuse(Exception):
    """The command was given something that it cannot do; the message says what it can."""
