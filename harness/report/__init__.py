"""The report: reads records and environment, computes, and writes tables. Never touches Docker or an orchestrator."""
