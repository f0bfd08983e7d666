"""How an orchestrator begins: a folder that already runs, made of a template, and the lock of what it needs."""
