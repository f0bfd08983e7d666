"""Whether an orchestrator does what the contract says: a checklist, from its folder to the end of its stack."""
