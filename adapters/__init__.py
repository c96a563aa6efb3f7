"""The world outside: hosts we hear from, helpdesks we hand tickets to. Each stands on `connector.ports`."""
