"""Notifications to a vendor's own programs: what they say, and the loop that sends them."""
