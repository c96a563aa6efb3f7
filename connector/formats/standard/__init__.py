"""The standard host format as schemas: read by host `standard` and by the API, shown by OpenAPI."""
