"""What a C source includes: read where it lies in the same folder, nowhere else."""

import os
import re
import stat
from pathlib import Path
from typing import Final

# Comments and strings; what is not closed runs to the end, so that no input is scanned twice. Includes are kept.
_PIECE: Final = re.compile(
    r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]*)"[^\n]*|/\*.*?(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n])*"?',
    re.DOTALL | re.MULTILINE,
)
_LARGEST: Final = 1 << 23  # bytes of all that is included
_MOST: Final = 32  # files
_LONGEST_NAME: Final = 100
_WITHOUT_WEIGHTS: Final = frozenset({"rnn.h", "rnn_data.h", "rnnoise.h", "config.h", "common.h", "arch.h"})


class Includes:
    """The files that a source includes.

    Parameters
    ----------
    source
        Where the source lies, and beside it what it may include; None: nothing.
    """

    def __init__(self, source: Path | None) -> None:
        self.folder = None if source is None else source.parent
        self.missing: list[str] = []  #: names of those that are not in the folder
        self._seen = set() if source is None else {source.name}
        self._room = _LARGEST

    @property
    def remedy(self) -> str:
        """What to do about files that are missing; nothing where none is that could hold weights."""
        names = [name for name in self.missing if name not in _WITHOUT_WEIGHTS]
        return f"it includes {', '.join(names[:3])}, put that into its folder" if names else ""

    def expand(self, text: str) -> str:
        """Return a source without comments and strings, with the content of what it includes in its place."""

        def replace(match: re.Match[str]) -> str:
            name = match[1]
            if name is None:
                return " "
            content = self._content(name)
            return " " if content is None else f"\n{self.expand(content)}\n"

        return _PIECE.sub(replace, text)

    def _content(self, name: str) -> str | None:
        """Read a file of the folder, each once; None where it is none."""
        if name in self._seen or len(self._seen) >= _MOST:
            return None
        self._seen.add(name)
        content = self._read(name)
        if content is None and len(name) <= _LONGEST_NAME and name.isprintable():
            self.missing.append(name)
        return content

    def _read(self, name: str) -> str | None:
        """Read a regular file of this plain name: no path, no link, no pipe."""
        if self.folder is None or "/" in name or "\\" in name or "\0" in name or name in {"", ".", ".."}:
            return None
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            if not stat.S_ISREG((self.folder / name).lstat().st_mode):
                return None
            with open(os.open(self.folder / name, flags), "rb") as stream:
                if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                    return None
                content = stream.read(self._room + 1)
        except (OSError, UnicodeEncodeError):
            return None
        if len(content) > self._room:
            return None
        self._room -= len(content)
        return content.decode("utf-8-sig", "replace")
