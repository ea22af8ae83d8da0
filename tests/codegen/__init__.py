"""Tests of ``rnnoise_py.codegen``."""
