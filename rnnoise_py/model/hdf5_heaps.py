"""Heaps of texts in an HDF5 file, walked before the HDF5 library does: some of its versions never come back from one.

Source: the HDF5 file format specification, levels 0A (superblock) and 1E (global heap).
"""

import re
import struct
from typing import Final

from rnnoise_py.spec.layout import HDF5_MAGIC

_COLLECTION: Final = re.compile(rb"GCOL\x01")
_SIZES_AT: Final = {0: 13, 1: 13, 2: 9, 3: 9}  # superblock's version → place of the sizes of offsets and lengths
_WIDE: Final = bytes((8, 8))
_HEAD: Final = 16  # bytes, of a collection and of an object in it


def heap_fault(content: bytes) -> str:
    """Say what is wrong with the heaps of a file; empty when nothing is."""
    start = content.find(HDF5_MAGIC)
    version = content[start + len(HDF5_MAGIC) : start + len(HDF5_MAGIC) + 1]
    at = _SIZES_AT.get(version[0] if version else -1)
    if at is None or content[start + at : start + at + 2] != _WIDE:
        return "an unusual superblock"
    for match in _COLLECTION.finditer(content):
        if not _ends(content, match.start()):
            return "a heap without an end"
    return ""


def _ends(content: bytes, start: int) -> bool:
    """Whether the objects of a collection lead to its end, each behind the one before."""
    if start + _HEAD > len(content):
        return True  # by chance in other data, or the library will say so
    (size,) = struct.unpack_from("<Q", content, start + 8)
    place, end = start + _HEAD, start + size
    if end > len(content):
        return True
    while place + _HEAD <= end:
        number, _, _, length = struct.unpack_from("<HHIQ", content, place)
        step = length if number == 0 else _HEAD + (length + 7) // 8 * 8
        if step < _HEAD:
            return False
        place += step
    return True
