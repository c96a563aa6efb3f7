"""Vendors: who they are, the credentials they call with, and the policies they publish."""
