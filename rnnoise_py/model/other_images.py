"""Images of the program files of Windows (PE) and macOS (Mach-O).

Source: Microsoft's PE format; Apple's ``mach-o/loader.h`` and ``fixup-chains.h``. Pointers in a PE file are addresses
as if it lay at its preferred place; in Mach-O the lower 36 bits are, whatever chains the loader finds in the others.
"""

from collections.abc import Iterator
from typing import Final

from rnnoise_py.model.image import MOST_PARTS, Image, ImageError, check_total, sliced

PE_MAGIC: Final = b"MZ"
MACH_MAGICS: Final = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")  #: 64 and 32 bits, little-endian
FAT_MAGIC: Final = b"\xca\xfe\xba\xbe"  #: several processors in one file

_MACH_OBJECT: Final = 1
_MACH_POINTER: Final = (1 << 36) - 1
_SEGMENT, _SEGMENT_64 = 0x1, 0x19
_MOST_PROCESSORS: Final = 8


def pe_image(content: bytes) -> Image:
    """Return the memory of a DLL or program of Windows.

    Raises
    ------
    ImageError
        When the file is damaged.
    """

    def number(offset: int, size: int) -> int:
        return int.from_bytes(sliced(content, offset, size), "little")

    head = number(0x3C, 4)
    if sliced(content, head, 4) != b"PE\0\0":
        raise ImageError("is a program of MS-DOS")
    count, optional_size, optional = number(head + 6, 2), number(head + 20, 2), head + 24
    wide = number(optional, 2) == 0x20B
    base = number(optional + 24, 8) if wide else number(optional + 28, 4)
    image = Image(8 if wide else 4, little=True)
    if count > MOST_PARTS:
        raise ImageError(f"has {count} sections")
    sections = []
    for i in range(count):
        at = optional + optional_size + 40 * i
        memory, address, size, offset = (number(at + 8 + 4 * k, 4) for k in range(4))
        sections.append((base + address, offset, min(size, memory) if memory else size))
    check_total((size for *_, size in sections), len(content))
    for address, offset, size in sections:
        image.add(address, sliced(content, offset, size))
    return image


def mach_images(content: bytes) -> Iterator[Image]:
    """Yield the memory of a library or program of macOS, for each processor that it is for.

    Raises
    ------
    ImageError
        When the file is damaged, or an object file.
    """
    if not content.startswith(FAT_MAGIC):
        yield _mach_image(content)
        return
    count = int.from_bytes(sliced(content, 4, 4), "big")
    if count > _MOST_PROCESSORS:  # a compiled Java class begins with the same bytes
        raise ImageError("is no library")
    for i in range(count):
        offset, size = (int.from_bytes(sliced(content, 8 + 20 * i + place, 4), "big") for place in (8, 12))
        yield _mach_image(sliced(content, offset, size))


def _mach_image(content: bytes) -> Image:
    def number(offset: int, size: int) -> int:
        return int.from_bytes(sliced(content, offset, size), "little")

    if not content.startswith(MACH_MAGICS):
        raise ImageError("is a Mach-O file of an unknown kind")
    wide = content.startswith(MACH_MAGICS[0])
    if number(12, 4) == _MACH_OBJECT:
        raise ImageError("is an object file of macOS: give the library that it became part of")
    image = Image(8 if wide else 4, little=True, mask=_MACH_POINTER if wide else -1)
    place, sizes = 32 if wide else 28, 0
    for _ in range(min(number(16, 4), MOST_PARTS)):
        command, length = number(place, 4), number(place + 4, 4)
        if command == (_SEGMENT_64 if wide else _SEGMENT):
            word = image.word
            address, _, offset, size = (number(place + 24 + word * k, word) for k in range(4))
            sizes += size
            check_total((sizes,), len(content) + MOST_PARTS)
            image.add(address, sliced(content, offset, size))
        if length < 8:
            raise ImageError("is damaged: copy or build it again")
        place += length
    return image
