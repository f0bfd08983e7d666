"""How a stack is held apart from everything else on the machine: a protocol, and its implementations."""
