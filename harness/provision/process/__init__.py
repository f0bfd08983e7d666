"""Environments and code in folders of this host, for the user that runs stacks. Only this room knows uv and users."""
