"""Tests; `tests/data` holds recorded figures."""
