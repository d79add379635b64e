"""Tests mirror the sources: tests/models and tests/backend, file for file."""
