"""What several hosts share: reading members of a body with their place, and making samples."""
