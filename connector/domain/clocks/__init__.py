"""The clocks of a ticket: when each runs, rests and is due."""
