"""One output file of rows: begin or resume, write, check, finish.

Rows are gathered in ``.OUT.part``; once a second ``.OUT.state`` says how far they are good. When all are
there the part gets its final name. A run that is interrupted or killed leaves both, and nothing under the
final name.
"""

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError, OutputError, RNNoiseError
from rnnoise_py.rows import hdf5, needs, store
from rnnoise_py.rows.attempts import end_tries
from rnnoise_py.rows.checkpoint import CHECKPOINT_SECONDS, Checkpoint, load_checkpoint, save_checkpoint
from rnnoise_py.rows.description import Description, from_attributes
from rnnoise_py.rows.extractor import BLOCK_ROWS, RowExtractor, Stopped
from rnnoise_py.rows.finished import finished_digest
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.rows.kinds import V01
from rnnoise_py.rows.mixer import MixerGroup
from rnnoise_py.rows.place import Place, check_output
from rnnoise_py.runs.atomic import check_new, check_not_an_input, hand_on_permissions, replace_durably
from rnnoise_py.runs.checkpoint import unreadable
from rnnoise_py.runs.interrupts import undisturbed
from rnnoise_py.runs.same_run import check_same

REHASH_ROWS: Final = 1 << 13

OnRows = Callable[[int], None]


class RowsJob:
    """Rows of one seed into one file.

    Parameters
    ----------
    out
        ``.h5``/``.hdf5`` or ``.f32``.
    inputs
        Open inputs.
    count, seed, mixer
        Rows, and seed and kind of the mixer, one of :data:`rnnoise_py.rows.kinds.MIXERS`.
    starts
        Frames of clean and noise at which to begin: the rows of files that begin there and end just before.
    attempt
        Name of an attempt among several at the same file, see :mod:`rnnoise_py.rows.attempts`.
    """

    def __init__(
        self,
        out: Path,
        inputs: Inputs,
        count: int,
        seed: int,
        starts: tuple[int, int] = (0, 0),
        *,
        mixer: str = V01,
        attempt: str = "",
    ) -> None:
        self.out = out
        self._place = Place(out, attempt)
        self.description = Description(count, seed, inputs.pending, starts, mixer=mixer)
        self.rows_done = 0  #: rows that need not be made again
        self.row_sha256 = ""  #: known when the job is finished
        self._inputs = inputs
        self._start: Checkpoint | None = None  # where an earlier run got to
        self._now: Checkpoint | None = None  # where this one is
        self._rows_kept = 0  # in the checkpoint that is on disk
        self._identity: dict[str, Any] = {}  # of the run, once its inputs are known

    @property
    def finished(self) -> bool:
        """Whether the output is there."""
        return bool(self.row_sha256)

    @property
    def left_over(self) -> bool:
        """Whether an interrupted run lies there that is not gone on with."""
        return self._start is None and not self.finished and self._place.left_over

    @property
    def bytes_to_come(self) -> int:
        """Disk space that is still needed."""
        if self.finished:
            return 0
        there = needs.allocated_bytes(self._place.part)
        return max(0, needs.disk_bytes(self.description.count) - there)

    def check(self, *, resume: bool, force: bool) -> None:
        """Look at what is there; nothing is made yet.

        Raises
        ------
        OutputError
            When the output cannot be written, or is there and neither ``force`` nor ``resume`` covers that.
        InputError
            When what is there was not made by the same inputs, seed, count and version.
        """
        check_output(self.out)
        check_not_an_input(self.out, *self._inputs.paths)
        if resume:
            end_tries(self.out, keep=True)
            self._look_back()
        if not self.finished:
            check_new(self.out, force=force)

    def take_over(self) -> None:
        """Go on with the furthest of earlier attempts, if it is of this run; else begin anew."""
        if self._place.take_over() or self.out.exists():
            with contextlib.suppress(InputError):  # another run's, which this one replaces
                self._look_back()

    def finished_elsewhere(self, row_sha256: str) -> None:
        """Take note that a worker made the file."""
        self._know_sources()
        self.row_sha256, self.rows_done = row_sha256, self.description.count

    def _look_back(self) -> None:
        """Find how far an earlier run got: nowhere, part of the way, or to the end."""
        checkpoint = load_checkpoint(self._place.state)
        part = self._place.part
        if checkpoint is None:
            if self.out.exists():
                self._know_sources()
                self.row_sha256 = finished_digest(self.out, self.description, self._inputs)
        else:
            self._know_sources()
            check_same(self.out, self.description.identity, checkpoint.identity)
            if part.exists():
                self._start = self._now = checkpoint
                self._rows_kept = self.rows_done = checkpoint.rows
                if hdf5.is_hdf5_name(self.out):
                    self._take_names_of(part)
            elif self.out.exists() and checkpoint.rows == self.description.count:
                self.row_sha256 = checkpoint.row_sha256
        if self.finished:
            self.rows_done = self.description.count

    def _know_sources(self) -> None:
        """Put the digests of the inputs into the description; waits for them."""
        self.description = replace(self.description, sources=self._inputs.sources())

    def _take_names_of(self, part: Path) -> None:
        """Name the inputs as the part does, for the digests go into its texts; they may have moved since."""
        try:
            there = from_attributes(hdf5.read_attributes(part)).sources
            if there.listed is None:
                sources = self.description.sources.named_as(there.files)
                self.description = replace(self.description, sources=sources)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise unreadable(part, error) from error

    def run(
        self, on_rows: OnRows, *, workers: int = 1, block_rows: int = BLOCK_ROWS, stop: threading.Event | None = None
    ) -> None:
        """Make the rows that are missing and give the file its name; the checkpoint stays (see ``discard``).

        ``on_rows`` is called with the number of rows of each block that is written.

        Raises
        ------
        OutputError
            When the disk is full or the output is being written by another process.
        Stopped
            When ``stop`` was set.
        """
        for _ in self.steps(on_rows, workers=workers, block_rows=block_rows, stop=stop):
            pass

    def steps(
        self,
        on_rows: OnRows,
        *,
        workers: int = 1,
        block_rows: int = BLOCK_ROWS,
        stop: threading.Event | None = None,
        group: MixerGroup | None = None,
    ) -> Generator[None, None, None]:
        """Do what :meth:`run` does, and stop before the first block and after each; closing it interrupts the job.

        Jobs of one ``group`` of mixers take their steps in turn.
        """
        if self.finished:
            return
        part = self._place.part
        with self._place.held(fresh=self._start is None):
            try:
                if self._start is None:
                    self._place.state.unlink(missing_ok=True)
                    self._create(part)
                digest = yield from self._write(part, on_rows, workers, block_rows, stop or threading.Event(), group)
                self._finish(part, digest)
            except InputError:
                self._place.discard()
                raise
            except BaseException as error:
                with undisturbed():
                    self._keep()
                if not isinstance(error, OSError):
                    raise
                known = isinstance(error, RNNoiseError)
                reason = str(error) if known else f"cannot write {self.out}: {error.strerror or error}"
                raise OutputError(f"{reason}{self._kept()}") from error

    def _create(self, part: Path) -> None:
        room = needs.disk_bytes(self.description.count) // store.ROW_BYTES
        hand_on_permissions(self.out, part)
        store.create_bare(part, room)  # fails now where files may not become as long
        if hdf5.is_hdf5_name(self.out):
            hdf5.create_hdf5(part, self.description)
        else:
            store.create_bare(part, self.description.count)

    def _open(self, part: Path) -> store.RowStore:
        if hdf5.is_hdf5_name(self.out):
            return hdf5.open_hdf5(part, self.description.count)
        return store.open_bare(part, self.description.count)

    def _write(
        self,
        part: Path,
        on_rows: OnRows,
        workers: int,
        block_rows: int,
        stop: threading.Event,
        group: MixerGroup | None,
    ) -> Generator[None, None, str]:
        count, seed = self.description.count, self.description.seed
        assert seed is not None
        with self._open(part) as rows_store:
            digest = self._digest_so_far(rows_store)
            state = None if self._start is None else self._start.state
            sources = self._inputs.rotated(self.description.starts)
            extractor = RowExtractor(*sources, seed, workers, state, group, self.description.mixer)
            yield
            done, saved_at = self.rows_done, -CHECKPOINT_SECONDS
            blocks = extractor.blocks(count - done, min(block_rows, count), stop) if done < count else ()
            for block in blocks:
                if not self._place.is_ours:
                    raise OutputError(f"{self.out} is made by another worker by now")
                rows_store.write(done, block)
                digest.update(store.row_bytes(block))
                done += len(block)
                self._now = Checkpoint({}, done, digest.copy().hexdigest(), extractor.state)
                self.rows_done = done
                now = time.monotonic()
                if now - saved_at >= CHECKPOINT_SECONDS and self._inputs.sources_known:
                    self._save()
                    saved_at = now
                on_rows(len(block))
                if stop.is_set():
                    raise Stopped
                yield
        return digest.hexdigest()

    def _digest_so_far(self, rows_store: store.RowStore) -> "hashlib._Hash":
        """Read the rows of an earlier run; they must be those that its checkpoint speaks of."""
        digest = hashlib.sha256()
        for first in range(0, self.rows_done, REHASH_ROWS):
            block = rows_store.read(first, min(REHASH_ROWS, self.rows_done - first))
            digest.update(store.row_bytes(block))
        if self._start is not None and digest.hexdigest() != self._start.row_sha256:
            raise InputError(f"{self._place.part} is damaged: start over without --resume")
        return digest

    def _finish(self, part: Path, digest: str) -> None:
        self._save()
        if hdf5.is_hdf5_name(self.out):
            hdf5.complete_hdf5(part, replace(self.description, row_sha256=digest))
        replace_durably(part, self.out)
        self.row_sha256 = digest

    def _save(self) -> None:
        """Write the checkpoint; it carries a digest of the sources, so it waits for theirs."""
        assert self._now is not None
        if not self._identity:
            if self._start is None:
                self._know_sources()
            self._identity = self.description.identity
        save_checkpoint(self._place.state, replace(self._now, identity=self._identity))
        self._rows_kept = self._now.rows

    def _keep(self) -> None:
        """Keep what can be resumed, remove what cannot."""
        if self._now is not None and self._inputs.sources_known and self._place.is_ours:
            with contextlib.suppress(OSError):
                self._save()
        self.rows_done = self._rows_kept
        if not self._place.state.exists():
            self._place.discard()

    def _kept(self) -> str:
        return f"; {self.rows_done:,} rows are kept: make room and add --resume" if self.rows_done else ""
