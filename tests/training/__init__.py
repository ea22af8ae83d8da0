"""Tests of ``rnnoise_py.training``."""
