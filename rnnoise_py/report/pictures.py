"""Arrays to images: colour maps, WebP as bytes, waveforms as paths of an SVG."""

import io
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import PCM_SCALE

F32 = npt.NDArray[np.float32]

#: colours of a spectrogram from soft to loud, and of gains from 0 to 1; evenly spaced, linear in between
SPECTRUM_COLOURS: Final = (
    (8, 7, 20),
    (28, 16, 68),
    (79, 18, 123),
    (129, 37, 129),
    (181, 54, 122),
    (229, 80, 100),
    (251, 135, 97),
    (254, 194, 135),
    (252, 253, 191),
)
GAIN_COLOURS: Final = (
    (20, 16, 48),
    (38, 42, 94),
    (36, 82, 130),
    (30, 118, 138),
    (42, 152, 130),
    (96, 186, 104),
    (176, 212, 84),
    (248, 236, 112),
)
DYNAMIC_RANGE: Final = 80.0  # dB that a spectrogram shows
LOUDEST_QUANTILE: Final = 0.9995  # of the dB values: the brightest colour
WEBP_QUALITY: Final = 60
WEBP_EFFORT: Final = 4
WAVE_COLUMNS: Final = 600
WAVE_HEIGHT: Final = 100  # units of the drawing; its middle is silence


def colour_table(colours: tuple[tuple[int, int, int], ...]) -> npt.NDArray[np.uint8]:
    """256 colours, (256, 3)."""
    places = np.linspace(0, 255, len(colours))
    channels = [np.interp(np.arange(256), places, channel) for channel in np.array(colours, np.float64).T]
    return np.asarray(np.rint(np.stack(channels, axis=1)), np.uint8)


def _image(values: F32, colours: tuple[tuple[int, int, int], ...], stretch: int = 1) -> bytes:
    """Encode (columns, rows) of 0 … 1, the first row at the bottom, as WebP."""
    from PIL import Image

    index = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    picture = np.repeat(index.T[::-1], stretch, axis=0)
    stream = io.BytesIO()
    Image.fromarray(colour_table(colours)[picture]).save(stream, "WEBP", quality=WEBP_QUALITY, method=WEBP_EFFORT)
    return stream.getvalue()


def spectrogram_image(levels: F32, top: float) -> bytes:
    """WebP of dB values (columns, bands); ``top`` dB is the brightest, 80 dB below it the darkest."""
    return _image((levels - np.float32(top)) / np.float32(DYNAMIC_RANGE) + 1, SPECTRUM_COLOURS)


def gain_image(gains: F32) -> bytes:
    """WebP of gains (columns, 22), each band four pixels high."""
    return _image(gains, GAIN_COLOURS, stretch=4)


def wave_path(pcm: npt.NDArray[np.int16], columns: int = WAVE_COLUMNS) -> str:
    """Outline of a waveform for the ``d`` of an SVG path: ``columns`` wide, 100 high, full scale ±50."""
    groups = [group for group in np.array_split(pcm, min(columns, len(pcm))) if len(group)]
    half = WAVE_HEIGHT / 2
    high = np.array([group.max() for group in groups]) / PCM_SCALE
    low = np.array([group.min() for group in groups]) / PCM_SCALE
    width = columns / len(groups)
    above = [f"{column * width:.4g} {half - half * value:.1f}" for column, value in enumerate(high)]
    below = [f"{column * width:.4g} {half - half * value + 0.4:.1f}" for column, value in enumerate(low)]
    return "M" + "L".join([*above, *reversed(below)]) + "Z"


def probability_path(vad: F32, columns: int = WAVE_COLUMNS) -> str:
    """Area under speech probabilities (mean of each column) for the ``d`` of an SVG path of the same size."""
    groups = np.array_split(vad, min(columns, len(vad)))
    width = columns / len(groups)
    edge = [f"{column * width:.4g} {WAVE_HEIGHT * (1 - group.mean()):.0f}" for column, group in enumerate(groups)]
    last = edge[-1].split()[1]
    return f"M0 {WAVE_HEIGHT}L" + "L".join([*edge, f"{columns} {last}", f"{columns} {WAVE_HEIGHT}"]) + "Z"
