"""The chunks of WAV, AIFF and their like: where they are, and how much audio one of them really holds.

What a header says is checked against the bytes that are there. Less is a recording cut short; a size of zero or
"unknown", as writers leave it that cannot go back or were killed, means all that follows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from rnnoise_py.audio.containers.part import Bytes, Part

Patches = tuple[tuple[int, bytes], ...]

WRAP: Final = 1 << 32  #: sizes of four bytes begin again here
_UNKNOWN: Final = {4: 0x7FFFF000, 8: 1 << 62}  # sizes from here on are what streaming writers leave
_PIECE: Final = 1 << 31  # bytes of audio in a part of a longer file
_MOST_CHUNKS: Final = 10_000
#: chunks that may follow the audio, and be cut off without a loss of audio
_KNOWN: Final = frozenset(
    b"LIST,id3 ,ID3 ,fact,cue ,smpl,bext,inst,PEAK,iXML,axml,junk,JUNK,FLLR,PAD ,minf,elm1,regn,umid,afsp,_PMX,DISP,"
    b"acid,cart,levl,chna,summ,list,NAME,AUTH,ANNO,(c) ,COMT,MARK,INST,APPL,MIDI,AESD,CHAN,free,info,pakt,kuki".split(
        b","
    )
)
_STARTS: Final = frozenset([b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM", b"riff", b"caff", b".snd", b"fLaC", b"OggS"])


@dataclass(frozen=True)
class Chunk:
    """One chunk: a name, a size, and so many bytes of content."""

    name: bytes
    content: int  #: place of its first byte in the file
    size: int  #: bytes of content that it states

    @property
    def known(self) -> bool:
        """Whether this is a chunk that may follow the audio."""
        return self.name[:4] in _KNOWN


@dataclass(frozen=True)
class Chunks:
    """The chunks of the container that begins at ``start``."""

    file: Bytes
    start: int
    order: Literal["little", "big"] = "little"
    name: int = 4  #: bytes of a chunk's name
    width: int = 4  #: bytes of its size
    align: int = 2  #: chunks begin at multiples of this
    inclusive: bool = False  #: the size counts name and size too

    def at(self, place: int) -> Chunk | None:
        """Return the chunk at ``place``; None where there is none any more."""
        length = self.name + self.width
        head = self.file.at(place, length)
        if len(head) < length:
            return None
        size = int.from_bytes(head[self.name :], self.order)
        return Chunk(head[: self.name], place + length, size - length if self.inclusive else size)

    def after(self, chunk: Chunk) -> int:
        """Place of the next chunk."""
        end = chunk.content + chunk.size
        return end + (self.start - end) % self.align

    def find(self, place: int, wanted: bytes) -> dict[bytes, Chunk]:
        """Return the chunks from ``place`` up to the one whose name begins with ``wanted``; that may be missing."""
        found: dict[bytes, Chunk] = {}
        for _ in range(_MOST_CHUNKS):
            chunk = self.at(place)
            if chunk is None or chunk.size < 0:
                break
            found.setdefault(chunk.name[:4], chunk)
            if chunk.name[:4] == wanted:
                break
            place = self.after(chunk)
        return found

    def skip(self, place: int) -> int:
        """Return where the chunks end that begin at ``place``."""
        for _ in range(_MOST_CHUNKS):
            chunk = self.at(place)
            if chunk is None:
                break
            name = chunk.name[:4]
            if name in _STARTS or chunk.size < 0 or not all(0x20 <= byte < 0x7F for byte in name):
                break
            after = self.after(chunk)
            if after >= self.file.size + self.align and not chunk.known:
                break
            place = after
        return min(place, self.file.size)

    def part(self, audio: Chunk, before: int = 0, *, patch: Callable[[int], Patches], patch_cut: bool = False) -> Part:
        """Make the part whose audio is in a chunk.

        Parameters
        ----------
        audio
            The chunk, with the size that counts.
        before
            Bytes at the beginning of its content that are no audio.
        patch
            Makes the patches of a header that says how many bytes are in the chunk.
        patch_cut
            Whether libsndfile needs them to read a file that is cut short.
        """
        end = self.file.size
        there = end - audio.content
        after = self._end_of(audio)
        if audio.size > there and audio.size < _UNKNOWN[self.width]:
            part = Part(self.start, end, max(0, there - before), audio.size - there)
            return replace(part, patches=patch(there), doubtful=True, missing_frames=None) if patch_cut else part
        wrapped = self.width == 4 and there >= audio.size + WRAP and self.skip(after) == after
        if before < audio.size <= there and not wrapped:
            return Part(self.start, self.skip(after), audio.size - before)
        if there <= before or (audio.size <= before and self.skip(after) == end > after):
            return Part(self.start, end)  # there is none
        clips = audio.size > there and not patch_cut  # libsndfile sees to it
        return Part(self.start, end, there - before, patches=() if clips else patch(there))

    def _end_of(self, audio: Chunk) -> int:
        """Place behind the audio; some writers forget the byte that makes odd sizes even."""
        after, unpadded = self.after(audio), audio.content + audio.size
        if any(self.file.at(unpadded, after - unpadded)):
            return unpadded
        return min(after, self.file.size)


def riff(file: Bytes, start: int) -> list[Part]:
    """WAV in both byte orders, RF64 and BW64: in several parts where there is more than a WAV header can state."""
    head = file.at(start, 12)
    if head[8:] != b"WAVE":
        return []
    chunks = Chunks(file, start, "big" if head[:4] == b"RIFX" else "little")
    found = chunks.find(start + 12, b"data")
    audio, long = found.get(b"data"), found.get(b"ds64")
    if audio is None:
        return []
    if long is not None and head[:4] in (b"RF64", b"BW64"):
        return [_rf64(chunks, audio, long)]

    def patch(there: int) -> Patches:
        return ((audio.content - 4, min(there, WRAP - 1).to_bytes(4, chunks.order)),)

    part = chunks.part(audio, patch=patch)
    if not part.patches or part.data < WRAP:
        return [part]
    width = max(1, int.from_bytes(file.at(found[b"fmt "].content + 12, 2), chunks.order)) if b"fmt " in found else 1
    step = _PIECE // width * width
    header = file.at(start, audio.content - 4 - start) + step.to_bytes(4, chunks.order)
    pieces = range(audio.content, part.end, step)
    return [Part(place, min(place + step, part.end), prefix=header) for place in pieces]


def _rf64(chunks: Chunks, audio: Chunk, long: Chunk) -> Part:
    """The sizes that do not fit into four bytes are in the chunk ``long``."""
    if audio.size == WRAP - 1:
        audio = Chunk(audio.name, audio.content, int.from_bytes(chunks.file.at(long.content + 8, 8), "little"))

    def patch(there: int) -> Patches:
        whole = chunks.file.size - chunks.start - 8
        return (
            (audio.content - 4, b"\xff\xff\xff\xff"),
            (long.content, whole.to_bytes(8, "little") + there.to_bytes(8, "little")),
        )

    if audio.size >= _UNKNOWN[8]:
        audio = Chunk(audio.name, audio.content, 0)
    return Chunks(chunks.file, chunks.start, width=4).part(audio, patch=patch)


def w64(file: Bytes, start: int) -> Part | None:
    """Sony Wave64: names of 16 bytes, sizes of 8."""
    if file.at(start + 24, 4) != b"wave":
        return None
    chunks = Chunks(file, start, name=16, width=8, align=8, inclusive=True)
    audio = chunks.find(start + 40, b"data").get(b"data")
    if audio is None:
        return None

    def patch(there: int) -> Patches:
        whole = file.size - start
        return (start + 16, whole.to_bytes(8, "little")), (audio.content - 8, (there + 24).to_bytes(8, "little"))

    return chunks.part(Chunk(audio.name, audio.content, max(0, audio.size)), patch=patch)


def aiff(file: Bytes, start: int) -> Part | None:
    """AIFF and AIFF-C."""
    if file.at(start + 8, 4) not in (b"AIFF", b"AIFC"):
        return None
    chunks = Chunks(file, start, "big")
    found = chunks.find(start + 12, b"SSND")
    audio, common = found.get(b"SSND"), found.get(b"COMM")
    if audio is None or common is None:
        return None
    head = file.at(common.content, 8)
    width = int.from_bytes(head[:2], "big") * -(-int.from_bytes(head[6:8], "big") // 8)

    def patch(there: int) -> Patches:
        frames = (there - 8) // width if width else 0
        return (
            (common.content + 2, min(frames, WRAP - 1).to_bytes(4, "big")),
            (audio.content - 4, min(there, WRAP - 1).to_bytes(4, "big")),
        )

    return chunks.part(audio, 8, patch=patch)


def svx(file: Bytes, start: int) -> Part | None:
    """Amiga IFF: 8SVX and 16SV."""
    if file.at(start + 8, 4) not in (b"8SVX", b"16SV"):
        return None
    chunks = Chunks(file, start, "big")
    audio = chunks.find(start + 12, b"BODY").get(b"BODY")
    if audio is None:
        return None
    return chunks.part(audio, patch=lambda there: ((audio.content - 4, min(there, WRAP - 1).to_bytes(4, "big")),))


def caf(file: Bytes, start: int) -> Part | None:
    """Apple's Core Audio Format."""
    chunks = Chunks(file, start, "big", width=8, align=1)
    audio = chunks.find(start + 8, b"data").get(b"data")
    if audio is None:
        return None
    return chunks.part(audio, 4, patch=lambda there: ((audio.content - 8, there.to_bytes(8, "big")),), patch_cut=True)


def au(file: Bytes, start: int) -> Part | None:
    """Sun/NeXT audio, in both byte orders: a header that states the size, no chunks."""
    head = file.at(start, 12)
    order: Literal["little", "big"] = "little" if head[:4] == b"dns." else "big"
    data, size = (int.from_bytes(head[place : place + 4], order) for place in (4, 8))
    there = file.size - start - data
    if there <= 0:
        return Part(start, file.size)
    if size >= _UNKNOWN[4] and size > there:
        return Part(start, file.size, there)
    if size == 0 or there >= size + WRAP:
        return Part(start, file.size, there, patches=((start + 8, b"\xff" * 4),))
    return Part(start, start + data + min(size, there), min(size, there), max(0, size - there))
