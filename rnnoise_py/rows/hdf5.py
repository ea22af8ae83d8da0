"""The HDF5 file around the rows: made and closed before the first row, completed in place after the last.

HDF5 files do not survive a process that is killed while it has them open for writing. So the whole
structure - dataset ``data``, its chunks, its attributes - is made first and closed; the chunks' places in the
file are then fixed and rows go there over plain file calls (:mod:`rnnoise_py.rows.store`). The attributes
that are known only at the end, the digests, are texts of known length and are overwritten in place.

Chunks are as long as a training window (2000 rows, 696 kB), so a window that is read at random is one read
and fits the library's default cache.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import OutputError
from rnnoise_py.rows.description import Description
from rnnoise_py.rows.store import ROW_BYTES, RowStore
from rnnoise_py.spec.constants import TRAINING_WINDOW
from rnnoise_py.spec.layout import ROW_SIZE, ROWS_DATASET

HDF5_SUFFIXES: Final = frozenset({".h5", ".hdf5"})


def is_hdf5_name(path: Path) -> bool:
    """Whether a file of this name is to be HDF5."""
    return path.suffix.lower() in HDF5_SUFFIXES


def chunk_rows(count: int) -> int:
    """Rows of a chunk."""
    return min(count, TRAINING_WINDOW)


def create_hdf5(path: Path, description: Description) -> None:
    """Make the file with room for all rows and every attribute; digests are pending."""
    import h5py

    count = description.count
    layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    layout.set_chunk((chunk_rows(count), ROW_SIZE))
    layout.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    layout.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    layout.set_obj_track_times(False)  # the same rows make the same bytes
    with h5py.File(path, "w", libver="earliest", locking=False) as file:
        space = h5py.h5s.create_simple((count, ROW_SIZE))
        made = h5py.h5d.create(file.id, ROWS_DATASET.encode(), h5py.h5t.IEEE_F32LE, space, dcpl=layout)
        data = h5py.Dataset(made)
        for name, value in description.pending.attributes.items():
            data.attrs[name] = value


def open_hdf5(path: Path, count: int) -> RowStore:
    """Open what :func:`create_hdf5` made, for its rows."""
    return RowStore(path, chunk_starts(path), chunk_rows(count))


def chunk_starts(path: Path) -> list[int]:
    """Byte at which each chunk of the rows begins, in the order of the rows."""
    import h5py

    places: list[tuple[int, int]] = []
    with h5py.File(path, "r", locking=False) as file:
        file[ROWS_DATASET].id.chunk_iter(lambda chunk: places.append((chunk.chunk_offset[0], chunk.byte_offset)))
    return [place for _, place in sorted(places)]


def complete_hdf5(path: Path, description: Description) -> None:
    """Put the digests in; may be done again after being killed meanwhile.

    Raises
    ------
    OutputError
        When the pending texts are not found: not a file that :func:`create_hdf5` made.
    """
    before, after = description.pending, description
    texts = [(before.sources.text, after.sources.text), (before.row_sha256, after.row_sha256)]
    with path.open("r+b", buffering=0) as file:
        for old, new in texts:
            if len(old.encode()) != len(new.encode()):
                raise OutputError(f"{path}: the inputs' names changed; start over without --resume")
        for start, stop in _around_chunks(path):
            file.seek(start)
            content = file.read(stop - start)
            for old, new in texts:
                found = content.find(old.encode())
                while found >= 0:
                    file.seek(start + found)
                    file.write(new.encode())
                    found = content.find(old.encode(), found + 1)
    attributes = read_attributes(path)
    if (attributes["sources"], attributes["row_sha256"]) != (after.sources.text, after.row_sha256):
        raise OutputError(f"{path}: the digests could not be put in; start over without --resume")


def _around_chunks(path: Path) -> Iterator[tuple[int, int]]:
    """Byte ranges of the file that hold structure, not rows."""
    starts = sorted(chunk_starts(path))
    size = path.stat().st_size
    import h5py

    with h5py.File(path, "r", locking=False) as file:
        chunk_bytes = file[ROWS_DATASET].chunks[0] * ROW_BYTES
    here = 0
    for start in [*starts, size]:
        if start > here:
            yield here, start
        here = start + chunk_bytes


def read_attributes(path: Path) -> dict[str, Any]:
    """Attributes of the dataset as plain Python values; empty when there is no such dataset.

    Raises
    ------
    OSError
        When it is no HDF5 file.
    """
    import h5py

    with h5py.File(path, "r", locking=False) as file:
        data = file.get(ROWS_DATASET)
        if not isinstance(data, h5py.Dataset):
            return {}
        return {name: as_plain(value) for name, value in data.attrs.items()}


def as_plain(value: Any) -> Any:
    """Return an attribute's value as plain Python: a number, a text, a list."""
    return value.tolist() if hasattr(value, "tolist") else value
