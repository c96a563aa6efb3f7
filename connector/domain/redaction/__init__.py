"""Credentials cut out of text before anything is stored."""
