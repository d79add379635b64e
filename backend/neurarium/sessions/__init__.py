"""Runs as the web sees them: workers, viewers, timelines."""
