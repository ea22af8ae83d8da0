"""The version, in one place: packages, provenance and ``--version`` read it."""

__version__ = "0.1.0"
