"""Tests of ``rnnoise_py.model``."""
