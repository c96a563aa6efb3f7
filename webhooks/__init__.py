"""Deliveries in and out: how they are signed, taken once and answered."""
