"""The clips of a synthesis run as two streams, mixed in memory when they are read: no file is written between.

The samples are those of the files that ``dataset synthesize`` would write, one clip after the other.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.convert import to_int16
from rnnoise_py.dataset.clip import make_clip
from rnnoise_py.dataset.config import Config
from rnnoise_py.dataset.sources import SourceLists, build_lists
from rnnoise_py.dataset.stream import UNREADABLE
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.rows.description import Sources
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.runs.skipped import Skipped
from rnnoise_py.spec.constants import PCM_BYTES, SAMPLE_RATE

Int16 = npt.NDArray[np.int16]

KINDS: Final = ("clean", "noise")
KEPT_CLIPS: Final = 32  #: the mixer hears clean and noise of a clip at different times, for it leaves out some of each
AHEAD: Final = 2  #: clips that are made while one is read


class Clips:
    """Makes clips, keeps the last ones, and makes the next ones in advance."""

    def __init__(self, config: Config, lists: SourceLists, seed: int) -> None:
        self.config, self.lists, self.seed = config, lists, seed
        self._kept: OrderedDict[int, Future[dict[str, Int16]]] = OrderedDict()
        self._turn = threading.Lock()
        self._pool = ThreadPoolExecutor(AHEAD, thread_name_prefix="clips")
        self._context = copy_context()  # whose reporter hears what is said
        self._unreadable: set[str] = set()
        self._skipped = Skipped("the sources")

    def get(self, index: int) -> dict[str, Int16]:
        """Return the clean and the noise signal of a clip, counted from 0."""
        with self._turn:
            for coming in range(index, min(index + 1 + AHEAD, self.config.clips)):
                if coming not in self._kept:
                    self._kept[coming] = self._pool.submit(self._make, coming)
            found = self._kept[index]
            self._kept.move_to_end(index)
            while len(self._kept) > KEPT_CLIPS:
                self._kept.popitem(last=False)
        return found.result()

    def _make(self, index: int) -> dict[str, Int16]:
        clip = make_clip(self.config, self.lists, self.seed, self.config.clip_ids.start + index)
        with self._turn:
            for kind, path, reason in clip.passed.rows:
                if kind == UNREADABLE and path not in self._unreadable:
                    self._unreadable.add(path)
                    self._context.run(self._skipped.add, path, reason)
        return {kind: to_int16(getattr(clip.mixture, kind))[0] for kind in KINDS}

    def close(self) -> None:
        """Make no more clips."""
        self._pool.shutdown(cancel_futures=True)


class ClipPcm:
    """One signal of all clips as a :class:`~rnnoise_py.audio.PcmSource`."""

    def __init__(self, clips: Clips, kind: str) -> None:
        self._clips, self._kind = clips, kind
        self._each = clips.config.clip_samples
        self.samples = self._each * clips.config.clips
        self.files: list[Path] = []
        self.notes: list[str] = []
        self.truncated: list[Path] = []
        self.skipped: list[tuple[Path, str]] = []
        self.sources: list[dict[str, Any]] = []
        self.digests: list[str] = []

    def read(self, start: int, count: int) -> Int16:
        """Return samples ``[start, start + count)``."""
        parts = []
        while count > 0:
            index, first = divmod(start, self._each)
            part = self._clips.get(index)[self._kind][first : first + count]
            parts.append(part)
            start, count = start + len(part), count - len(part)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def learn(self, sources: Sequence[Mapping[str, Any]]) -> None:
        """Nothing is kept of clips."""

    def keep(self, known: Path) -> None:
        """Nothing is kept of clips."""

    def close(self) -> None:
        """Make no more clips."""
        self._clips.close()


def open_clips(config: Config, seed: int, path: Path) -> Inputs:
    """Return the clean speech and the noise of all clips, to make rows of.

    Parameters
    ----------
    config, seed
        The run.
    path
        The config's file, for messages and for the description of the rows.

    Raises
    ------
    InputError
        When the sources cannot be used, or the clips are none that rows are made of as they are.
    """
    if config.sampling_rate != SAMPLE_RATE:
        raise InputError(f"{printable(path)} makes clips of {config.sampling_rate} Hz: add --set sampling_rate=48000")
    if config.is_test_set:
        raise InputError(
            f"{printable(path)} makes a test set, whose clips end with their speech: add --set is_test_set=0"
        )
    lists = build_lists(config, seed)
    clips = Clips(config, lists, seed)
    run = json.dumps({**config.decisive(), "seed": seed, "sources": lists.digest}, sort_keys=True)
    sources = Sources(
        tuple(
            {
                "role": kind,
                "path": f"{printable(path)}: {config.clips} clips",
                "size": config.clips * config.clip_samples * PCM_BYTES,
                "sha256": hashlib.sha256(f"{kind} {run}".encode()).hexdigest(),
            }
            for kind in KINDS
        )
    )
    clean, noise = (ClipPcm(clips, kind) for kind in KINDS)
    return Inputs(path, path, streams=(clean, noise), sources=sources, opener=partial(open_clips, config, seed, path))
