"""Tests of the capture room; oracles are plain torch."""
