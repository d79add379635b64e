"""Graph and code: one is the other."""
