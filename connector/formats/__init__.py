"""What comes from outside, read by pure code that adapters see too: strict JSON, host names, signatures, the standard body."""
