"""Tests of ``rnnoise_py.recipe``."""
