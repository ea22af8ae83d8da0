"""Tests of ``rnnoise_py.lanes``."""
