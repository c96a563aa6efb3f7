"""Keys sold with another system, from a file into the ledger: rows -> entries -> batches. Each module does one step."""
