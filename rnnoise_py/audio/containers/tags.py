"""What may stand around audio and is none: ID3, APE and Lyrics3 tags, and zeros."""

from typing import Final

from rnnoise_py.audio.containers.part import Bytes

_ID3V1: Final = 128  # bytes
_APE: Final = 32  # bytes of its header, and of its footer
_APE_HAS_HEADER: Final = 1 << 31
_ZEROS: Final = 1 << 16  # bytes looked at at a time


def tag_length(file: Bytes, place: int) -> int:
    """Bytes of the tag that begins at ``place``; 0 where none does."""
    head = file.at(place, _APE)
    if head[:3] == b"ID3" and len(head) >= 10 and not any(byte & 0x80 for byte in head[6:10]):
        size = int.from_bytes(head[6:10], "big")
        size = (size & 0x7F) | (size >> 1 & 0x3F80) | (size >> 2 & 0x1FC000) | (size >> 3 & 0xFE00000)
        return 10 + size + (10 if head[5] & 0x10 else 0)
    if head[:3] == b"TAG":
        return min(_ID3V1, file.size - place)
    if head[:8] == b"APETAGEX" and len(head) == _APE:
        return _ape_length(head)
    if head[:11] == b"LYRICSBEGIN":
        end = file.find(b"LYRICS", place + 11, place + (1 << 20))
        return end + 9 - place if end >= 0 else 0
    return 0


def _ape_length(head: bytes) -> int:
    size, flags = int.from_bytes(head[12:16], "little"), int.from_bytes(head[20:24], "little")
    return _APE + size if flags & _APE_HAS_HEADER else _APE


def skip_tags(file: Bytes, place: int) -> int:
    """Where the next bytes stand that are neither tags nor zeros to the end of the file."""
    while place < file.size and (length := tag_length(file, place)):
        place += length
    return file.size if zeros_to_the_end(file, place) else place


def zeros_to_the_end(file: Bytes, place: int) -> bool:
    """Whether nothing but zeros follows."""
    while block := file.at(place, _ZEROS):
        if any(block):
            return False
        place += len(block)
    return True


def end_without_tags(file: Bytes, start: int) -> int:
    """Where the tags begin that stand at the end of the file, not before ``start``; else its size."""
    end = file.size
    while True:
        before = end
        if end - _ID3V1 >= start and file.at(end - _ID3V1, 3) == b"TAG":
            end -= _ID3V1
        foot = file.at(end - _APE, _APE)
        if end - _APE >= start and foot[:8] == b"APETAGEX":
            size, flags = int.from_bytes(foot[12:16], "little"), int.from_bytes(foot[20:24], "little")
            end -= size + (_APE if flags & _APE_HAS_HEADER else 0)
        if end == before or end < start:
            return max(end, start)
