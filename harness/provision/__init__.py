"""Puts the software of a stack onto this machine: indexes, wheels, environments, images, and staged sources."""
