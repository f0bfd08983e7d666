"""Checks an orchestrator against the contract: a checklist, from its folder to the end of its stack."""
