"""The database: engines, tables, migrations, stored values, ids, secrets at rest, the audit log and counters."""
