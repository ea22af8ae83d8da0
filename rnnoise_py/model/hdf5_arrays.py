"""Arrays of numbers in an HDF5 file that anyone may have made: few, small, and nowhere but in the file itself.

HDF5 can keep the values of an array in other files, unpack a few bytes to gigabytes, link groups in circles and call
filters out of libraries that it looks for. So groups are walked here with limits, along hard links alone, and an
array is read only when its storage is plain: contiguous or in chunks, whole or packed with deflate, each chunk unpacked
by us to the size that it must have.
"""

import itertools
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError

MOST_LINKS: Final = 4096  #: that are looked at in one file
DEEPEST: Final = 16  #: level of groups that is looked at
LARGEST_TEXT: Final = 1 << 20  #: bytes of an attribute
_LARGEST_VALUE: Final = 8  # bytes
_MOST_CHUNKS: Final = 512  # of an array
_CHUNK_FACTOR: Final = 4  # a chunk may be so much larger than the largest array
_DEFLATE, _SHUFFLE, _CHECKSUM = 1, 2, 3  # numbers of filters, as HDF5 registers them
_REMEDY: Final = "save the weights again with Keras"


@dataclass(frozen=True)
class StoredArray:
    """An array that has not been read yet."""

    path: str
    dataset: Any  #: h5py's low-level object

    def read(self, most: int, name: str) -> npt.NDArray[Any]:
        """Read the values.

        Parameters
        ----------
        most
            Values that it may have.
        name
            What to call it in errors.

        Raises
        ------
        ModelError
            When it has more, is no array of numbers, or lies elsewhere or packed in an unusual way.
        """
        from h5py import h5d, h5t

        properties = self.dataset.get_create_plist()  # before anything else: to ask for more may open other files
        layout = properties.get_layout()
        if layout == h5d.VIRTUAL or properties.get_external_count():
            raise ModelError(f"{name} has its values in another file, which is not read: {_REMEDY}")
        kind = self.dataset.get_type()
        if kind.get_class() not in {h5t.FLOAT, h5t.INTEGER} or kind.get_size() > _LARGEST_VALUE:
            raise ModelError(f"{name} holds no plain numbers: {_REMEDY}")
        shape = self.dataset.shape
        if shape is None or math.prod(shape) > most:
            raise ModelError(f"{name} has shape {shape}, more than a layer of the v0.1 network: {_REMEDY}")
        values = np.zeros(shape, kind.dtype)
        if layout != h5d.CHUNKED:
            self.dataset.read(_everything(), _everything(), values)
            return values
        filters = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
        if not set(filters) <= {_DEFLATE, _SHUFFLE, _CHECKSUM}:
            raise ModelError(f"{name} is packed with a filter that is not used (deflate alone is): {_REMEDY}")
        chunk = properties.get_chunk()
        if math.prod(chunk) > _CHUNK_FACTOR * most:
            raise ModelError(f"{name} is stored in chunks of {chunk}, far larger than a layer: {_REMEDY}")
        starts = [range(0, size, step) for size, step in zip(shape, chunk, strict=True)]
        if math.prod(map(len, starts)) > _MOST_CHUNKS:
            raise ModelError(f"{name} is stored in more than {_MOST_CHUNKS} chunks: {_REMEDY}")
        for start in itertools.product(*starts):
            _read_chunk(self.dataset, values, start, chunk, filters, name)
        return values


def _read_chunk(
    dataset: Any,
    values: npt.NDArray[Any],
    start: tuple[int, ...],
    chunk: tuple[int, ...],
    filters: list[int],
    name: str,
) -> None:
    """Fill in one chunk; what was never written stays zero."""
    info = dataset.get_chunk_info_by_coord(start)
    if info.byte_offset is None:
        return
    size = math.prod(chunk) * values.dtype.itemsize
    if info.size > size + _LARGEST_VALUE + size // 100 + 64:  # what deflate and a checksum may add
        raise ModelError(f"{name} has a chunk of {info.size} bytes; {size} are its values: {_REMEDY}")
    left_out, content = dataset.read_direct_chunk(start)
    content = bytes(content)
    for place in reversed(range(len(filters))):
        if left_out >> place & 1:
            continue
        if filters[place] == _CHECKSUM:
            content = content[:-4]
        elif filters[place] == _DEFLATE:
            content = zlib.decompressobj().decompress(content, size + 1)
        elif len(content) == size:
            width = values.dtype.itemsize
            content = np.frombuffer(content, np.uint8).reshape(width, -1).T.tobytes()
    if len(content) != size:
        raise ModelError(f"{name} is damaged: a chunk of {size} bytes has another size: {_REMEDY}")
    part = tuple(slice(first, first + step) for first, step in zip(start, chunk, strict=True))
    target = values[part]
    source = np.frombuffer(content, values.dtype).reshape(chunk)
    target[...] = source[tuple(slice(0, length) for length in target.shape)]


def _everything() -> Any:
    from h5py import h5s

    return h5s.ALL


def stored_arrays(file: Any, unread: frozenset[str]) -> Iterator[StoredArray]:
    """Yield every array below an open file, by hard links, each object once.

    Parameters
    ----------
    file
        An open ``h5py.File``.
    unread
        Names of groups that are passed over.

    Raises
    ------
    ModelError
        When there are more than :data:`MOST_LINKS` names.
    """
    from h5py import h5d, h5g, h5l, h5o

    links = 0
    seen: set[Any] = set()
    waiting: list[tuple[str, Any, int]] = [("", file.id, 0)]
    while waiting:
        path, group, level = waiting.pop()
        links += len(group)
        if links > MOST_LINKS:
            raise ModelError(f"it has more than {MOST_LINKS:,} groups and arrays, far more than a model: {_REMEDY}")
        for name in group:
            shown = name.decode("utf-8", "backslashreplace")
            if shown in unread or group.links.get_info(name).type != h5l.TYPE_HARD:
                continue
            info = h5o.get_info(group, name)
            key = (info.fileno, info.addr)
            if key in seen:
                continue
            seen.add(key)
            below = f"{path}/{shown}" if path else shown
            if info.type == h5o.TYPE_GROUP and level < DEEPEST:
                waiting.append((below, h5g.open(group, name), level + 1))
            elif info.type == h5o.TYPE_DATASET:
                yield StoredArray(below, h5d.open(group, name))


def group_at(file: Any, names: list[str]) -> Any:
    """Return a group of an open file (h5py's low-level object), by hard links alone; None where there is none."""
    from h5py import h5g, h5l, h5o

    group = file.id
    for name in names:
        key = name.encode()
        if not group.links.exists(key) or group.links.get_info(key).type != h5l.TYPE_HARD:
            return None
        if h5o.get_info(group, key).type != h5o.TYPE_GROUP:
            return None
        group = h5g.open(group, key)
    return group


def text_attribute(group: Any, name: str) -> str | None:
    """Read an attribute that is one text, of a group (h5py's low-level object); None where there is none.

    Raises
    ------
    ModelError
        When it is something else, or longer than :data:`LARGEST_TEXT`.
    """
    from h5py import Group, h5a, h5t

    if not h5a.exists(group, name.encode()):
        return None
    attribute = h5a.open(group, name.encode())
    kind = attribute.get_type()
    is_text = kind.get_class() == h5t.STRING and (kind.is_variable_str() or kind.get_size() <= LARGEST_TEXT)
    if not is_text or attribute.get_space().get_simple_extent_npoints() != 1:
        raise ModelError(f"its attribute {name} is no text, or a far too long one: {_REMEDY}")
    value = Group(group).attrs[name]
    if isinstance(value, np.ndarray):
        value = value.ravel()[0]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if len(text) > LARGEST_TEXT:
        raise ModelError(f"its attribute {name} has {len(text):,} characters, far too many: {_REMEDY}")
    return text
