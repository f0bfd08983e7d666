"""A result on the disk: its records and their chain, its environment, its folder, and one value that holds it all."""
