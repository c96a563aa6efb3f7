"""What the HTTP outside looks like, in words of OpenAPI 3.1."""
