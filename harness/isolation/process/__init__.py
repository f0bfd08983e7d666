"""Stacks as plain processes of this host: no engine, no images. Only this room knows `/proc`."""
