"""Where the rows of a training come from: files, or a mixer that makes them on the fly."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.rows.description import Sources
from rnnoise_py.rows.fly import HELD_OUT, POOL_WINDOWS, POOLS_AHEAD, VERSION, FlyPools, split_frames
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.rows.source_list import list_path, lock_path, shared_sources
from rnnoise_py.rows.store import ROW_BYTES, row_bytes
from rnnoise_py.runs.atomic import atomic_path
from rnnoise_py.runs.progress import note
from rnnoise_py.runs.workers import cores
from rnnoise_py.training.config import TrainingConfig
from rnnoise_py.training.windows import FloatArray, RowFiles, split_windows

Windows = npt.NDArray[np.int64]
Batches = Iterator[tuple[Windows, FloatArray]]  #: numbers of windows, and their rows (windows, window, ROW_SIZE)

VALIDATION_NAME: Final = "validation.f32"  #: the stored rows of a run on the fly, in its folder
LEAST_HELD_OUT: Final = 2  #: windows of it
MOST_HELD_OUT: Final = 64


def kept_list(folder: Path) -> tuple[Path, Path]:
    """Return where a run folder keeps the digests of the audio, and their lock."""
    return list_path(folder / VALIDATION_NAME), lock_path(folder / VALIDATION_NAME)


class RowSource(Protocol):
    """Rows for the epochs of a run, and those that are held out; a run with equal digests gets equal rows."""

    window: int  #: rows of a window
    training: int  #: windows of an epoch
    validation: int  #: windows held out

    def check(self) -> dict[str, Any]:
        """Look at everything once; return what the run's records say: files, windows, window, digest."""

    def prepare(self, folder: Path) -> None:
        """Store in the run folder what is to be stored; it is there and locked."""

    def order(self, seed: int, epoch: int) -> Windows:
        """Return the windows of an epoch in the order in which they are trained on."""

    def batches(self, epoch: int, order: Windows, size: int) -> Batches:
        """Yield the windows of an epoch in this order, ``size`` at a time."""

    def held_out(self, size: int) -> Batches:
        """Yield the windows that are held out."""

    def describe(self, window: int) -> str:
        """Say a window in words, for messages."""

    def memory_bytes(self) -> int:
        """Bytes of buffers."""

    def close(self) -> None:
        """Close files."""


class StoredRows:
    """Files of rows; the last windows are held out."""

    def __init__(self, files: RowFiles, validation: float) -> None:
        self._files = files
        self._training, self._validation = split_windows(files.windows, validation)
        self.window, self.training, self.validation = files.window, len(self._training), len(self._validation)

    def check(self) -> dict[str, Any]:
        """See :class:`RowSource`."""
        return self._files.check()

    def prepare(self, folder: Path) -> None:
        """See :class:`RowSource`."""

    def order(self, seed: int, epoch: int) -> Windows:
        """See :class:`RowSource`."""
        return np.random.default_rng([seed, epoch]).permutation(self._training)

    def batches(self, epoch: int, order: Windows, size: int) -> Batches:
        """See :class:`RowSource`."""
        return self._files.batches(order, size)

    def held_out(self, size: int) -> Batches:
        """See :class:`RowSource`."""
        return self._files.batches(self._validation, size)

    def describe(self, window: int) -> str:
        """See :class:`RowSource`."""
        return self._files.describe(window)

    def memory_bytes(self) -> int:
        """See :class:`RowSource`."""
        return 0

    def close(self) -> None:
        """See :class:`RowSource`."""


class FlyRows:
    """Rows made on the fly of the first part of clean speech and noise; a few of the rest are stored and held out.

    Parameters
    ----------
    config
        With ``fly``.

    Raises
    ------
    InputError
        When the audio cannot be used, or an epoch has no whole window.
    """

    def __init__(self, config: TrainingConfig) -> None:
        assert config.fly is not None
        self._config = config
        self._inputs = Inputs(*config.fly)
        self._stored: RowFiles | None = None
        self._sources: Sources | None = None
        try:
            for line in self._inputs.notes:
                note(line)
            frames = self._inputs.clean_rows, self._inputs.noise_rows
            spans = split_frames(frames, config.validation)
            self.window = config.window
            rows = config.epoch_rows or spans[0].clean[1]
            self.training = rows // self.window
            self.validation = max(LEAST_HELD_OUT, min(round(self.training * config.validation), MOST_HELD_OUT))
            if not self.training:
                raise InputError(
                    f"{rows:,} rows an epoch are no whole window of {self.window}: set --epoch-rows higher"
                )
            self._heard, self._kept = (
                FlyPools(
                    self._inputs.clean,
                    self._inputs.noise,
                    span,
                    window=self.window,
                    seed=config.seed,
                    workers=max(1, cores(config.workers) // 2),  # beside training, whose threads wait for each other
                )
                for span in spans
            )
        except BaseException:
            self._inputs.close()
            raise

    def check(self) -> dict[str, Any]:
        """See :class:`RowSource`."""
        sources = self._sources = self._known(self._config.folder, self._inputs.make_sources)
        recipe = {
            "version": VERSION,
            "seed": self._config.seed,
            "epoch_windows": self.training,
            "window": self.window,
            "validation": self._config.validation,
            **sources.identity,
        }
        digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()
        clean, noise = map(printable, self._inputs.paths)
        made_of = {"clean": clean, "noise": noise, **recipe}
        return {"files": [], "fly": made_of, "windows": self.training, "window": self.window, "digest": digest}

    def prepare(self, folder: Path) -> None:
        """See :class:`RowSource`."""
        sources = self._sources
        assert sources is not None, "checked before"
        self._known(folder, lambda: sources)
        path = folder / VALIDATION_NAME
        size = self.validation * self.window * ROW_BYTES
        if not (self._config.resume and path.is_file() and path.stat().st_size == size):
            with atomic_path(path) as temporary, temporary.open("wb") as file:
                for rows in self._kept.pools(HELD_OUT, self.validation):
                    file.write(row_bytes(rows))
        self._stored = RowFiles([path], self.window)

    def _known(self, folder: Path, make: Callable[[], Sources]) -> Sources:
        """Return the digests of the audio: those that an earlier start kept in the run folder, if it is unchanged."""
        if not folder.is_dir():
            return make()
        paths = [*self._inputs.clean.files, *self._inputs.noise.files]
        return shared_sources(folder / VALIDATION_NAME, self._inputs.pending, paths, make)

    def order(self, seed: int, epoch: int) -> Windows:
        """Return the windows of an epoch, shuffled within their pools: only those are there at a time."""
        random = np.random.default_rng([seed, epoch])
        firsts = range(0, self.training, POOL_WINDOWS)
        return np.concatenate(
            [first + random.permutation(min(POOL_WINDOWS, self.training - first)) for first in firsts]
        )

    def batches(self, epoch: int, order: Windows, size: int) -> Batches:
        """See :class:`RowSource`."""
        pools: dict[int, FloatArray] = {}
        coming = enumerate(self._heard.pools(epoch, self.training))
        for first in range(0, len(order), size):
            part = order[first : first + size]
            needed = part // POOL_WINDOWS
            for number in [number for number in pools if number < needed.min()]:
                del pools[number]
            while max(pools, default=-1) < needed.max():
                number, rows = next(coming)
                pools[number] = rows
            yield part, np.stack([pools[int(window) // POOL_WINDOWS][int(window) % POOL_WINDOWS] for window in part])

    def held_out(self, size: int) -> Batches:
        """See :class:`RowSource`."""
        assert self._stored is not None, "prepared before"
        return self._stored.batches(np.arange(self.validation, dtype=np.int64), size)

    def describe(self, window: int) -> str:
        """See :class:`RowSource`."""
        clean, noise = map(printable, self._inputs.paths)
        return f"window {window} of {clean} and {noise}, made on the fly"

    def memory_bytes(self) -> int:
        """See :class:`RowSource`."""
        return (2 + POOLS_AHEAD) * min(POOL_WINDOWS, self.training) * self.window * ROW_BYTES

    def close(self) -> None:
        """See :class:`RowSource`."""
        self._inputs.close()


def open_source(config: TrainingConfig) -> RowSource:
    """Open the rows of a run.

    Raises
    ------
    InputError
        When they cannot be used.
    """
    if config.fly is not None:
        return FlyRows(config)
    return StoredRows(RowFiles(config.rows, config.window), config.validation)
