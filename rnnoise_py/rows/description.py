"""What a file of rows says about itself: the attributes of ``.h5``, the identity of a run that is resumed."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from rnnoise_py.rows.kinds import V01
from rnnoise_py.spec.layout import COLUMN_GROUPS, COLUMN_NAMES
from rnnoise_py.version import __version__

FORMAT: Final = "rnnoise training rows 1"
DIGEST_SIZE: Final = 64  # hex characters of a SHA-256

#: stand where digests will be; of the same length, so that they can be overwritten in place
PENDING_SOURCE: Final = "source digest pending".ljust(DIGEST_SIZE, ".")
PENDING_ROWS: Final = "row digest pending".ljust(DIGEST_SIZE, ".")

Source = dict[str, Any]  #: role, path, size in bytes and sha256 of one input file


@dataclass(frozen=True)
class Sources:
    """The input files of rows, in order. Shards share one object: what follows from a long list is made once."""

    files: tuple[Source, ...] = ()

    @cached_property
    def text(self) -> str:
        """All files as one line of JSON."""
        return json.dumps(self.files, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> "Sources":
        """Take back what :attr:`text` gave."""
        return cls(tuple(dict(source) for source in json.loads(text)))

    @cached_property
    def pending(self) -> "Sources":
        """The same files with digests still to come; the text is as long."""
        return Sources(tuple({**source, "sha256": PENDING_SOURCE} for source in self.files))

    @cached_property
    def identity(self) -> dict[str, Any]:
        """How many files each role has and one digest of what is in them, in the words of a message; no paths."""
        identity: dict[str, Any] = {}
        for role in dict.fromkeys(source["role"] for source in self.files):
            files = [[source["size"], source["sha256"]] for source in self.files if source["role"] == role]
            identity[f"number of {role} files"] = len(files)
            identity[f"digest of the {role} files"] = hashlib.sha256(json.dumps(files).encode()).hexdigest()
        return identity

    def named_as(self, names: Iterable[Source]) -> "Sources":
        """Return the same files under the paths of another list of them, which is as long."""
        pairs = zip(self.files, names, strict=True)
        return Sources(tuple({**source, "path": other["path"]} for source, other in pairs))


@dataclass(frozen=True)
class Description:
    """Where rows come from, and which they are."""

    count: int  #: rows
    seed: int | None  #: of the mixer; None when not known (converted from a bare file)
    sources: Sources = Sources()
    starts: tuple[int, int] = (0, 0)  #: frames of clean and noise at which the run begins
    row_sha256: str = PENDING_ROWS  #: of the rows as little-endian float32 in C order
    version: str = __version__  #: of rnnoise-py
    mixer: str = V01  #: one of :data:`rnnoise_py.rows.kinds.MIXERS`

    @property
    def pending(self) -> "Description":
        """The same with digests still to come; every text has the length that it will have."""
        return replace(self, sources=self.sources.pending, row_sha256=PENDING_ROWS)

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes of the HDF5 dataset, by name; :func:`from_attributes` takes them back."""
        by_column = [group for group in COLUMN_GROUPS for _ in range(group.size)]
        attributes = {
            "format": FORMAT,
            "version": self.version,
            "count": self.count,
            "starts": list(self.starts),
            "mixer": self.mixer,
            "columns": list(COLUMN_NAMES),
            "column_units": [group.unit for group in by_column],
            "column_ranges": [group.range for group in by_column],
            "sources": self.sources.text,
            "row_sha256": self.row_sha256,
        }
        if self.seed is not None:
            attributes["seed"] = self.seed
        return attributes

    @property
    def identity(self) -> dict[str, Any]:
        """What decides the rows, in the words of a message, for :mod:`rnnoise_py.runs.same_run`; paths do not."""
        return {
            "version": self.version,
            "seed": self.seed,
            "count": self.count,
            "start in clean and noise": list(self.starts),
            "mixer": self.mixer,
            **self.sources.identity,
        }


def from_attributes(attributes: Mapping[str, Any]) -> Description:
    """Take back what :attr:`Description.attributes` gave.

    Raises
    ------
    KeyError, TypeError, ValueError
        When something is missing or is something else.
    """
    clean, noise = attributes.get("starts", (0, 0))
    return Description(
        count=int(attributes["count"]),
        seed=attributes.get("seed"),
        sources=Sources.from_text(attributes["sources"]),
        starts=(int(clean), int(noise)),
        row_sha256=str(attributes["row_sha256"]),
        version=str(attributes["version"]),
        mixer=str(attributes.get("mixer", V01)),
    )


def with_role(role: str, sources: Iterable[Source]) -> list[Source]:
    """Mark source files as ``clean``, ``noise`` or ``rows``."""
    return [{"role": role, **source} for source in sources]
