"""Training rows from clean speech and noise: 42 features, 22 gains, 22 noise log-energies, 1 VAD label.

Rows are made in chunks: mixing runs through the samples one after the other, pitch search and spectra of
the chunk's frames are independent of each other, and what links the frames is a cheap pass between and after
them. With more than one worker the next chunk is mixed while this one is analysed. The bits are the same for
any number of workers and any block size.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import ArrayPcm, PcmSource, to_int16
from rnnoise_py.constants import FRAME_SIZE, NB_BANDS
from rnnoise_py.dsp.analysis import find_pitch, finish_features, track_pitch
from rnnoise_py.dsp.buffers import F32, History, copy_history, new_frames, new_history, new_pitch, new_pitch_work
from rnnoise_py.dsp.jit import BULK, LANES
from rnnoise_py.dsp.targets import Mixed, describe_rows
from rnnoise_py.errors import InputError
from rnnoise_py.layout import ROW_SIZE
from rnnoise_py.mixer import Mixer, MixerState

CHUNK_ROWS: Final = 16 * LANES  # rows mixed and analysed at a time
BLOCK_ROWS: Final = 2048  # rows yielded at a time
MAX_SEED: Final = 2**32 - 1

Pcm = npt.NDArray[Any]


@dataclass(frozen=True)
class RowsState:
    """Everything between two rows; with sources and seed, extraction resumes exactly there."""

    mixer: MixerState
    history: History


class _Worker:
    """The workspaces of one thread."""

    def __init__(self) -> None:
        self.pitch = new_pitch_work(LANES)
        self.frames = new_frames(LANES)
        self.clean_energy = np.zeros(NB_BANDS * LANES, np.float32)
        self.noise_energy = np.zeros(NB_BANDS * LANES, np.float32)


class RowExtractor:
    """Makes training rows one block after the other.

    Parameters
    ----------
    clean, noise
        48 kHz mono int16 sources of at least one frame; both repeat when they end.
    seed
        Seed of the mixer's random draws, 0 … 2³²−1; 1 is the unseeded reference.
    workers
        Threads; the rows do not depend on it.
    state
        Where to go on, from :attr:`state` of an earlier extractor.
    """

    def __init__(
        self, clean: PcmSource, noise: PcmSource, seed: int = 1, workers: int = 1, state: RowsState | None = None
    ) -> None:
        check_seed(seed)
        history = new_history() if state is None else copy_history(state.history)
        self._mixer = Mixer(clean, noise, CHUNK_ROWS, seed, None if state is None else state.mixer)
        self._history = history
        self._pitch = new_pitch(CHUNK_ROWS)
        self._workers = [_Worker() for _ in range(workers)]
        self._done: MixerState = self._mixer.state

    @property
    def state(self) -> RowsState:
        """A snapshot after the last row that was returned."""
        return RowsState(self._done, copy_history(self._history))

    def blocks(self, count: int, block_rows: int = BLOCK_ROWS) -> Iterator[F32]:
        """Yield the next ``count`` rows in blocks, float32 (≤ block_rows, 87) each."""
        chunks = [CHUNK_ROWS] * (block_rows // CHUNK_ROWS)
        if block_rows % CHUNK_ROWS:
            chunks.append(block_rows % CHUNK_ROWS)
        with ExitStack() as stack:
            pool: ThreadPoolExecutor | None = None
            if len(self._workers) > 1:
                pool = stack.enter_context(ThreadPoolExecutor(len(self._workers)))
            plan = _sizes(count, chunks)
            rows = np.empty((0, ROW_SIZE), np.float32)
            filled = 0
            for mixed, size, after in self._mixed(plan, pool):
                if filled == 0:
                    rows = np.empty((min(block_rows, count), ROW_SIZE), np.float32)
                rows[filled : filled + size] = self._chunk(mixed, size, pool)
                self._done = after
                filled += size
                if filled == len(rows):
                    count -= filled
                    filled = 0
                    yield rows

    def _mixed(
        self, plan: Iterator[int], pool: ThreadPoolExecutor | None
    ) -> Iterator[tuple[Mixed, int, MixerState]]:
        """Mixed chunks with their sizes and the mixer's state after each; one ahead when there is a pool."""

        def mix(size: int) -> tuple[Mixed, int, MixerState]:
            return self._mixer.mix(size), size, self._mixer.state

        if pool is None:
            yield from map(mix, plan)
            return
        first = next(plan, None)
        if first is None:
            return
        ahead = pool.submit(mix, first)
        for size in plan:
            mixed = ahead.result()
            ahead = pool.submit(mix, size)
            yield mixed
        yield ahead.result()

    def _chunk(self, mixed: Mixed, size: int, pool: ThreadPoolExecutor | None) -> F32:
        """Analyse one mixed chunk into its rows."""
        pitch, padded = self._pitch, -(-size // LANES) * LANES
        rows = np.empty((padded, ROW_SIZE), np.float32)

        def search(worker: _Worker, first: int, last: int) -> None:
            find_pitch(mixed.noisy, first, last, pitch, worker.pitch, BULK)

        def describe(worker: _Worker, first: int, last: int) -> None:
            describe_rows(
                mixed, first, last, pitch.period, rows, worker.frames, worker.clean_energy, worker.noise_energy, BULK
            )

        self._share(search, padded, pool)
        track_pitch(pitch, self._history, size)
        self._share(describe, padded, pool)
        finish_features(self._history, rows, size)
        return rows[:size]

    def _share(self, step: Any, rows: int, pool: ThreadPoolExecutor | None) -> None:
        """Run ``step(worker, first, last)`` over the rows, a part for each worker."""
        if pool is None:
            step(self._workers[0], 0, rows)
            return
        blocks = rows // LANES
        edges = [LANES * (blocks * i // len(self._workers)) for i in range(len(self._workers) + 1)]
        parts = [
            pool.submit(step, worker, first, last)
            for worker, first, last in zip(self._workers, edges, edges[1:], strict=False)
        ]
        for part in parts:
            part.result()


def _sizes(count: int, chunks: list[int]) -> Iterator[int]:
    while count > 0:
        for size in chunks:
            if count > 0:
                yield min(size, count)
                count -= size


def check_seed(seed: int) -> None:
    """Raise :class:`InputError` unless ``seed`` is 0 … 2³²−1."""
    if not 0 <= seed <= MAX_SEED:
        raise InputError(f"seed {seed} is out of range: give 0 … {MAX_SEED}")


def check_count(count: int) -> None:
    """Raise :class:`InputError` unless ``count`` is positive."""
    if count <= 0:
        raise InputError(f"count {count} is not a number of rows: give 1 or more")


def as_source(pcm: Pcm, name: str = "audio") -> ArrayPcm:
    """Take a one-dimensional int16 or floating (±1) array as a 48 kHz source.

    Floats are rounded to 16 bits, as the files of the training tool are; ``int16 / 32768`` comes back exactly.

    Raises
    ------
    InputError
        For other dtypes and shapes, NaN or infinite samples, or less than one frame.
    """
    array = np.asarray(pcm)
    if array.ndim != 1 or not (array.dtype == np.int16 or np.issubdtype(array.dtype, np.floating)):
        raise InputError(
            f"{name} is {array.dtype} with {array.ndim} dimensions: give one-dimensional int16, or float in ±1"
        )
    if len(array) < FRAME_SIZE:
        raise InputError(f"{name} has {len(array)} samples: one frame ({FRAME_SIZE}) is the least")
    if array.dtype != np.int16:
        if not np.isfinite(array).all():
            raise InputError(f"{name} holds samples that are not finite (NaN or infinite): give float in ±1")
        array, _ = to_int16(array)
    return ArrayPcm(np.ascontiguousarray(array))


def iter_training_rows(
    clean: Pcm | PcmSource, noise: Pcm | PcmSource, count: int, seed: int = 1, *,
    block_rows: int = BLOCK_ROWS, workers: int = 1,
) -> Iterator[F32]:
    """Yield training rows in blocks, in constant memory.

    Parameters
    ----------
    clean, noise
        48 kHz mono: one-dimensional int16, or float in ±1, or a :class:`~rnnoise_py.audio.PcmSource`.
    count
        Number of rows in all, 1 or more; the audio repeats when it ends.
    seed
        Seed of the mixer, 0 … 2³²−1; 1 is the unseeded reference.
    block_rows
        Rows of a block, 1 or more.
    workers
        Threads; rows are the same for any number.

    Yields
    ------
    ndarray
        float32 (≤ block_rows, 87); columns as in :mod:`rnnoise_py.layout`.

    Raises
    ------
    InputError
        When an argument cannot be used.
    """
    check_count(count)
    if block_rows < 1 or workers < 1:
        raise InputError(f"block_rows {block_rows} and workers {workers} must be 1 or more")
    sources = [
        as_source(pcm, name) if isinstance(pcm, np.ndarray) else pcm
        for pcm, name in ((clean, "clean"), (noise, "noise"))
    ]
    extractor = RowExtractor(sources[0], sources[1], seed, workers)
    return extractor.blocks(count, block_rows)


def training_rows(
    clean: Pcm | PcmSource, noise: Pcm | PcmSource, count: int, seed: int = 1, *, workers: int = 1
) -> F32:
    """Return training rows as one array, float32 (count, 87); see :func:`iter_training_rows`.

    Examples
    --------
    >>> rows = training_rows(clean, noise, 60_000)          # doctest: +SKIP
    >>> rows[:, layout.GAIN.columns]                        # doctest: +SKIP
    """
    blocks = iter_training_rows(clean, noise, count, seed, workers=workers)
    rows = np.empty((count, ROW_SIZE), np.float32)
    filled = 0
    for block in blocks:
        rows[filled : filled + len(block)] = block
        filled += len(block)
    return rows
