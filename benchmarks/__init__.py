"""Measurements against the bars and against peers, one file a question."""
