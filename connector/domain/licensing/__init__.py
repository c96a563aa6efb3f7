"""Licences and what stands beside them: news, purchases, people, sites and seats."""
