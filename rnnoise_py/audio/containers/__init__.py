"""Where the audio of a file lies, whatever its header says: parts, what is missing, what is left over.

>>> found = survey(open("talk.mp3", "rb"))                 # doctest: +SKIP
>>> [part.frames for part in found.parts], found.left_over  # doctest: +SKIP
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

from rnnoise_py.audio.containers.chunks import aiff, au, caf, riff, svx, w64
from rnnoise_py.audio.containers.flac import flac
from rnnoise_py.audio.containers.mpeg import mpeg
from rnnoise_py.audio.containers.ogg import ogg
from rnnoise_py.audio.containers.part import Bytes, Part
from rnnoise_py.audio.containers.rare import avr, mat4, mat5, mpc, nist, sds, voc, wve
from rnnoise_py.audio.containers.tags import end_without_tags, skip_tags

__all__ = ["Part", "Survey", "survey"]

_MOST_PARTS: Final = 100_000
_SCRAPS: Final = 64  # bytes behind the audio that nobody misses

_One = Callable[[Bytes, int], Part | None]
_Many = Callable[[Bytes, int], list[Part]]


def _one(parse: _One) -> _Many:
    def parts(file: Bytes, start: int) -> list[Part]:
        part = parse(file, start)
        return [] if part is None else [part]

    return parts


@dataclass(frozen=True)
class _Container:
    """How a container is known and read."""

    magic: bytes
    parts: _Many
    stops: bool = False  # libsndfile stops where the audio ends, so that the file may be opened by its name
    tagged: bool = False  # and it skips an ID3 tag before


_CONTAINERS: Final = (
    _Container(b"RIFF", riff, stops=True),
    _Container(b"RIFX", riff, stops=True),
    _Container(b"RF64", riff, stops=True),
    _Container(b"BW64", riff, stops=True),
    _Container(b"riff", _one(w64)),
    _Container(b"FORM", _one(aiff), stops=True),
    _Container(b"FORM", _one(svx)),
    _Container(b"caff", _one(caf), stops=True),
    _Container(b".snd", _one(au)),
    _Container(b"dns.", _one(au)),
    _Container(b"fLaC", flac, stops=True, tagged=True),
    _Container(b"OggS", ogg, stops=True),
    _Container(b"NIST_1A", _one(nist)),
    _Container(b"Creative Voice File\x1a", _one(voc)),
    _Container(b"2BIT", _one(avr)),
    _Container(b"\x01\x04", _one(mpc)),
    _Container(b"ALawSoundFile**", _one(wve)),
    _Container(b"\xf0\x7e", _one(sds)),
    _Container(b"\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0", _one(mat4)),
    _Container(b"\0\0\x03\xe8\0\0\0\1\0\0\0\1\0\0\0\0", _one(mat4)),
    _Container(b"MATLAB 5.0 MAT-file", _one(mat5)),
)
_MPEG: Final = _Container(b"", mpeg, stops=True, tagged=True)  # has no first bytes of its own


@dataclass(frozen=True)
class Survey:
    """What was found in a file."""

    parts: tuple[Part, ...]  #: in order; empty: this is none of the containers that are known here
    left_over: int  #: bytes behind the last part that are no tags
    as_it_is: bool  #: libsndfile finds the same in the file as it is

    @property
    def sound(self) -> bool:
        """Whether there is nothing to say about it."""
        ill = any(part.missing or part.missing_frames != 0 or part.cut or part.fault for part in self.parts)
        return not ill and not self.left_over


def _container(file: Bytes, place: int, *, search: bool) -> tuple[_Container, list[Part]] | None:
    head = file.at(place, 32)
    for container in _CONTAINERS:
        if head.startswith(container.magic):
            parts = container.parts(file, place)
            if parts:
                return container, parts
    parts = mpeg(file, place, search=search)
    return (_MPEG, parts) if parts else None


def survey(stream: BinaryIO) -> Survey:
    """Look through a file, by its structure, without decoding it.

    Returns
    -------
    Survey
        Its parts never reach beyond the file, whatever it states.
    """
    file = Bytes(stream)
    parts: list[Part] = []
    first: _Container | None = None
    place = skip_tags(file, 0)
    begin = place
    while place < file.size and len(parts) < _MOST_PARTS:
        found = _container(file, place, search=first is None and begin > 0)
        if found is None:
            break
        first = first or found[0]
        parts += found[1]
        place = skip_tags(file, max(place + 1, found[1][-1].end))
    if first is None:
        return Survey((), 0, as_it_is=True)
    left_over = file.size - place if file.size - place > _SCRAPS else 0
    whole = begin == 0 or first.tagged
    stops = first.stops or parts[0].end == file.size
    if first is _MPEG:  # libsndfile guesses from the size of the file without its tags
        stops = parts[0].end == end_without_tags(file, begin)
    plain = stops and not parts[0].patches and not parts[0].doubtful
    return Survey(tuple(parts), left_over, as_it_is=whole and len(parts) == 1 and plain)
