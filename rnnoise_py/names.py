"""Names of files as text for messages, tables and JSON: names are bytes, not all of them text."""

import os
import re
import sys
from pathlib import Path
from typing import Final

#: what would break a line, drive a terminal, or change the direction of the text around it
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(path: Path | str) -> str:
    r"""Return a path as one line of text that any stream and JSON can take.

    Bytes that are no UTF-8 become ``\xNN``, control characters and ends of lines ``\n``, ``\x1b`` …
    """
    text = os.fspath(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return escape_controls(text)


def soundfile_name(path: Path) -> str | bytes:
    """Return the name of a file as soundfile takes any: bytes where names are bytes, text on Windows."""
    return str(path) if sys.platform == "win32" else os.fsencode(path)


def escape_controls(text: str) -> str:
    r"""Replace control characters, ends of lines and marks of direction by escapes such as ``\n`` and ``\u202e``."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def escape_lines(text: str) -> str:
    """Do the same line by line: what ends lines with a newline stays as it is."""
    return "\n".join(map(escape_controls, text.split("\n")))
