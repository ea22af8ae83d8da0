"""How long an ELF file (a shared library of Linux) must be: the dynamic loader crashes on one that was cut.

The section table counts too: the loader does not need it, but it lies at the end of what linkers write.
Source: the ELF specification, header (Elf32_Ehdr, Elf64_Ehdr) and program header.
"""

import struct
from typing import Final, NamedTuple

MAGIC: Final = b"\x7fELF"
_MAPPED: Final = 1  # PT_LOAD: a segment of the file that is mapped into memory


class _Layout(NamedTuple):
    """Of one word size: where the fields are, as :mod:`struct` has them."""

    header: str  #: e_phoff, e_shoff, e_phentsize, e_phnum, e_shentsize, e_shnum
    segment: str  #: p_type, p_offset, p_filesz


_LAYOUTS: Final = {1: _Layout("28xII6xHHHH2x", "II8xI"), 2: _Layout("32xQQ6xHHHH2x", "I4xQ16xQ")}  # by e_ident's class
_ORDERS: Final = {1: "<", 2: ">"}  # by e_ident's data


def bytes_needed(content: bytes) -> int:
    """Return how many bytes the header and the tables of an ELF file promise.

    Parameters
    ----------
    content
        The file, or what is left of it.

    Returns
    -------
    The least length of the whole file; 0 when it is no ELF file of a known kind.
    """
    kind, order = (content[4], content[5]) if content.startswith(MAGIC) and len(content) > 5 else (0, 0)
    if kind not in _LAYOUTS or order not in _ORDERS:
        return 0
    layout, mark = _LAYOUTS[kind], _ORDERS[order]
    needed = struct.calcsize(mark + layout.header)
    if len(content) < needed:
        return needed
    first, sections, size, count, section_size, section_count = struct.unpack_from(mark + layout.header, content)
    needed = max(needed, sections + section_size * section_count, first + size * count)
    for number in range(count):
        place = first + size * number
        if place + struct.calcsize(mark + layout.segment) > len(content):
            break
        what, offset, length = struct.unpack_from(mark + layout.segment, content, place)
        if what == _MAPPED:
            needed = max(needed, offset + length)
    return int(needed)
