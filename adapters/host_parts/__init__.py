"""What several hosts share: reading members of a body with their path, and making samples."""
