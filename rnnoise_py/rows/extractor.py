"""Training rows from clean speech and noise: 42 features, 22 gains, 22 noise log-energies, 1 VAD label.

Rows are made in chunks. What links the frames - mixing, the choice of the pitch, the cepstral ring - is done
chunk after chunk; pitch search and spectra, most of the work, need nothing of the chunks before. Each thread
takes a whole chunk through all of it, so several chunks are under way, each at another step. The bits are the
same for any number of workers and any block size.
"""

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import ArrayPcm, PcmSource, to_int16
from rnnoise_py.audio.arrays import check_array, check_range
from rnnoise_py.dsp.buffers import History, copy_history, new_frames, new_history, new_pitch, new_pitch_work
from rnnoise_py.dsp.features import find_pitch, finish_features, track_pitch
from rnnoise_py.dsp.rows import describe_rows
from rnnoise_py.errors import InputError, is_whole
from rnnoise_py.lanes.jit import BULK, LANES
from rnnoise_py.lanes.types import Float32Array
from rnnoise_py.rows.kinds import V01, check_mixer
from rnnoise_py.rows.mixer import Mixer, MixerBuffers, MixerGroup, MixerState
from rnnoise_py.rows.seeds import check_count, check_seed
from rnnoise_py.rows.turns import Turns
from rnnoise_py.runs.interrupts import undisturbed
from rnnoise_py.spec.constants import FRAME_SIZE, NB_BANDS
from rnnoise_py.spec.layout import ROW_SIZE

CHUNK_ROWS: Final = 16 * LANES  # rows that a thread takes through the steps at a time
BLOCK_ROWS: Final = 2048  # rows yielded at a time

Pcm = npt.NDArray[Any]


class Stopped(Exception):  # noqa: N818 - no error: another part of the work asked for it
    """The work was asked to stop."""


@dataclass(frozen=True)
class RowsState:
    """Everything between two rows; with sources and seed, extraction resumes exactly there."""

    mixer: MixerState
    history: History


class _Workspace:
    """The arrays of one chunk under way: kept, for fresh memory costs more than the work on it."""

    def __init__(self, mixes: bool = True) -> None:
        self.mixer = MixerBuffers(CHUNK_ROWS if mixes else 0)
        self.pitch = new_pitch(CHUNK_ROWS)
        self.pitch_work = new_pitch_work(LANES)
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
    group
        Mixes together with other extractors of one worker, which take blocks of at most CHUNK_ROWS in turn.
    mixer
        One of :data:`rnnoise_py.rows.kinds.MIXERS`.
    """

    def __init__(
        self,
        clean: PcmSource,
        noise: PcmSource,
        seed: int = 1,
        workers: int = 1,
        state: RowsState | None = None,
        group: MixerGroup | None = None,
        mixer: str = V01,
    ) -> None:
        check_seed(seed)
        check_mixer(mixer)
        self._mixer = Mixer(clean, noise, seed, None if state is None else state.mixer, mixer)
        self._history = new_history() if state is None else copy_history(state.history)
        self._free: SimpleQueue[_Workspace] = SimpleQueue()
        for _ in range(workers):
            self._free.put(_Workspace(mixes=group is None))
        self._group = group
        self._number = 0 if group is None else group.join(self._mixer)
        self._workers = workers
        self.state = RowsState(self._mixer.state, copy_history(self._history))  #: after the last row returned

    def blocks(
        self, count: int, block_rows: int = BLOCK_ROWS, stop: threading.Event | None = None
    ) -> Iterator[Float32Array]:
        """Yield the next ``count`` rows in blocks, float32 (≤ block_rows, 87) each.

        Raises
        ------
        Stopped
            When ``stop`` is set, in the middle of a block too.
        """
        chunks = [CHUNK_ROWS] * (block_rows // CHUNK_ROWS)
        if block_rows % CHUNK_ROWS:
            chunks.append(block_rows % CHUNK_ROWS)
        rows = np.empty((0, ROW_SIZE), np.float32)
        filled = 0
        for part, state in self._chunks(_sizes(count, chunks)):
            if stop is not None and stop.is_set():
                raise Stopped
            if filled == 0:
                rows = np.empty((min(block_rows, count), ROW_SIZE), np.float32)
            rows[filled : filled + len(part)] = part
            filled += len(part)
            if filled == len(rows):
                count -= filled
                filled = 0
                self.state = state
                yield rows

    def _chunks(self, sizes: Iterator[int]) -> Iterator[tuple[Float32Array, RowsState]]:
        """Rows of each chunk and the state after it, in order; ``workers`` chunks are under way at a time."""
        turns = Turns()
        numbered = enumerate(sizes)
        if self._workers == 1:
            for number, size in numbered:
                yield self._chunk(number, size, turns)
            return
        under_way: deque[Future[tuple[Float32Array, RowsState]]] = deque()
        pool = ThreadPoolExecutor(self._workers)
        try:
            for number, size in numbered:
                under_way.append(pool.submit(self._chunk, number, size, turns))
                if len(under_way) > 2 * self._workers:  # ready before it is asked for
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            with undisturbed():
                turns.fail(-1)  # interrupted: whoever waits for a turn gives up
                pool.shutdown(cancel_futures=True)

    def _chunk(self, number: int, size: int, turns: Turns) -> tuple[Float32Array, RowsState]:
        """Take one chunk through all steps: its rows, and the state after it."""
        padded = -(-size // LANES) * LANES
        rows = np.empty((padded, ROW_SIZE), np.float32)
        history = self._history
        own = self._free.get()
        try:
            pitch = own.pitch
            with turns.at("mix", number):
                group = self._group
                mixed = self._mixer.mix(size, own.mixer) if group is None else group.mix(self._number, size)
                mixer_state = self._mixer.state
            find_pitch(mixed.noisy, 0, padded, pitch, own.pitch_work, BULK)
            with turns.at("track", number):
                track_pitch(pitch, history, size)
                period, gain = history.period.copy(), history.gain.copy()
            describe_rows(mixed, 0, padded, pitch.period, rows, own.frames, own.clean_energy, own.noise_energy, BULK)
            with turns.at("finish", number):
                finish_features(history, rows, size)
                after = copy_history(history)._replace(period=period, gain=gain)
        except BaseException:
            turns.fail(number)
            raise
        finally:
            self._free.put(own)
        return rows[:size], RowsState(mixer_state, after)


def _sizes(count: int, chunks: list[int]) -> Iterator[int]:
    while count > 0:
        for size in chunks:
            if count > 0:
                yield min(size, count)
                count -= size


def as_source(pcm: Pcm, name: str = "audio") -> ArrayPcm:
    """Take a one-dimensional int16 or floating (±1) array as a 48 kHz source.

    Floats are rounded to 16 bits, as the files of the training tool are; ``int16 / 32768`` comes back exactly.

    Raises
    ------
    InputError
        For other dtypes and shapes, NaN, infinite or absurdly large samples, or less than one frame.

    Warns
    -----
    UserWarning
        When floats lie beyond ±1, with how many are clipped.
    """
    array = check_array(pcm, name, mono=True, least=FRAME_SIZE)
    check_range(array, name, clips=True)
    if array.dtype != np.int16:
        array, _ = to_int16(array if array.dtype != np.float16 else array.astype(np.float32))
    return ArrayPcm(np.ascontiguousarray(array))


def _source(pcm: Pcm | PcmSource, name: str) -> PcmSource:
    """An array or a source as a source."""
    if isinstance(pcm, np.ndarray):
        return as_source(pcm, name)
    if not (hasattr(pcm, "samples") and hasattr(pcm, "read")):
        raise InputError(
            f"{name} is a {type(pcm).__name__}: give an array of int16 or of float in ±1, or what "
            "rnnoise_py.audio.open_pcm(PATH) returns"
        )
    return pcm


def iter_training_rows(
    clean: Pcm | PcmSource,
    noise: Pcm | PcmSource,
    count: int,
    seed: int = 1,
    *,
    block_rows: int = BLOCK_ROWS,
    workers: int = 1,
    mixer: str = V01,
) -> Iterator[Float32Array]:
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
    mixer
        ``v0.1``, the reference's, or ``modern`` (:mod:`rnnoise_py.rows.modern`).

    Yields
    ------
    ndarray
        float32 (≤ block_rows, 87); columns as in :mod:`rnnoise_py.spec.layout`.

    Raises
    ------
    InputError
        When an argument cannot be used.

    Warns
    -----
    UserWarning
        When floats lie beyond ±1: they are clipped to 16 bits.
    """
    check_count(count)
    check_seed(seed)
    if not all(is_whole(number) and number >= 1 for number in (block_rows, workers)):
        raise InputError(f"block_rows {block_rows!r} and workers {workers!r} must be whole numbers, 1 or more")
    extractor = RowExtractor(_source(clean, "clean"), _source(noise, "noise"), seed, workers, mixer=mixer)
    return extractor.blocks(count, block_rows)


def training_rows(
    clean: Pcm | PcmSource, noise: Pcm | PcmSource, count: int, seed: int = 1, *, workers: int = 1, mixer: str = V01
) -> Float32Array:
    """Return training rows as one array, float32 (count, 87); see :func:`iter_training_rows`.

    Examples
    --------
    >>> rows = training_rows(clean, noise, 60_000)          # doctest: +SKIP
    >>> rows[:, layout.GAIN.columns]                        # doctest: +SKIP
    """
    blocks = iter_training_rows(clean, noise, count, seed, workers=workers, mixer=mixer)
    rows = np.empty((count, ROW_SIZE), np.float32)
    filled = 0
    for block in blocks:
        rows[filled : filled + len(block)] = block
        filled += len(block)
    return rows
