"""Whole servers that are killed at random moments, from a seed that is printed when something is lost."""
