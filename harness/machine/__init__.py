"""The machine and the checkout: their description, the state of the code, and the input data."""
