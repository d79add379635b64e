"""Each source of examples by itself."""
