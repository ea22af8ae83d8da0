"""Tests of ``rnnoise_py.corpora``."""
