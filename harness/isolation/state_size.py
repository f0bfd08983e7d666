"""What is asked of a metadata database about itself."""

STATE_QUERY = (
    "SELECT pg_catalog.pg_database_size(datname), xact_commit + xact_rollback FROM pg_catalog.pg_stat_database "
    "WHERE datname = pg_catalog.current_database()"
)
"""Its size in bytes, and its transactions so far (PostgreSQL documentation, the statistics collector)."""
