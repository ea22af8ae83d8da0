"""Rows that are made when they are needed and never stored.

They come in pools of streams. A stream is a run of the mixer from some frame of clean speech and of noise on, beyond
the first draw, so that its first row is mixed already. Seed and starts follow from (seed, epoch, number of the stream)
alone: each epoch has other mixes, any of them can be made at once, and the rows are the same for any number of threads.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import PcmSource, RotatedPcm
from rnnoise_py.audio.span import SpanPcm
from rnnoise_py.dsp.buffers import new_history
from rnnoise_py.errors import InputError
from rnnoise_py.rows.extractor import CHUNK_ROWS, RowExtractor, RowsState
from rnnoise_py.rows.mixer import MixerGroup, initial_state
from rnnoise_py.rows.seeds import MAX_SEED
from rnnoise_py.runs.interrupts import undisturbed
from rnnoise_py.spec.constants import FRAME_SIZE, REDRAW_FRAMES
from rnnoise_py.spec.layout import ROW_SIZE

F32 = npt.NDArray[np.float32]

VERSION: Final = 1  #: changes when the same seed and audio give other rows
STREAM_WINDOWS: Final = 4  #: windows of a stream, one after the other
POOL_STREAMS: Final = 16  #: streams of a pool, among whose windows a batch chooses
POOL_WINDOWS: Final = STREAM_WINDOWS * POOL_STREAMS
GROUP_STREAMS: Final = 4  # streams whose mixing is one kernel, in the hands of one thread
POOLS_AHEAD: Final = 1  # made while one is trained on
HELD_OUT: Final = -1  #: the "epoch" of the rows that nothing is trained on


@dataclass(frozen=True)
class Span:
    """Frames of clean speech and of noise: first and how many of each."""

    clean: tuple[int, int]
    noise: tuple[int, int]


def split_frames(frames: tuple[int, int], share: float) -> tuple[Span, Span]:
    """Split clean and noise into frames to train on and the last ``share`` of each, which is held out.

    Raises
    ------
    InputError
        When one of them has fewer than two frames.
    """
    if min(frames) < 2:
        raise InputError("audio of a single frame (10 ms) cannot be split into a part to train on and one held out")
    held = tuple(min(max(1, round(share * count)), count - 1) for count in frames)
    clean, noise = (count - out for count, out in zip(frames, held, strict=True))
    return Span((0, clean), (0, noise)), Span((clean, held[0]), (noise, held[1]))


class FlyPools:
    """Pools of windows of an epoch.

    Parameters
    ----------
    clean, noise
        48 kHz mono int16 sources.
    span
        Which frames of them are heard.
    window
        Rows of a window.
    seed
        With epoch and number of a stream it decides all draws.
    workers
        Threads.
    """

    def __init__(
        self, clean: PcmSource, noise: PcmSource, span: Span, *, window: int, seed: int, workers: int = 1
    ) -> None:
        self._clean, self._noise = SpanPcm(clean, *span.clean), SpanPcm(noise, *span.noise)
        self._window, self._seed, self._workers = window, seed, workers

    def pools(self, epoch: int, windows: int) -> Iterator[F32]:
        """Yield the pools of ``windows`` windows, in order, float32 (≤ POOL_WINDOWS, window, ROW_SIZE) each.

        The next one is made while one is used; memory does not depend on how many there are.
        """
        sizes = [min(POOL_WINDOWS, windows - first) for first in range(0, windows, POOL_WINDOWS)]
        coming: list[tuple[F32, list[Future[None]]]] = []
        executor = ThreadPoolExecutor(self._workers, thread_name_prefix="fly")
        try:
            for number in range(len(sizes) + POOLS_AHEAD):
                if number < len(sizes):
                    coming.append(self._begin(executor, epoch, number, sizes[number]))
                if number >= POOLS_AHEAD:
                    rows, parts = coming.pop(0)
                    for part in parts:
                        part.result()
                    yield rows
        finally:
            with undisturbed():
                executor.shutdown(cancel_futures=True)

    def _begin(
        self, executor: ThreadPoolExecutor, epoch: int, pool: int, windows: int
    ) -> tuple[F32, list[Future[None]]]:
        """Let threads make a pool."""
        streams = -(-windows // (STREAM_WINDOWS * GROUP_STREAMS)) * GROUP_STREAMS  # whole groups: one kernel for all
        rows = np.empty((streams, STREAM_WINDOWS * self._window, ROW_SIZE), np.float32)
        parts = [
            executor.submit(self._make, epoch, pool * POOL_STREAMS + first, rows[first : first + GROUP_STREAMS])
            for first in range(0, streams, GROUP_STREAMS)
        ]
        return rows.reshape(-1, self._window, ROW_SIZE)[:windows], parts

    def _make(self, epoch: int, first: int, rows: F32) -> None:
        """Make some streams side by side."""
        group = MixerGroup(CHUNK_ROWS, len(rows))
        blocks = [self._stream(epoch, first + k, group).blocks(rows.shape[1], CHUNK_ROWS) for k in range(len(rows))]
        done = 0
        for pieces in zip(*blocks, strict=True):
            for place, piece in zip(rows, pieces, strict=True):
                place[done : done + len(piece)] = piece
            done += len(pieces[0])

    def _stream(self, epoch: int, number: int, group: MixerGroup) -> RowExtractor:
        key = [VERSION, self._seed, epoch - HELD_OUT, number]
        seed, clean, noise = np.random.SeedSequence(key).generate_state(3, np.uint64)
        frames = [source.samples // FRAME_SIZE for source in (self._clean, self._noise)]
        return RowExtractor(
            RotatedPcm(self._clean, int(clean % np.uint64(frames[0]))),
            RotatedPcm(self._noise, int(noise % np.uint64(frames[1]))),
            int(seed % np.uint64(MAX_SEED)) + 1,
            state=RowsState(replace(initial_state(), row=REDRAW_FRAMES), new_history()),
            group=group,
        )
