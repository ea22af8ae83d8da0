"""Tests of ``rnnoise_py.report``."""
