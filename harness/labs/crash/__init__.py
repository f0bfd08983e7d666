"""The crash lab: what a tool does when something dies."""
