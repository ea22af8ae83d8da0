"""A recording in memory that behaves as pydub's ``AudioSegment`` where programs for RNNoise_Wrapper use one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from rnnoise_py.errors import InputError, is_whole
from rnnoise_py.spec.constants import PCM_BYTES


class Interleaved(bytes):
    """Samples of several channels: taken for one channel they would be noise, so they know what they are."""

    channels: int


@dataclass(frozen=True)
class Wav:
    """16-bit audio. Length and indices are milliseconds: ``audio[250:500]`` is its second quarter of a second.

    Parameters
    ----------
    raw_data
        Interleaved little-endian samples.
    frame_rate
        Hz.
    channels
        How many are interleaved.
    sample_width
        Bytes a sample.
    """

    raw_data: bytes
    frame_rate: int
    channels: int = 1
    sample_width: int = PCM_BYTES

    def __post_init__(self) -> None:
        data = bytes(self.raw_data)
        if is_whole(self.channels) and self.channels > 1:
            data = Interleaved(data)
            data.channels = self.channels
        object.__setattr__(self, "raw_data", data)

    @property
    def frame_width(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.sample_width

    def frame_count(self) -> int:
        """Samples of each channel."""
        return len(self.raw_data) // self.frame_width

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return self.frame_count() / self.frame_rate

    def __len__(self) -> int:
        """Length in milliseconds, rounded."""
        return round(1000 * self.duration_seconds)

    def __getitem__(self, milliseconds: int | slice) -> "Wav":
        """Part of the audio; a single number is one millisecond of it. Ends beyond the audio are its ends.

        Raises
        ------
        IndexError
            When a single number lies outside.
        InputError
            When a slice has a step: take pieces in a loop.
        """
        whole = len(self)
        if not isinstance(milliseconds, slice):
            first = milliseconds + whole if milliseconds < 0 else milliseconds
            if not 0 <= first < whole:
                raise IndexError(f"millisecond {milliseconds} of {whole}")
            milliseconds = slice(first, first + 1)
        if milliseconds.step not in (None, 1):
            raise InputError(f"audio[::{milliseconds.step}] has a step: take pieces, audio[start:end], in a loop")
        start, end, _ = milliseconds.indices(whole)
        last = self.frame_count() if end == whole else self._frame(end)  # what rounding leaves over goes to the end
        return replace(self, raw_data=self.raw_data[self._frame(start) * self.frame_width : last * self.frame_width])

    def __iter__(self) -> Iterator["Wav"]:
        """Each millisecond."""
        return (self[number] for number in range(len(self)))

    def __add__(self, other: "Wav") -> "Wav":
        """One after the other.

        Raises
        ------
        InputError
            When they differ in rate, channels or width.
        """
        if not isinstance(other, Wav):
            return NotImplemented
        if replace(self, raw_data=b"") != replace(other, raw_data=b""):
            raise InputError(
                f"audio of {self.frame_rate} Hz, {self.channels} channels and of {other.frame_rate} Hz, "
                f"{other.channels} channels cannot be joined"
            )
        return replace(self, raw_data=self.raw_data + other.raw_data)

    def set_channels(self, channels: int) -> "Wav":
        """Return it with all channels mixed to one.

        Raises
        ------
        InputError
            When ``channels`` is not 1, or the width is not 16 bits.
        """
        if channels != 1 or self.sample_width != PCM_BYTES:
            raise InputError(f"set_channels({channels!r}) of {8 * self.sample_width} bits: only 16 bits become mono")
        samples = np.frombuffer(self.raw_data, "<i2").reshape(-1, self.channels)
        mono = np.rint(samples.mean(axis=1)).astype("<i2")
        return Wav(mono.tobytes(), self.frame_rate)

    def _frame(self, milliseconds: int) -> int:
        return int(milliseconds * self.frame_rate / 1000)
