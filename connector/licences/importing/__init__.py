"""Existing keys of any peer, from a file into the ledger: rows -> entries -> batches. Each module does one step."""
