"""Images of ELF files: shared libraries, object files, and the archives (.a) of them.

Source: the ELF specification (headers, program headers, sections, symbols, relocations) and its 64-bit supplement.
Types of relocations are not looked at: of those in the data of a library, all that matter are "address of a symbol,
plus a number".
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnoise_py.model.image import MOST_PARTS, Image, ImageError, Words, check_total, sliced

MAGIC: Final = b"\x7fELF"
ARCHIVE_MAGIC: Final = b"!<arch>\n"

_OBJECT, _PROGRAM, _SHARED = 1, 2, 3  # e_type
_LOADED, _DYNAMIC = 1, 2  # p_type
_ADDENDS, _NO_CONTENT, _PLAIN = 4, 8, 9  # sh_type
_ALLOCATED, _CODE = 2, 4  # sh_flags
_ALIGNMENT: Final = 64  # of the sections of an object file
_FIRST_ADDRESS: Final = 0x10000
_MOST_SECTIONS: Final = 4096
_MOST_RELOCATIONS: Final = 1_000_000
_MOST_MEMBERS: Final = 10_000
_MEMBER_HEAD: Final = 60  # bytes of the header of an archive's member


@dataclass(frozen=True)
class _Section:
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int


class _File:
    """An ELF file's header and tables."""

    def __init__(self, content: bytes) -> None:
        head = sliced(content, 0, 20)
        if head[4] not in {1, 2} or head[5] not in {1, 2}:
            raise ImageError("has an ELF header of an unknown kind")
        self.content = content
        self.relocations = 0
        self.image = Image(8 if head[4] == 2 else 4, head[5] == 1)
        wide = self.image.word == 8
        self.kind = self._number(16, 2)
        self._segments = self._number(32 if wide else 28, self.image.word)
        self._sections = self._number(40 if wide else 32, self.image.word)
        counts = 54 if wide else 42  # e_phentsize, e_phnum, e_shentsize, e_shnum
        self._segment_size, self._segment_count, self._section_size, self._section_count = (
            self._number(counts + 2 * i, 2) for i in range(4)
        )

    def _number(self, offset: int, size: int) -> int:
        return self.image.integer(sliced(self.content, offset, size))

    def segments(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield type, offset, address and size in the file of each segment."""
        word = self.image.word
        places = (8, 16, 32) if word == 8 else (4, 8, 16)  # p_offset, p_vaddr, p_filesz
        if self._segment_count > MOST_PARTS:
            raise ImageError(f"has {self._segment_count} segments")
        for i in range(self._segment_count):
            at = self._segments + i * self._segment_size
            offset, address, size = (self._number(at + place, word) for place in places)
            yield self._number(at, 4), offset, address, size

    def sections(self) -> list[_Section]:
        """Return all sections."""
        word = self.image.word
        if self._section_count > _MOST_SECTIONS:
            raise ImageError(f"has {self._section_count} sections")
        found = []
        for i in range(self._section_count):
            at = self._sections + i * self._section_size
            flags, _, offset, size = (self._number(at + 8 + k * word, word) for k in range(4))
            link, info = (self._number(at + 8 + 4 * word + 4 * k, 4) for k in range(2))
            found.append(_Section(self._number(at + 4, 4), flags, offset, size, link, info))
        return found

    def table(self, offset: int, size: int, columns: int) -> Words:
        """Return a table of words."""
        words = np.frombuffer(sliced(self.content, offset, size), self.image.numbers(self.image.word))
        return words[: len(words) // columns * columns].reshape(-1, columns).astype(np.uint64)

    def symbols(self, offset: int, size: int) -> tuple[Words, Words]:
        """Return values and section numbers of the symbols in a table."""
        wide = self.image.word == 8
        entry, value, section = (24, 8, 6) if wide else (16, 4, 14)
        size = size // entry * entry
        rows = np.frombuffer(sliced(self.content, offset, size), np.uint8).reshape(-1, entry)
        columns = []
        for place, width in ((value, self.image.word), (section, 2)):
            cells = np.ascontiguousarray(rows[:, place : place + width]).view(self.image.numbers(width))
            columns.append(cells.ravel().astype(np.uint64))
        return columns[0], columns[1]

    def relocate(self, table: Words, symbols: Words, base: int = 0) -> None:
        """Store the pointers of a table of relocations: places (from ``base``) and symbols, with or without addends."""
        self.relocations += len(table)
        if self.relocations > _MOST_RELOCATIONS:
            raise ImageError(f"has more than {_MOST_RELOCATIONS:,} pointers")
        if not len(table):
            return
        image = self.image
        numbers = (table[:, 1] >> np.uint64(32 if image.word == 8 else 8)).astype(np.int64)
        known = numbers < len(symbols)
        values = np.zeros(len(table), np.uint64)
        values[known] = symbols[numbers[known]]
        with_addends = table.shape[1] == 3
        if with_addends:
            values += table[:, 2]
        image.add_pointers(table[:, 0] + np.uint64(base), values, to_what_is_there=not with_addends)


def shared_image(content: bytes) -> Image:
    """Return the memory of a shared library or program.

    Raises
    ------
    ImageError
        When the file is damaged or of another kind.
    """
    file = _File(content)
    if file.kind == _OBJECT:
        return object_image(content)
    if file.kind not in {_PROGRAM, _SHARED}:
        raise ImageError("is an ELF file of an unknown kind")
    segments = list(file.segments())
    loaded = [one for one in segments if one[0] == _LOADED]
    check_total((size for *_, size in loaded), len(content) + MOST_PARTS * _ALIGNMENT)
    for _, offset, address, size in loaded:
        file.image.add(address, sliced(content, offset, size))
    for kind, offset, _, size in segments:
        if kind == _DYNAMIC:
            _relocate_dynamic(file, dict(file.table(offset, size, 2)[::-1].tolist()), loaded)
    return file.image


def _relocate_dynamic(file: _File, entries: dict[int, int], loaded: list[tuple[int, int, int, int]]) -> None:
    def place(address: int) -> int:
        """Return where in the file an address lies."""
        for _, offset, start, size in loaded:
            if start <= address < start + size:
                return offset + address - start
        raise ImageError("is damaged: its tables lie outside")

    symbol_table, strings = entries.get(6), entries.get(5)  # DT_SYMTAB, DT_STRTAB: the symbols end before the names
    symbols = np.zeros(1, np.uint64)
    if symbol_table is not None and strings is not None and strings > symbol_table:
        symbols, _ = file.symbols(place(symbol_table), place(strings) - place(symbol_table))
    for table, size, columns in ((7, 8, 3), (17, 18, 2)):  # DT_RELA, DT_RELASZ; DT_REL, DT_RELSZ
        if table in entries:
            file.relocate(file.table(place(entries[table]), entries.get(size, 0), columns), symbols)


def object_image(content: bytes) -> Image:
    """Return the memory that the sections of an object file would make, one behind the other."""
    file = _File(content)
    if file.kind != _OBJECT:
        raise ImageError("is no object file")
    sections = file.sections()
    kept = {i: one for i, one in enumerate(sections) if one.flags & _ALLOCATED and one.kind != _NO_CONTENT}
    check_total((one.size for one in kept.values()), len(content))
    starts, place = np.zeros(len(sections), np.uint64), _FIRST_ADDRESS
    for i, one in kept.items():
        if one.size:
            starts[i] = place
            file.image.add(place, sliced(content, one.offset, one.size))
            place += (one.size + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT

    @functools.cache
    def symbols(link: int) -> Words:
        """Return the addresses of the symbols in a section."""
        if link >= len(sections):
            raise ImageError("is damaged: a section that is not there")
        values, numbers = file.symbols(sections[link].offset, sections[link].size)
        inside = numbers < len(sections)
        values[inside] += starts[numbers[inside].astype(np.int64)]
        return values

    for one in sections:
        if one.kind in {_ADDENDS, _PLAIN} and one.info in kept and not kept[one.info].flags & _CODE:
            table = file.table(one.offset, one.size, 3 if one.kind == _ADDENDS else 2)
            file.relocate(table, symbols(one.link), int(starts[one.info]))
    return file.image


def archive_images(content: bytes) -> Iterator[Image]:
    """Yield the memory of each ELF object in an archive.

    Raises
    ------
    ImageError
        When it is damaged, or the objects are of another kind.
    """
    place, count = len(ARCHIVE_MAGIC), 0
    while place + _MEMBER_HEAD <= len(content):
        digits = content[place + 48 : place + 58].strip()
        if not digits.isdigit() or count >= _MOST_MEMBERS:
            raise ImageError("is a damaged archive: copy or build it again")
        size = int(digits)
        member = sliced(content, place + _MEMBER_HEAD, size)
        if member.startswith(MAGIC):
            count += 1
            yield object_image(member)
        place += _MEMBER_HEAD + size + size % 2
    if not count:
        raise ImageError("is an archive without objects of Linux: give the shared library (.dll, .dylib)")
