"""Tests of ``rnnoise_py.cli``."""
