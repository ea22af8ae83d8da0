"""Tests of ``rnnoise_py.denoiser``."""
