"""Golden frames at every stage of the analysis, for the benchmarks of kernels."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.conftest import golden_pcm
from rnnoise_py.audio import ArrayPcm
from rnnoise_py.dsp.buffers import new_frames, new_history, new_pitch, new_pitch_work
from rnnoise_py.dsp.features import find_pitch, track_pitch
from rnnoise_py.dsp.fft import fft_real
from rnnoise_py.dsp.rows import describe_rows
from rnnoise_py.dsp.window import window
from rnnoise_py.lanes.types import Float32Array, Lanes
from rnnoise_py.rows.mixer import Mixer, MixerBuffers
from rnnoise_py.spec.constants import FRAME_SIZE, NB_BANDS
from rnnoise_py.spec.layout import ROW_SIZE

FIRST: Final = 320  # of the sixteen frames: speech
F: Final = np.float32


class Case(NamedTuple):
    """A kernel's call, what it makes of the frames (R, …), and the same by its twin."""

    run: Callable[[], Any]
    result: Callable[[], npt.ArrayLike]
    expected: Callable[[], npt.ArrayLike]


class Workbench:
    """Golden frames at every stage of the analysis, R side by side."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        R = self.R = len(lanes)
        mixer = Mixer(ArrayPcm(golden_pcm("clean")), ArrayPcm(golden_pcm("noise")))
        buffers = MixerBuffers(FIRST)
        mixer.mix(FIRST, buffers)
        self.mixed = mixer.mix(R, buffers)
        self.pitch, self.work, self.frames = new_pitch(R), new_pitch_work(R), new_frames(R)
        self.history = new_history()
        self.rows = np.zeros((R, ROW_SIZE), F)
        self.energies = np.zeros(NB_BANDS * R, F), np.zeros(NB_BANDS * R, F)
        self.find_pitch()
        track_pitch(self.pitch, self.history, R)
        self.describe_rows()
        self.starts = np.arange(R) * FRAME_SIZE + 768
        self.buffers = [self.mixed.noisy[FRAME_SIZE * f : FRAME_SIZE * f + 1728] for f in range(R)]
        self.whitened = [self.pitch.whitened[s : s + 864].copy() for s in self.pitch.starts]
        self.windowed, self.spectrum = np.zeros(960 * R, F), np.zeros(2 * 960 * R, F)
        window(self.mixed.noisy, self.starts, self.windowed, lanes)
        fft_real(self.windowed, self.spectrum, 481, lanes)

    def find_pitch(self) -> None:
        """Everything up to the octave candidates."""
        find_pitch(self.mixed.noisy, 0, self.R, self.pitch, self.work, self.lanes)

    def describe_rows(self) -> None:
        """Everything from windows to targets."""
        describe_rows(self.mixed, 0, self.R, self.pitch.period, self.rows, self.frames, *self.energies, self.lanes)

    def parts(self, spectrum: Float32Array) -> list[tuple[Float32Array, Float32Array]]:
        """Bins 0 … 480 of each frame, real and imaginary."""
        points = spectrum.reshape(960, 2, self.R)[:481]
        return [(points[:, 0, f].copy(), points[:, 1, f].copy()) for f in range(self.R)]
