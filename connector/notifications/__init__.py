"""News for a vendor's own programs: where it goes, and the loop that sends it."""
