"""Each kernel on sixteen golden frames side by side, and on one; the result is checked against its slow twin.

A call from Python costs a microsecond or more by itself, which shows in the smallest kernels with R = 1.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.conftest import golden_pcm
from rnnoise_py.audio import ArrayPcm
from rnnoise_py.dsp import (
    bands,
    biquad,
    cepstrum,
    dct,
    fft,
    lag_energy,
    mixing,
    octave,
    pitch_search,
    rand,
    whitening,
    window,
)
from rnnoise_py.dsp.buffers import new_frames, new_history, new_pitch, new_pitch_work
from rnnoise_py.dsp.features import describe_frames, find_pitch, finish_features, track_pitch
from rnnoise_py.dsp.rows import describe_rows
from rnnoise_py.lanes.jit import BULK, ONE
from rnnoise_py.rows.mixer import Mixer, MixerBuffers
from rnnoise_py.spec.constants import FRAME_SIZE, HIGHPASS_A, HIGHPASS_B, NB_BANDS
from rnnoise_py.spec.layout import ROW_SIZE, SPECTRAL_VARIABILITY
from tests import naive, naive_fft, naive_pitch
from tests.lane_arrays import assert_same, separate

F32 = npt.NDArray[np.float32]
FIRST = 320  # of the sixteen frames: speech
F = np.float32


class Case(NamedTuple):
    """A kernel's call, what it makes of the frames (R, …), and the same by its twin."""

    run: Callable[[], Any]
    result: Callable[[], npt.ArrayLike]
    expected: Callable[[], npt.ArrayLike]


class Workbench:
    """Golden frames at every stage of the analysis, R side by side."""

    def __init__(self, lanes: tuple[int, ...]) -> None:
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
        window.window(self.mixed.noisy, self.starts, self.windowed, lanes)
        fft.fft_real(self.windowed, self.spectrum, 481, lanes)

    def find_pitch(self) -> None:
        """Everything up to the octave candidates."""
        find_pitch(self.mixed.noisy, 0, self.R, self.pitch, self.work, self.lanes)

    def describe_rows(self) -> None:
        """Everything from windows to targets."""
        describe_rows(self.mixed, 0, self.R, self.pitch.period, self.rows, self.frames, *self.energies, self.lanes)

    def parts(self, spectrum: F32) -> list[tuple[F32, F32]]:
        """Bins 0 … 480 of each frame, real and imaginary."""
        points = spectrum.reshape(960, 2, self.R)[:481]
        return [(points[:, 0, f].copy(), points[:, 1, f].copy()) for f in range(self.R)]


def _spectra(b: Workbench) -> dict[str, Case]:
    lanes, frames = b.lanes, b.frames
    own = np.zeros(960 * b.R, F)
    spectrum = np.zeros(2 * 960 * b.R, F)
    values, coefficients, logs, totals = (np.zeros(n * b.R, F) for n in (22, 22, 22, 1))
    bins = np.zeros(481 * b.R, F)
    signals = [b.mixed.noisy[s : s + 960] for s in b.starts]
    x, p = b.parts(b.spectrum), b.parts(frames.pitch_spectrum)
    return {
        "window": Case(
            lambda: window.window(b.mixed.noisy, b.starts, own, lanes),
            lambda: separate(own, lanes),
            lambda: [naive.windowed(s) for s in signals],
        ),
        "fft_real": Case(
            lambda: fft.fft_real(b.windowed, spectrum, 481, lanes),
            lambda: np.array(b.parts(spectrum)) + F(0),
            lambda: np.array([naive_fft.spectrum(naive.windowed(s)) for s in signals]) + F(0),
        ),
        "band_energy": Case(
            lambda: bands.band_energy(b.spectrum, 400, values, lanes),
            lambda: separate(values, lanes),
            lambda: [naive.band_energy(s) for s in x],
        ),
        "band_correlation": Case(
            lambda: bands.band_correlation(b.spectrum, frames.pitch_spectrum, 400, values, lanes),
            lambda: separate(values, lanes),
            lambda: [naive.band_correlation(*s) for s in zip(x, p, strict=True)],
        ),
        "interpolate": Case(
            lambda: bands.interpolate(frames.energy, bins, lanes),
            lambda: separate(bins, lanes),
            lambda: [naive.interpolate(e) for e in separate(frames.energy, lanes)],
        ),
        "dct": Case(
            lambda: dct.dct(frames.logs, coefficients, 22, lanes),
            lambda: separate(coefficients, lanes),
            lambda: [naive.dct(e) for e in separate(frames.logs, lanes)],
        ),
        "log_energies": Case(
            lambda: cepstrum.log_energies(frames.energy, logs, totals, frames.wide, lanes),
            lambda: separate(logs, lanes),
            lambda: [naive.log_energies(e)[0] for e in separate(frames.energy, lanes)],
        ),
        "describe_frames": Case(
            lambda: describe_frames(b.mixed.noisy, 0, b.pitch.period, b.mixed.lowpass[: b.R], frames, lanes),
            lambda: separate(frames.energy, lanes),
            lambda: [naive.band_energy(s) for s in x],
        ),
    }


def _pitch(b: Workbench) -> dict[str, Case]:
    lanes, pitch, work = b.lanes, b.pitch, b.work

    def whitened() -> list[F32]:
        return [pitch.whitened[s : s + 864] for s in pitch.starts]

    def searched() -> list[int]:
        return [naive_pitch.pitch_search(lp) for lp in b.whitened]

    return {
        "downsample": Case(
            lambda: whitening.downsample(b.mixed.noisy, work.half),
            lambda: work.half[:864],
            lambda: naive_pitch.downsample(b.mixed.noisy[:1728]),
        ),
        "whiten": Case(
            lambda: whitening.whiten(work.samples, work.flat, pitch.whitened, pitch.starts, work.ac, work.lpc, lanes),
            whitened,
            lambda: [naive_pitch.whiten(naive_pitch.downsample(x)) for x in b.buffers],
        ),
        "lag_energies": Case(
            lambda: lag_energy.lag_energies(work.flat, work.coarse_energy, work.fine_energy, work.past_energy, lanes),
            lambda: work.past_energy[: b.R],
            lambda: [naive.ordered_sum(lp[384:] * lp[384:]) for lp in b.whitened],
        ),
        "coarse_search": Case(
            lambda: pitch_search.coarse_search(
                work.flat, work.coarse_energy, work.best, work.quarter, work.coarse_sums, lanes
            ),
            lambda: separate(work.best, lanes),
            lambda: [naive_pitch.coarse_search(lp) for lp in b.whitened],
        ),
        "fine_search": Case(
            lambda: pitch_search.fine_search(
                pitch.whitened,
                pitch.starts,
                work.fine_energy,
                work.best,
                pitch.search_period,
                pitch.fine_lags,
                pitch.fine_sums,
                work.correlations,
                lanes,
            ),
            lambda: pitch.search_period,
            searched,
        ),
        "octave_candidates": Case(
            lambda: octave.octave_candidates(
                pitch.whitened,
                pitch.starts,
                work.past_energy,
                pitch.search_period,
                pitch.periods,
                pitch.second_periods,
                pitch.gain_limit,
                pitch.candidate_yy,
                pitch.xx,
                lanes,
            ),
            lambda: pitch.xx,
            lambda: [naive.ordered_sum(lp[384:] * lp[384:]) for lp in b.whitened],
        ),
        "find_pitch": Case(b.find_pitch, lambda: pitch.search_period, searched),
    }


def _sequential(b: Workbench) -> dict[str, Case]:
    """What goes from sample to sample or from frame to frame."""
    x, y = b.mixed.noisy[: FRAME_SIZE * b.R], np.zeros(FRAME_SIZE * b.R, F)
    coefficients = np.array(HIGHPASS_B, F), np.array(HIGHPASS_A, F)
    clean, noise = (golden_pcm(n)[: FRAME_SIZE * b.R].reshape(b.R, FRAME_SIZE) for n in ("clean", "noise"))
    pcm = np.stack([clean.ravel(), noise.ravel()])
    ones, none = np.ones((2, 1), F), np.zeros((2, 4), F)
    mixed = MixerBuffers(b.R)
    finished = np.zeros((b.R, ROW_SIZE), F)
    logs = separate(b.frames.logs, b.lanes)
    values = np.zeros(13, np.int64)

    def filter_once() -> None:
        biquad.biquad(x, np.zeros(2, F), *coefficients, y)

    def mix_once() -> None:
        mixing.mix_frames(
            pcm, 0, ones, none, np.zeros((2, 4), F), mixed.clean, mixed.noise, mixed.noisy, mixed.energies, (0, 0), (0,)
        )

    def finish() -> None:
        finished[:, :22] = b.rows[:, :22]
        finish_features(new_history(), finished, b.R)

    def variabilities() -> list[Any]:
        ring, expected = np.zeros((8, 22), F), []
        for i, own in enumerate(logs):
            ring[i % 8] = naive.cepstrum(own)
            expected.append(naive.variability(ring))
        return expected

    def draw() -> None:
        state = rand.new_rand(1)
        for i in range(len(values)):
            values[i] = rand.rand_next(state)

    def track() -> None:
        track_pitch(b.pitch, new_history(), b.R)

    def tracked() -> list[int]:
        periods, previous, gain = [], 0, F(0)
        for lp in b.whitened:
            previous, gain = naive_pitch.remove_octave_errors(lp, naive_pitch.pitch_search(lp), previous, gain)
            periods.append(previous)
        return periods

    return {
        "biquad": Case(filter_once, lambda: y, lambda: naive.biquad(x, np.zeros(2, F), *coefficients)),
        "mix_frames": Case(
            mix_once, lambda: mixed.energies[0], lambda: [naive.ordered_sum(f.astype(F) * f.astype(F)) for f in clean]
        ),
        "track_pitch": Case(track, lambda: b.pitch.period, tracked),
        "finish_features": Case(finish, lambda: finished[:, SPECTRAL_VARIABILITY.start], variabilities),
        "rand": Case(draw, lambda: values, lambda: naive.rand_values(1, 13)),
        "describe_rows": Case(
            b.describe_rows,
            lambda: separate(b.frames.logs, b.lanes),
            lambda: [naive.log_energies(e)[0] for e in separate(b.frames.energy, b.lanes)],
        ),
    }


NAMES = (
    "window",
    "fft_real",
    "band_energy",
    "band_correlation",
    "interpolate",
    "dct",
    "log_energies",
    "describe_frames",
    "downsample",
    "whiten",
    "lag_energies",
    "coarse_search",
    "fine_search",
    "octave_candidates",
    "find_pitch",
    "biquad",
    "mix_frames",
    "track_pitch",
    "finish_features",
    "rand",
    "describe_rows",
)


@pytest.fixture(scope="module", params=[BULK, ONE], ids=["R16", "R1"])
def bench(request: pytest.FixtureRequest) -> tuple[Workbench, dict[str, Case]]:
    workbench = Workbench(request.param)
    cases = _pitch(workbench) | _spectra(workbench) | _sequential(workbench)
    assert set(cases) == set(NAMES)
    return workbench, cases


@pytest.mark.parametrize("name", NAMES)
def test_kernel(name: str, bench: tuple[Workbench, dict[str, Case]], measure: Any) -> None:
    """One kernel, R frames a call."""
    workbench, cases = bench
    case = cases[name]
    measure(case.run, workbench.R, "kernel", rounds=15, iterations=20)
    assert_same(case.result(), case.expected(), name)
