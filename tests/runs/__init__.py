"""Tests of ``rnnoise_py.runs``."""
