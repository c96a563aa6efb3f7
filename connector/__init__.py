"""The support-entitlement connector: ledger, decisions and ticket queue."""

__version__ = "0.1.0"
