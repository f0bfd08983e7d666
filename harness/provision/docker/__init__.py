"""Images of a Docker engine, and its client."""
