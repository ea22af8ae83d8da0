"""Files that must be decoded, decoded once, in a temporary file without a name."""

import tempfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.decode import AudioDecoder
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.names import printable
from rnnoise_py.spec.constants import PCM_BYTES


class Spool:
    """48 kHz mono int16 samples of whole files, one after the other as they were asked for.

    Parameters
    ----------
    folder
        Where they are kept; the system's temporary folder when None.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self._places: dict[Path, int] = {}  # first sample of each file
        self._end = 0

    def close(self) -> None:
        """Let it vanish."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def decode(self, path: Path) -> AudioDecoder:
        """Decode a file; return what did it, which knows how long it is and what was odd.

        Raises
        ------
        InputError
            When it cannot be decoded.
        OutputError
            When the disk is full.
        """
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115
            assert self._file is not None
            self._file.seek(PCM_BYTES * self._end)
            with AudioDecoder(path) as decoder:
                for block in decoder.blocks():
                    _write_all(self._file, block)
        except (InputError, OutputError):
            raise
        except OSError as error:
            raise OutputError(
                f"cannot spool {printable(path)} in {self._folder or tempfile.gettempdir()}: "
                f"{error.strerror}; set TMPDIR to a larger disk, or `rnnoise-py dataset merge` first"
            ) from error
        self._places[path] = self._end
        self._end += decoder.samples
        return decoder

    def find(self, path: Path, samples: int) -> tuple[BinaryIO, int]:
        """Return the open spool file and the first sample of a file, which is decoded now if it was not before.

        Raises
        ------
        InputError
            When it has not as many samples as it should have.
        """
        if path not in self._places and self.decode(path).samples != samples:
            raise InputError(f"{printable(path)} is not what it was: start again")
        assert self._file is not None
        return self._file, self._places[path]


def _write_all(file: BinaryIO, block: npt.NDArray[np.int16]) -> None:
    view = np.ascontiguousarray(block).data.cast("B")
    while len(view):
        view = view[file.write(view) :]
