"""Tests of ``rnnoise_py.synthetic``."""
