"""Each kernel on sixteen golden frames side by side, and on one; the result is checked against its slow twin.

A call from Python costs a microsecond or more by itself, which shows in the smallest kernels with R = 1.
"""

from typing import Any

import numpy as np
import pytest

from benchmarks.conftest import golden_pcm
from benchmarks.workbench import Case, F, Workbench
from rnnoise_py.dsp import (
    bands,
    biquad,
    cepstrum,
    correlation,
    dct,
    features,
    fft,
    lag_energy,
    logarithm,
    mixer,
    octave,
    pitch_search,
    rand,
    vad_label,
    variability,
    whitening,
    window,
)
from rnnoise_py.dsp.buffers import new_history
from rnnoise_py.lanes.jit import BULK, ONE, kernel
from rnnoise_py.lanes.types import Float32Array, Lanes
from rnnoise_py.rows.mixer import MixerBuffers
from rnnoise_py.spec.constants import COARSE_FRAME_SIZE, FRAME_SIZE, HALF_MAX_PERIOD, HIGHPASS_A, HIGHPASS_B
from rnnoise_py.spec.layout import ROW_SIZE, SPECTRAL_VARIABILITY
from tests import naive, naive_fft, naive_pitch
from tests.lane_arrays import assert_same, separate


def _spectra(b: Workbench) -> dict[str, Case]:
    lanes, frames = b.lanes, b.frames
    windowed = np.zeros(960 * b.R, F)
    spectrum = np.zeros(2 * 960 * b.R, F)
    values, coefficients, logs, plain_logs, totals = (np.zeros(n * b.R, F) for n in (22, 22, 22, 22, 1))
    bins = np.zeros(481 * b.R, F)
    signals = [b.mixed.noisy[s : s + 960] for s in b.starts]
    x, p = b.parts(b.spectrum), b.parts(frames.pitch_spectrum)
    return {
        "window.window": Case(
            lambda: window.window(b.mixed.noisy, b.starts, windowed, lanes),
            lambda: separate(windowed, lanes),
            lambda: [naive.windowed(s) for s in signals],
        ),
        "fft.fft_real": Case(
            lambda: fft.fft_real(b.windowed, spectrum, 481, lanes),
            lambda: np.array(b.parts(spectrum)) + F(0),
            lambda: np.array([naive_fft.spectrum(naive.windowed(s)) for s in signals]) + F(0),
        ),
        "bands.band_energy": Case(
            lambda: bands.band_energy(b.spectrum, 400, values, lanes),
            lambda: separate(values, lanes),
            lambda: [naive.band_energy(s) for s in x],
        ),
        "bands.band_correlation": Case(
            lambda: bands.band_correlation(b.spectrum, frames.pitch_spectrum, 400, values, lanes),
            lambda: separate(values, lanes),
            lambda: [naive.band_correlation(*s) for s in zip(x, p, strict=True)],
        ),
        "bands.interpolate": Case(
            lambda: bands.interpolate(frames.energy, bins, lanes),
            lambda: separate(bins, lanes),
            lambda: [naive.interpolate(e) for e in separate(frames.energy, lanes)],
        ),
        "dct.dct": Case(
            lambda: dct.dct(frames.logs, coefficients, 22, lanes),
            lambda: separate(coefficients, lanes),
            lambda: [naive.dct(e) for e in separate(frames.logs, lanes)],
        ),
        "logarithm.log10_energies": Case(
            lambda: logarithm.log10_energies(frames.energy, plain_logs, frames.wide),
            lambda: separate(plain_logs, lanes),
            lambda: [np.log10(1e-2 + e.astype(np.float64)).astype(F) for e in separate(frames.energy, lanes)],
        ),
        "cepstrum.log_energies": Case(
            lambda: cepstrum.log_energies(frames.energy, logs, totals, frames.wide, lanes),
            lambda: separate(logs, lanes),
            lambda: [naive.log_energies(e)[0] for e in separate(frames.energy, lanes)],
        ),
        "cepstrum.cepstra": Case(
            lambda: cepstrum.cepstra(frames.logs, coefficients, lanes),
            lambda: separate(coefficients, lanes),
            lambda: [naive.cepstrum(e) for e in separate(frames.logs, lanes)],
        ),
        "features.describe_frames": Case(
            lambda: features.describe_frames(b.mixed.noisy, 0, b.pitch.period, b.mixed.lowpass[: b.R], frames, lanes),
            lambda: separate(frames.energy, lanes),
            lambda: [naive.band_energy(s) for s in x],
        ),
    }


@kernel
def correlate_once(x: Float32Array, sums: Float32Array, lanes: Lanes) -> None:
    """A part of the coarse search: the inlined kernel called by itself."""
    correlation.correlate(x, HALF_MAX_PERIOD // 2, COARSE_FRAME_SIZE, sums, 0, lanes)


def _pitch(b: Workbench) -> dict[str, Case]:
    lanes, pitch, work = b.lanes, b.pitch, b.work
    quarters = [lp[::2] for lp in b.whitened]
    sums = np.zeros(correlation.SUMS, F)

    def whitened() -> list[Float32Array]:
        return [pitch.whitened[s : s + 864] for s in pitch.starts]

    def searched() -> list[int]:
        return [naive_pitch.pitch_search(lp) for lp in b.whitened]

    return {
        "whitening.downsample": Case(
            lambda: whitening.downsample(b.mixed.noisy, work.half),
            lambda: work.half[:864],
            lambda: naive_pitch.downsample(b.mixed.noisy[:1728]),
        ),
        "whitening.whiten": Case(
            lambda: whitening.whiten(work.samples, work.flat, pitch.whitened, pitch.starts, work.ac, work.lpc, lanes),
            whitened,
            lambda: [naive_pitch.whiten(naive_pitch.downsample(x)) for x in b.buffers],
        ),
        "lag_energy.lag_energies": Case(
            lambda: lag_energy.lag_energies(work.flat, work.coarse_energy, work.fine_energy, work.past_energy, lanes),
            lambda: work.past_energy[: b.R],
            lambda: [naive.ordered_sum(lp[384:] * lp[384:]) for lp in b.whitened],
        ),
        "correlation.correlate": Case(
            lambda: correlate_once(work.quarter, sums, lanes),
            lambda: separate(sums, lanes),
            lambda: [naive.inner_products(q[192:432], q, correlation.SUMS // b.R) for q in quarters],
        ),
        "pitch_search.coarse_search": Case(
            lambda: pitch_search.coarse_search(
                work.flat, work.coarse_energy, work.best, work.quarter, work.coarse_sums, lanes
            ),
            lambda: separate(work.best, lanes),
            lambda: [naive_pitch.coarse_search(lp) for lp in b.whitened],
        ),
        "pitch_search.fine_search": Case(
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
        "octave.octave_candidates": Case(
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
        "features.find_pitch": Case(b.find_pitch, lambda: pitch.search_period, searched),
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
    energies, labels = np.geomspace(1e6, 1e10, b.R).astype(F), np.zeros(b.R, F)
    ring = np.random.default_rng(1).normal(size=(8, 22)).astype(F)
    distances = np.zeros(64, F)

    def filter_once() -> None:
        biquad.biquad(x, np.zeros(2, F), *coefficients, y)

    def mix_once() -> None:
        mixer.mix_frames(
            pcm, 0, ones, none, np.zeros((2, 4), F), mixed.clean, mixed.noise, mixed.noisy, mixed.energies, (0, 0), (0,)
        )

    def finish() -> None:
        finished[:, :22] = b.rows[:, :22]
        features.finish_features(new_history(), finished, b.R)

    def variabilities() -> list[Any]:
        ring, expected = np.zeros((8, 22), F), []
        for i, frame in enumerate(logs):
            ring[i % 8] = naive.cepstrum(frame)
            expected.append(naive.variability(ring))
        return expected

    def vary() -> None:
        for slot in range(8):
            variability.update_distances(ring.T.ravel(), distances, slot)

    def labelled() -> list[Any]:
        count, expected = 0, []
        for energy in energies:
            label, count = naive.vad_label(energy, count)
            expected.append(label)
        return expected

    def draw() -> None:
        state = rand.new_rand(1)
        for i in range(len(values)):
            values[i] = rand.rand_next(state)

    def track() -> None:
        features.track_pitch(b.pitch, new_history(), b.R)

    def tracked() -> list[int]:
        periods, previous, gain = [], 0, F(0)
        for lp in b.whitened:
            previous, gain = naive_pitch.remove_octave_errors(lp, naive_pitch.pitch_search(lp), previous, gain)
            periods.append(previous)
        return periods

    return {
        "biquad.biquad": Case(filter_once, lambda: y, lambda: naive.biquad(x, np.zeros(2, F), *coefficients)),
        "mixer.mix_frames": Case(
            mix_once, lambda: mixed.energies[0], lambda: [naive.ordered_sum(f.astype(F) * f.astype(F)) for f in clean]
        ),
        "features.track_pitch": Case(track, lambda: b.pitch.period, tracked),
        "features.finish_features": Case(finish, lambda: finished[:, SPECTRAL_VARIABILITY.start], variabilities),
        "variability.update_distances": Case(
            vary, lambda: [variability.spectral_variability(distances)], lambda: [naive.variability(ring)]
        ),
        "vad_label.vad_labels": Case(lambda: vad_label.vad_labels(energies, 0, labels), lambda: labels, labelled),
        "rand.rand_next": Case(draw, lambda: values, lambda: naive.rand_values(1, 13)),
        "rows.describe_rows": Case(
            b.describe_rows,
            lambda: separate(b.frames.logs, b.lanes),
            lambda: [naive.log_energies(e)[0] for e in separate(b.frames.energy, b.lanes)],
        ),
    }


NAMES = (
    "window.window",
    "fft.fft_real",
    "bands.band_energy",
    "bands.band_correlation",
    "bands.interpolate",
    "dct.dct",
    "cepstrum.log_energies",
    "cepstrum.cepstra",
    "features.describe_frames",
    "whitening.downsample",
    "whitening.whiten",
    "lag_energy.lag_energies",
    "correlation.correlate",
    "pitch_search.coarse_search",
    "pitch_search.fine_search",
    "octave.octave_candidates",
    "features.find_pitch",
    "biquad.biquad",
    "mixer.mix_frames",
    "features.track_pitch",
    "features.finish_features",
    "variability.update_distances",
    "vad_label.vad_labels",
    "rand.rand_next",
    "rows.describe_rows",
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
