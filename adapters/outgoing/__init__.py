"""Calls of ours to other machines: who may be dialled, time limits, and what failed in words."""
