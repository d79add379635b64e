"""Tests of the backend, file for file."""
