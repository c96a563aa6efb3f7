"""Licences and what belongs to them: events, purchases, people, sites and seats."""
