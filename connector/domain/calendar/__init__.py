"""Hours, days and periods in a vendor's own zone."""
