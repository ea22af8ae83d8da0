"""Tests of ``rnnoise_py.stages``."""
