"""What an installation needs beside its work: backup and restore, retention, erasure, metrics."""
