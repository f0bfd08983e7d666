"""The reference pipeline: pure steps and the probe that observes them, independent of any orchestrator."""
