"""The command line `orchbench`."""
