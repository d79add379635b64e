"""Tests of what can be seen in a run."""
