"""The machine and the checkout: their description, the state of the code, the input data, and one harness at a time."""
