"""Tests of the models room; oracles are plain torch, written out by hand."""
