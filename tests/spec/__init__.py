"""Tests of ``rnnoise_py.spec``."""
