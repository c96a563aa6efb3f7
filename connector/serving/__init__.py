"""The processes of an installation: the way into the server, its supervision, and the RQ workers."""
