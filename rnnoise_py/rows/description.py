"""What a file of rows says about itself: the attributes of ``.h5``, the identity of a run that is resumed."""

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from rnnoise_py.spec.layout import COLUMN_GROUPS, COLUMN_NAMES
from rnnoise_py.version import __version__

FORMAT: Final = "rnnoise training rows 1"
DIGEST_SIZE: Final = 64  # hex characters of a SHA-256

#: stand where digests will be; of the same length, so that they can be overwritten in place
PENDING_SOURCE: Final = "source digest pending".ljust(DIGEST_SIZE, ".")
PENDING_ROWS: Final = "row digest pending".ljust(DIGEST_SIZE, ".")

Source = dict[str, Any]


@dataclass(frozen=True)
class Description:
    """Where rows come from, and which they are."""

    count: int  #: rows
    seed: int | None  #: of the mixer; None when not known (converted from a bare file)
    sources: tuple[Source, ...]  #: role, path, size in bytes and sha256 of every input file, in order
    starts: tuple[int, int] = (0, 0)  #: frames of clean and noise at which the run begins
    row_sha256: str = PENDING_ROWS  #: of the rows as little-endian float32 in C order
    version: str = __version__  #: of rnnoise-py

    @property
    def sources_text(self) -> str:
        """The sources as one line of JSON."""
        return json.dumps(self.sources, ensure_ascii=False, sort_keys=True)

    @property
    def pending(self) -> "Description":
        """The same with digests still to come; every text has the length that it will have."""
        sources = tuple({**source, "sha256": PENDING_SOURCE} for source in self.sources)
        return replace(self, sources=sources, row_sha256=PENDING_ROWS)

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes of the HDF5 dataset, by name."""
        by_column = [group for group in COLUMN_GROUPS for _ in range(group.size)]
        attributes = {
            "format": FORMAT,
            "version": self.version,
            "count": self.count,
            "starts": list(self.starts),
            "columns": list(COLUMN_NAMES),
            "column_units": [group.unit for group in by_column],
            "column_ranges": [group.range for group in by_column],
            "sources": self.sources_text,
            "row_sha256": self.row_sha256,
        }
        if self.seed is not None:
            attributes["seed"] = self.seed
        return attributes

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; :func:`from_dict` takes them back."""
        return {
            "count": self.count,
            "seed": self.seed,
            "starts": list(self.starts),
            "sources": list(self.sources),
            "row_sha256": self.row_sha256,
            "version": self.version,
        }

    def difference(self, earlier: "Description") -> str:
        """Say why ``earlier`` cannot be a part of this run; empty when it can. Paths may differ."""
        for what, now, then in (
            ("version", self.version, earlier.version),
            ("seed", self.seed, earlier.seed),
            ("count", self.count, earlier.count),
            ("starts in clean and noise", self.starts, earlier.starts),
            ("number of input files", len(self.sources), len(earlier.sources)),
        ):
            if now != then:
                return f"its {what} was {then}, now it is {now}"
        for now_source, then_source in zip(self.sources, earlier.sources, strict=True):
            for key in ("role", "size", "sha256"):
                if now_source.get(key) != then_source.get(key):
                    return f"the input {now_source['path']} is not the same as before ({key} differs)"
        return ""


def from_dict(content: dict[str, Any]) -> Description:
    """Take back what :meth:`Description.as_dict` gave; raises KeyError or TypeError for anything else."""
    return Description(
        count=int(content["count"]),
        seed=content["seed"],
        sources=tuple(content["sources"]),
        starts=as_starts(content["starts"]),
        row_sha256=str(content["row_sha256"]),
        version=str(content["version"]),
    )


def as_starts(value: Any) -> tuple[int, int]:
    """Take two frame numbers from JSON or HDF5; raises TypeError or ValueError for anything else."""
    clean, noise = value
    return int(clean), int(noise)


def with_role(role: str, sources: list[Source]) -> list[Source]:
    """Mark source files as ``clean``, ``noise`` or ``rows``."""
    return [{"role": role, **source} for source in sources]
