"""Tests of ``rnnoise_py.audio``."""
