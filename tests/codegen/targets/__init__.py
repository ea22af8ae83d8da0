"""Tests of what else a model becomes."""
