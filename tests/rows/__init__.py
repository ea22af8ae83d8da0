"""Tests of ``rnnoise_py.rows``."""
