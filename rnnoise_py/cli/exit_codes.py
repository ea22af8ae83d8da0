"""Exit codes of every command; 0 is done."""

from typing import Final

from rnnoise_py.errors import EXIT_UNUSABLE

EXIT_DIFFERS: Final = 1  #: done, but a comparison differs, a check failed or some inputs were skipped
EXIT_INTERRUPTED: Final = 130

__all__ = ["EXIT_DIFFERS", "EXIT_INTERRUPTED", "EXIT_UNUSABLE"]
