"""Finished WebAssembly modules with a model put in, by editing their bytes: no compiler is asked.

A template exports a global ``rnnoise_model_area``: the address of memory that no data segment fills. The model goes
there as one more segment, the number of its bytes (uint32) first. Format: WebAssembly core specification, 5 (binary).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rnnoise_py.errors import InputError, ModelError

AREA: Final = "rnnoise_model_area"
AREA_BYTES: Final = 192 << 10  #: as reference_c/wasm/module.c has it

_MAGIC: Final = b"\0asm\1\0\0\0"
_GLOBALS, _EXPORTS, _DATA, _DATA_COUNT = 6, 7, 11, 12  # ids of sections
_I32_CONST, _END = 0x41, 0x0B
_OF_GLOBAL: Final = 3  # kind of an export


@dataclass(frozen=True)
class Export:
    """One line of a module's export section."""

    name: str
    kind: int  #: 0 function, 1 table, 2 memory, 3 global
    index: int


def with_model(module: bytes, packed: bytes) -> bytes:
    """Return a template with a packed model (``model.rnn``, sizes up to 128) built in.

    Raises
    ------
    InputError
        When the bytes are no template.
    ModelError
        When the model is larger than the area.
    """
    if len(packed) > AREA_BYTES - 4:
        raise ModelError(f"the model has {len(packed):,} bytes; a WebAssembly module has room for {AREA_BYTES - 4:,}")
    sections = dict(_sections(module))
    address = _area_address(sections)
    count, at = _read_unsigned(sections[_DATA], 0)
    content = len(packed).to_bytes(4, "little") + packed
    segment = bytes((0, _I32_CONST)) + _signed(address) + bytes((_END,)) + _unsigned(len(content)) + content
    sections[_DATA] = _unsigned(count + 1) + sections[_DATA][at:] + segment
    if _DATA_COUNT in sections:
        sections[_DATA_COUNT] = _unsigned(count + 1)
    return _joined(sections)


def with_aliases(module: bytes, aliases: Mapping[str, str]) -> bytes:
    """Return a module that exports some things under further names: alias → name."""
    sections = dict(_sections(module))
    known = {one.name: one for one in exports(module)}
    added = b"".join(
        _unsigned(len(alias)) + alias.encode() + bytes((known[name].kind,)) + _unsigned(known[name].index)
        for alias, name in aliases.items()
    )
    count, at = _read_unsigned(sections[_EXPORTS], 0)
    sections[_EXPORTS] = _unsigned(count + len(aliases)) + sections[_EXPORTS][at:] + added
    return _joined(sections)


def exports(module: bytes) -> list[Export]:
    """List what a module exports."""
    content = dict(_sections(module)).get(_EXPORTS, b"\0")
    count, at = _read_unsigned(content, 0)
    found = []
    for _ in range(count):
        length, at = _read_unsigned(content, at)
        name = content[at : at + length].decode()
        index, after = _read_unsigned(content, at + length + 1)
        found.append(Export(name, content[at + length], index))
        at = after
    return found


def import_count(module: bytes) -> int:
    """Return how many things a module wants from outside."""
    return _read_unsigned(dict(_sections(module)).get(2, b"\0"), 0)[0]


def _area_address(sections: Mapping[int, bytes]) -> int:
    module = _joined(sections)
    index = next((one.index for one in exports(module) if (one.name, one.kind) == (AREA, _OF_GLOBAL)), None)
    if index is None:
        raise InputError(f"the WebAssembly module exports no {AREA}: it is no template of rnnoise-py")
    content = sections[_GLOBALS]
    _, at = _read_unsigned(content, 0)
    for _ in range(index + 1):
        value, at = _read_signed(content, at + 3)  # type, mutability, i32.const
        at += 1
    return value


def _sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield id and content of each section that does something; custom ones are names and the like."""
    if not module.startswith(_MAGIC):
        raise InputError("not a WebAssembly module (no \\0asm at its start)")
    at = len(_MAGIC)
    while at < len(module):
        section = module[at]
        size, at = _read_unsigned(module, at + 1)
        if section:
            yield section, module[at : at + size]
        at += size


def _joined(sections: Mapping[int, bytes]) -> bytes:
    return _MAGIC + b"".join(bytes((one,)) + _unsigned(len(data)) + data for one, data in sections.items())


def _read_unsigned(content: bytes, at: int) -> tuple[int, int]:
    """Return a LEB128 number and where the next begins."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _read_signed(content: bytes, at: int) -> tuple[int, int]:
    start = at
    value, at = _read_unsigned(content, at)
    if content[at - 1] & 0x40:
        value -= 1 << (7 * (at - start))
    return value, at


def _unsigned(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _signed(value: int) -> bytes:
    """LEB128 of a signed number that is not negative."""
    coded = _unsigned(value)
    return coded if coded[-1] < 0x40 else coded[:-1] + bytes((coded[-1] | 0x80, 0))
