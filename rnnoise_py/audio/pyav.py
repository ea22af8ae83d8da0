"""What libsndfile cannot read, through PyAV where it is installed: AAC and ALAC in MPEG-4, WebM, WMA and others.

Only containers that are known by their first bytes are opened, each by its own demuxer: FFmpeg guesses would include
playlists, which make it open other files.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError

#: of samples, by the names that FFmpeg has for them
_SCALES: Final = {"u8": 1 << 7, "s16": 1 << 15, "s32": 1 << 31, "flt": 1, "dbl": 1}
_SKIP_FRAMES: Final = 1 << 16  # decoded at a time on the way to a place
_SHORT_SECONDS: Final = 0.1  # a container's length may be rounded; less than this is not missing


class Kind(NamedTuple):
    """A container that FFmpeg knows."""

    what: str  #: for people
    demuxer: str  #: FFmpeg's name
    shared: bool = False  #: libsndfile knows the container too, but not every coding in it


_KINDS: Final = (
    (4, b"ftyp", Kind("MPEG-4 (M4A)", "mov")),
    (4, b"moov", Kind("QuickTime", "mov")),
    (0, b"\x1aE\xdf\xa3", Kind("Matroska or WebM", "matroska")),
    (0, bytes.fromhex("3026b2758e66cf11"), Kind("Windows Media (WMA)", "asf")),
    (0, b"\xff\xf0", Kind("AAC", "aac")),
    (0, b"\xff\xf1", Kind("AAC", "aac")),
    (0, b"\xff\xf8", Kind("AAC", "aac")),
    (0, b"\xff\xf9", Kind("AAC", "aac")),
    (0, b"#!AMR", Kind("AMR", "amr")),
    (0, b"\x0bw", Kind("AC-3", "ac3")),
    (0, b"MAC ", Kind("Monkey's Audio", "ape")),
    (0, b"wvpk", Kind("WavPack", "wv")),
    (0, b"TTA1", Kind("True Audio", "tta")),
    (0, b"OggS", Kind("Ogg", "ogg", shared=True)),
    (8, b"WAVE", Kind("WAV", "wav", shared=True)),
    (0, b"FORM", Kind("AIFF", "aiff", shared=True)),
    (0, b"caff", Kind("CAF", "caf", shared=True)),
    (0, b".snd", Kind("AU", "au", shared=True)),
)


def kind_of(head: bytes) -> Kind | None:
    """Name the container that begins with ``head`` (16 bytes), when FFmpeg may read what libsndfile cannot."""
    for place, magic, kind in _KINDS:
        if head[place:].startswith(magic):
            return kind
    return None


def installed() -> bool:
    """Whether PyAV is here."""
    try:
        import av  # noqa: F401
    except ImportError:
        return False
    return True


class Length(NamedTuple):
    """How long the audio of a file is, by decoding it."""

    frames: int
    missing_frames: int  #: stated by the container and not there
    fault: str  #: what ended the decoding early; empty: nothing


class AvReader:
    """The first audio stream of a file, with the few calls of ``soundfile.SoundFile`` that are used.

    Parameters
    ----------
    source
        The file.
    kind
        Its container.
    length
        From :attr:`length` of an earlier reader of this file; None: it is decoded once to know.

    Raises
    ------
    InputError
        When FFmpeg cannot read it.
    """

    def __init__(self, source: Path | BinaryIO, kind: Kind, length: Length | None = None) -> None:
        self._source = source
        self._kind = kind
        self._fault = ""
        self._open()
        context = self._stream.codec_context
        self.samplerate = int(context.sample_rate or 0)
        self.channels = len(context.layout.channels) if context.layout is not None else 0
        self.format = kind.demuxer.upper()
        self.subtype = str(context.name).upper()
        if not self.samplerate or not self.channels:
            self.close()
            raise InputError("its audio has no rate or no channels")
        if length is None:
            frames = sum(len(block) for block in self._blocks())
            missing = round(self._stated_seconds() * self.samplerate) - frames
            length = Length(frames, missing if missing > _SHORT_SECONDS * self.samplerate else 0, self._fault)
            self.seek(0)
        self.length = length

    @property
    def frames(self) -> int:
        """Frames that decoding gives; what the container states is only compared with it."""
        return self.length.frames

    @property
    def missing_frames(self) -> int:
        """Frames that the container states and that are not there."""
        return self.length.missing_frames

    def _open(self) -> None:
        import av

        try:
            if not isinstance(self._source, Path):
                self._source.seek(0)
            source: Any = str(self._source) if isinstance(self._source, Path) else self._source
            self._container: Any = av.open(source, format=self._kind.demuxer)
        except (av.FFmpegError, ValueError) as error:
            raise InputError(_reason(error)) from error
        if not self._container.streams.audio:
            self.close()
            raise InputError("it holds no audio stream")
        self._stream: Any = self._container.streams.audio[0]
        self._decoded = self._blocks()
        self._rest: npt.NDArray[Any] | None = None

    def _stated_seconds(self) -> float:
        """What the container says of its audio; 0 when it says nothing."""
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration * self._stream.time_base)
        alone = len(self._container.streams) == 1  # else it may be the length of a video
        return (self._container.duration or 0) / 1_000_000 if alone else 0.0

    def _blocks(self) -> Iterator[npt.NDArray[Any]]:
        """Yield (frames, channels) float32 or float64, ±1 is full scale, up to the end or the first error."""
        import av

        try:
            for frame in self._container.decode(self._stream):
                if frame.sample_rate != self.samplerate or len(frame.layout.channels) != self.channels:
                    self._fault = "its rate or its channels change on the way"
                    return
                samples = frame.to_ndarray()
                samples = samples.T if frame.format.is_planar else samples.reshape(-1, self.channels)
                name = frame.format.name.removesuffix("p")
                if name == "u8":
                    samples = samples.astype(np.int16) - 128
                wide = np.float64 if name in ("s32", "dbl") else np.float32
                yield samples.astype(wide) / wide(_SCALES[name])
        except av.FFmpegError as error:
            self._fault = _reason(error)

    def read(self, count: int, dtype: str, always_2d: bool = True) -> npt.NDArray[Any]:
        """Read at most ``count`` frames."""
        parts = []
        while count > 0:
            block = self._rest if self._rest is not None else next(self._decoded, None)
            if block is None:
                break
            parts.append(block[:count])
            self._rest = block[count:] if len(block) > count else None
            count -= len(parts[-1])
        if not parts:
            return np.empty((0, self.channels), dtype)
        return np.concatenate(parts).astype(dtype, copy=False)

    def seek(self, frame: int) -> int:
        """Go to a frame, by decoding from the start."""
        self.close()
        self._open()
        left = frame
        while left > 0 and len(block := self.read(min(left, _SKIP_FRAMES), "float32")):
            left -= len(block)
        return frame

    def seekable(self) -> bool:
        """Whether seeking is cheap."""
        return False

    def close(self) -> None:
        """Close the file."""
        self._container.close()


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split()).rstrip(".")
