"""Rows of someone else's ``denoise_training`` beside ours, compared bit for bit as they come."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnoise_py.audio import BARE_SUFFIXES
from rnnoise_py.errors import DependencyError, InputError, OutputError
from rnnoise_py.rows.extractor import RowExtractor
from rnnoise_py.rows.inputs import Inputs, Stream
from rnnoise_py.rows.store import F32, ROW_BYTES
from rnnoise_py.spec.layout import COLUMN_NAMES, ROW_SIZE

_COPY_SAMPLES: Final = 1 << 20


@dataclass
class Comparison:
    """What differs between two streams of rows."""

    rows: int = 0  #: compared
    different_values: int = 0
    different_rows: int = 0
    columns: set[int] = field(default_factory=set)  #: in which something differs
    first: tuple[int, int, np.float32, np.float32] | None = None  #: row, column, ours, theirs

    def add(self, ours: F32, theirs: F32) -> None:
        """Compare the next rows as uint32."""
        different = ours.view(np.uint32) != theirs.view(np.uint32)
        if different.any():
            if self.first is None:
                row, column = (int(i) for i in np.argwhere(different)[0])
                self.first = (self.rows + row, column, ours[row, column], theirs[row, column])
            self.different_values += int(np.count_nonzero(different))
            self.different_rows += int(np.count_nonzero(different.any(axis=1)))
            self.columns |= set(map(int, np.flatnonzero(different.any(axis=0))))
        self.rows += len(ours)

    @property
    def identical(self) -> bool:
        """Whether every bit was the same."""
        return self.first is None

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values, by name."""
        first = None
        if self.first is not None:
            row, column, ours, theirs = self.first
            first = {
                "row": row,
                "column": column,
                "name": COLUMN_NAMES[column],
                "ours": {"hex": hex_bits(ours), "value": repr(float(ours))},
                "reference": {"hex": hex_bits(theirs), "value": repr(float(theirs))},
            }
        return {
            "rows": self.rows,
            "values": self.rows * ROW_SIZE,
            "identical": self.identical,
            "first": first,
            "different_values": self.different_values,
            "different_rows": self.different_rows,
            "different_columns": tuple(COLUMN_NAMES[column] for column in sorted(self.columns)),
        }


def hex_bits(value: np.float32) -> str:
    """Bits of a float32, e.g. ``0x3f800000``."""
    return f"0x{int(value.view(np.uint32)):08x}"


def find_binary(given: str) -> Path:
    """Return a program as an absolute path: a file, else a name in PATH.

    Raises
    ------
    DependencyError
        When there is none, or it may not be run.
    """
    path = Path(given)
    if path.is_file():
        if shutil.which(str(path.absolute())) is None:
            raise DependencyError(f"{given} is not executable: chmod +x, or give a built denoise_training")
        return path.absolute()
    found = shutil.which(given)
    if found is None:
        raise DependencyError(f"{given} does not exist: give the path of a built denoise_training")
    return Path(found)


def bare_file(stream: Stream, folder: Path, name: str) -> Path:
    """Return a bare 16-bit PCM file of the stream: its own file when it is one, else a copy in ``folder``."""
    files = stream.files
    if len(files) == 1 and files[0].suffix.lower() in BARE_SUFFIXES:
        return files[0].absolute()
    path = folder / f"{name}.raw"
    try:
        with path.open("wb") as file:
            for start in range(0, stream.samples, _COPY_SAMPLES):
                block = stream.read(start, min(_COPY_SAMPLES, stream.samples - start))
                file.write(block.astype("<i2", copy=False).tobytes())
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot write {path}: {error.strerror}; set TMPDIR to a larger disk") from error
    return path


def compare_with_binary(
    binary: Path, inputs: Inputs, count: int, seed: int | None, on_rows: Callable[[int], None], *, workers: int = 1
) -> Comparison:
    """Run ``binary CLEAN.raw NOISE.raw COUNT [--seed S]`` and compare its rows with ours.

    ``--seed`` is passed on only when ``seed`` is given; the original tool has no such option and is seed 1.

    Raises
    ------
    InputError
        When the program fails or writes fewer or more rows than asked for.
    """
    result = Comparison()
    with tempfile.TemporaryDirectory(prefix="rnnoise-py-") as folder, tempfile.TemporaryFile() as said:
        command = [
            str(binary),
            str(bare_file(inputs.clean, Path(folder), "clean")),
            str(bare_file(inputs.noise, Path(folder), "noise")),
            str(count),
        ]
        if seed is not None:
            command += ["--seed", str(seed)]
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said)
        except OSError as error:
            raise InputError(f"{binary} cannot be run: {error.strerror}") from error
        with process:
            try:
                assert process.stdout is not None
                extractor = RowExtractor(inputs.clean, inputs.noise, 1 if seed is None else seed, workers)
                for ours in extractor.blocks(count):
                    content = process.stdout.read(ours.nbytes)
                    whole = len(content) // ROW_BYTES
                    theirs = np.frombuffer(content[: whole * ROW_BYTES], "<f4").reshape(whole, ROW_SIZE)
                    result.add(ours[:whole], theirs.astype(np.float32, copy=False))
                    on_rows(whole)
                    if whole < len(ours):
                        break
                surplus = process.stdout.read(1) if result.rows == count else b""
                if surplus:
                    process.kill()
                    raise InputError(f"{binary} writes more than {count:,} rows of {ROW_SIZE} float32")
                code = process.wait()
            except BaseException:
                process.kill()
                raise
        if code or result.rows < count:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            last = f"; it said: {lines[-1]}" if lines else ""
            raise InputError(f"{binary} wrote {result.rows:,} of {count:,} rows, exit code {code}{last}")
    return result
