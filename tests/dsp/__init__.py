"""Tests of ``rnnoise_py.dsp``."""
