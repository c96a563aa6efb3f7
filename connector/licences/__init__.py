"""The ledger of licences: what hosts told, who holds what, which sites have seats, and what shipped software is answered."""
