"""Tests of the adaptation room."""
