"""What was written is read back to its length: some writers lose what does not fit on a disk, and say nothing."""

from pathlib import Path

from rnnoise_py.audio.files import BARE_SUFFIXES
from rnnoise_py.audio.open_file import open_audio
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.names import printable
from rnnoise_py.spec.constants import PCM_BYTES


def check_written(
    path: Path, frames: int, final: Path | None = None, *, rate: int | None = None, channels: int | None = None
) -> None:
    """Raise :class:`OutputError` unless a file that was just written holds all of its audio.

    Its structure is looked through and its length counted; it is decoded only where that leaves a doubt. Codings in
    blocks may hold more, to fill the last one.

    Parameters
    ----------
    path
        The file, perhaps still under a temporary name.
    frames
        Samples of each channel that were written.
    final
        Name that it will get: for messages, and its suffix tells bare PCM.
    rate, channels
        What it must have, in Hz and number: some formats cannot hold every rate. None: anything.
    """
    final = path if final is None else final
    if not frames:
        return  # many formats cannot be read when they are empty
    remedy = "Is the disk full? Make room and write it again"
    try:
        if final.suffix.lower() in BARE_SUFFIXES:
            found, shortfall = path.stat().st_size // PCM_BYTES, ""
            made = (rate, channels)
        else:
            with open_audio(path) as audio:
                found, shortfall = audio.frames, audio.shortfall
                made = (rate and audio.rate, channels and audio.channels)
    except (InputError, OSError) as error:
        reason = str(error).replace(printable(path), "it")
        raise OutputError(f"cannot read back {printable(final)}: {reason}. {remedy}") from error
    if made != (rate, channels):
        raise OutputError(
            f"{printable(final)} cannot hold {rate} Hz, {channels} channels: its format made {made[0]} Hz, {made[1]} "
            "channels of it: choose .wav"
        )
    if found < frames or shortfall:
        missing = f"{max(0, frames - found):,} of {frames:,} frames are missing"
        raise OutputError(f"cannot write {printable(final)}: {missing}. {remedy}")
