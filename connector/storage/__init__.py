"""The database: engines, tables, migrations, stored values, ids, secrets at rest, the log of acts and counters."""
