"""Tests of ``rnnoise_py.dataset``."""
