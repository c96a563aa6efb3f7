"""Support requests: deliveries, facts, decisions, eligibility, and restrictions of people."""
