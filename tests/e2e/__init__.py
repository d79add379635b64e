"""Tests that drive a browser against the real service."""
