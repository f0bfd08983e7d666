"""The reference pipeline: pure steps, the probe that observes them, and nothing about any orchestrator."""
