"""The standard host format as schemas (contract 3.2): read by host `standard` and the API, shown by OpenAPI."""
