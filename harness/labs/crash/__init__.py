"""The crash lab."""
