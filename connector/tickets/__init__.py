"""Tickets after acceptance: states and clocks, what agents do, forwarding to helpdesks, mails to customers, reports."""
