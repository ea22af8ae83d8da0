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

MOST_INSIDE: Final = 250  #: input files that each file of rows names; more are named once, in a file beside them
LIST_DIGITS: Final = 16  # of the digest in that file's name

Source = dict[str, Any]  #: role, path, size in bytes and sha256 of one input file


@dataclass(frozen=True)
class Sources:
    """The input files of rows, in order. Shards share one object: what follows from a long list is made once."""

    files: tuple[Source, ...] = ()
    listed: Mapping[str, Any] | None = None  #: stands for more than :data:`MOST_INSIDE` files, see :attr:`brief`

    @cached_property
    def text(self) -> str:
        """All files as one line of JSON; where they are many, what stands for them."""
        brief = self.brief
        return _as_json(brief.files if brief.listed is None else brief.listed)

    @classmethod
    def from_text(cls, text: str) -> "Sources":
        """Take back what :attr:`text` gave."""
        content = json.loads(text)
        if isinstance(content, dict):
            found = cls((), content)
            _ = found.identity, found.list_name  # raises, where it is something else
            return found
        return cls(tuple(dict(source) for source in content))

    @cached_property
    def brief(self) -> "Sources":
        """The same, but many files as their number and digests: those do not go into every file of rows."""
        if self.listed is not None or len(self.files) <= MOST_INSIDE:
            return self
        pending = self.files[0]["sha256"] == PENDING_SOURCE
        roles = {role: {"files": len(files), "sha256": _digest(files)} for role, files in self._by_role().items()}
        listed = {
            "list_sha256": hashlib.sha256(self.whole_list.encode("utf-8", "backslashreplace")).hexdigest(),
            "roles": roles,
        }
        return Sources((), _without_digests(listed) if pending else listed)

    @property
    def whole_list(self) -> str:
        """All files as one line of JSON, however many."""
        return _as_json(self.files)

    @property
    def list_name(self) -> str:
        """Name of the file that holds :attr:`whole_list` beside the rows; empty where each of those holds it."""
        listed = self.brief.listed
        return "" if listed is None else f"sources-{str(listed['list_sha256'])[:LIST_DIGITS]}.json"

    @cached_property
    def pending(self) -> "Sources":
        """The same files with digests still to come; the text is as long."""
        brief = self.brief
        if brief.listed is not None:
            return Sources((), _without_digests(brief.listed))
        return Sources(tuple({**source, "sha256": PENDING_SOURCE} for source in self.files))

    @cached_property
    def identity(self) -> dict[str, Any]:
        """How many files each role has and one digest of what is in them, in the words of a message; no paths."""
        if self.listed is not None:
            roles = {role: (int(found["files"]), str(found["sha256"])) for role, found in self.listed["roles"].items()}
        else:
            roles = {role: (len(files), _digest(files)) for role, files in self._by_role().items()}
        identity: dict[str, Any] = {}
        for role, (number, digest) in roles.items():
            identity[f"number of {role} files"] = number
            identity[f"digest of the {role} files"] = digest
        return identity

    def _by_role(self) -> dict[str, list[Source]]:
        found: dict[str, list[Source]] = {}
        for source in self.files:
            found.setdefault(source["role"], []).append(source)
        return found

    def named_as(self, names: Iterable[Source]) -> "Sources":
        """Return the same files under the paths of another list of them, which is as long."""
        pairs = zip(self.files, names, strict=True)
        return Sources(tuple({**source, "path": other["path"]} for source, other in pairs))


def _as_json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _digest(files: Iterable[Source]) -> str:
    """One digest of what is in some files."""
    return hashlib.sha256(json.dumps([[file["size"], file["sha256"]] for file in files]).encode()).hexdigest()


def _without_digests(listed: Mapping[str, Any]) -> dict[str, Any]:
    roles = {role: {**found, "sha256": PENDING_SOURCE} for role, found in listed["roles"].items()}
    return {"list_sha256": PENDING_SOURCE, "roles": roles}


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
