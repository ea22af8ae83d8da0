"""Metrics on signals with known answers."""

import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from rnnoise_py.errors import DependencyError, InputError
from rnnoise_py.report.labels import clean_labels
from rnnoise_py.report.levels import level, noise_floor, robust_level, speech_level
from rnnoise_py.report.metrics import SEGMENT_MS, pesq_wb, segmental_snr, si_sdr, stoi
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE
from rnnoise_py.synthetic import speech
from tests.conftest import NOT_HERE

NO_PESQ = f"{NOT_HERE}no PESQ, which needs a compiler: pip install rnnoise-py[pesq]"

F64 = npt.NDArray[np.float64]

SECONDS = 3
#: dB by which a finite stretch of random noise may miss its expected SNR
RANDOM_DB = 0.1


@pytest.fixture(scope="module")
def clean() -> F64:
    """Speak for three seconds."""
    return np.asarray(speech(SECONDS, 3, level=-26), np.float64)


@pytest.fixture(scope="module")
def white() -> F64:
    """Make white noise that is orthogonal to nothing in particular."""
    return np.random.default_rng(5).standard_normal(SECONDS * SAMPLE_RATE)


def at_snr(clean: F64, noise: F64, snr: float) -> F64:
    """Add noise at exactly this SNR over the whole signal."""
    return clean + noise * np.sqrt((clean @ clean) / (noise @ noise)) * 10 ** (-snr / 20)


@pytest.mark.parametrize("gain", [0.01, 0.5, 3.0])
def test_a_scaled_copy_is_perfect_for_what_ignores_scale(clean: F64, gain: float) -> None:
    """SI-SDR without distortion, STOI 1, PESQ at its top."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    assert si_sdr(clean, gain * clean) > 250
    assert stoi(clean, gain * clean) == pytest.approx(1, abs=1e-6)
    assert pesq_wb(clean, gain * clean) == pytest.approx(4.64, abs=0.01)


@pytest.mark.parametrize("gain", [0.5, 0.9])
def test_a_scaled_copy_has_the_segmental_snr_of_its_error(clean: F64, gain: float) -> None:
    """The error is 1 − gain of the speech in each segment."""
    assert segmental_snr(clean, gain * clean) == pytest.approx(-20 * np.log10(1 - gain), abs=1e-9)


@pytest.mark.parametrize("snr", [-5, 0, 12, 30])
def test_noise_at_a_known_snr(clean: F64, white: F64, snr: float) -> None:
    """SI-SDR is the SNR."""
    assert si_sdr(clean, at_snr(clean, white, snr)) == pytest.approx(snr, abs=RANDOM_DB)


@pytest.mark.parametrize("snr", [-5, 0, 12, 30])
def test_segmental_snr_of_noise_on_noise(white: F64, snr: float) -> None:
    """Stationary signals have the same SNR in each segment."""
    other = np.random.default_rng(6).standard_normal(len(white))
    assert segmental_snr(white * 0.01, at_snr(white * 0.01, other, snr)) == pytest.approx(snr, abs=RANDOM_DB)


def test_segmental_snr_is_limited(clean: F64, white: F64) -> None:
    """−10 … 35 dB a segment."""
    assert segmental_snr(clean, clean) == 35
    assert segmental_snr(clean, at_snr(clean, white, -60)) == -10


def test_segmental_snr_of_a_known_course(white: F64) -> None:
    """Each segment by itself: the range of SNRs, the pauses that are left out, the mean of what is left."""
    segment = SAMPLE_RATE * SEGMENT_MS // 1000
    sine = np.sin(2 * np.pi * 1000 * np.arange(40 * segment) / SAMPLE_RATE)
    for error, expected in ((0.1, 20.0), (10 ** (-34.9 / 20), 34.9), (10 ** (-35.1 / 20), 35.0), (0.0, 35.0)):
        assert segmental_snr(sine, sine * (1 - error)) == pytest.approx(expected, abs=1e-9)
    for error, expected in ((10 ** (9.9 / 20), -9.9), (10 ** (10.1 / 20), -10.0), (100.0, -10.0)):
        assert segmental_snr(sine, sine * (1 + error)) == pytest.approx(expected, abs=1e-9)
    for softer, counts in ((39.0, True), (41.0, False)):  # dB
        both = np.concatenate([sine, sine * 10 ** (-softer / 20)])
        damaged = np.concatenate([sine * 0.9, np.zeros(len(sine))])  # 20 dB, then 0 dB
        found = segmental_snr(both, damaged)
        assert (found == pytest.approx(10, abs=0.3)) == counts, softer
        assert (found == pytest.approx(20, abs=0.3)) == (not counts), softer


def test_segmental_snr_by_its_definition() -> None:
    """Segments of 30 ms every 7.5 ms, a squared Hann window on the energies: a slow twin gives the same."""
    rate, length = 8_000, 240
    rng = np.random.default_rng(12)
    signal = rng.standard_normal(5 * length + 17)
    error = rng.standard_normal(len(signal)) * np.repeat([0.1, 3, 0.5, 0.02, 1], -(-len(signal) // 5))[: len(signal)]
    ratios = []
    for start in range(0, len(signal) - length + 1, length // 4):
        window = np.array([0.5 - 0.5 * np.cos(2 * np.pi * (i + 1) / (length + 1)) for i in range(length)]) ** 2
        part = slice(start, start + length)
        ratio = 10 * np.log10((window @ signal[part] ** 2) / (window @ error[part] ** 2))
        ratios.append(min(max(ratio, -10), 35))
    assert segmental_snr(signal, signal - error, rate) == pytest.approx(np.mean(ratios), abs=1e-9)
    assert np.isnan(segmental_snr(signal[: length - 1], signal[: length - 1], rate))
    assert segmental_snr(signal[:length], signal[:length], rate) == 35


def test_a_delayed_copy_is_worse_the_more_it_is_late(clean: F64) -> None:
    """A sine late by a quarter of its period has no SI-SDR left; PESQ aligns and does not mind."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    period = 480
    sine = np.sin(2 * np.pi * np.arange(SECONDS * SAMPLE_RATE) / period)
    for late in (1, 20, 60):
        expected = 20 * np.log10(1 / np.tan(2 * np.pi * late / period))
        assert si_sdr(sine, np.roll(sine, late)) == pytest.approx(expected, abs=1e-6)
    assert si_sdr(sine, np.roll(sine, period // 4)) < -200
    late_speech = np.concatenate([np.zeros(FRAME_SIZE), clean[:-FRAME_SIZE]])
    assert si_sdr(clean, late_speech) < 0
    assert stoi(clean, late_speech) < 0.999
    assert pesq_wb(clean, late_speech) > 4


def test_an_offset_counts_unless_the_mean_is_taken_off(clean: F64) -> None:
    """A DC offset of the same power as the speech is 0 dB."""
    shifted = clean - clean.mean() + np.sqrt(np.mean((clean - clean.mean()) ** 2))
    assert si_sdr(clean - clean.mean(), shifted) == pytest.approx(0, abs=1e-9)
    assert si_sdr(clean, shifted, zero_mean=True) > 250


def test_int16_and_float_are_the_same_signal(clean: F64, white: F64) -> None:
    """int16 is 32768 times ±1."""
    noisy = at_snr(clean, white, 10)
    pcm = [np.rint(signal * 32768).astype(np.int16) for signal in (clean, noisy)]
    exact = [signal / 32768 for signal in pcm]
    assert si_sdr(pcm[0], pcm[1]) == si_sdr(exact[0], exact[1])
    assert level(pcm[0]) == level(exact[0])


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_other_rates(clean: F64, white: F64, rate: int) -> None:
    """The functions take any rate."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    length = SECONDS * rate
    pair = clean[:length], at_snr(clean, white, 10)[:length]
    assert 1 < pesq_wb(*pair, rate) < 4.5
    assert 0 < stoi(*pair, rate) < 1
    assert -10 < segmental_snr(*pair, rate) < 35
    assert len(clean_labels(pair[0], rate)) == length * 100 // rate


def test_silence_has_no_score(clean: F64) -> None:
    """NaN, not an error and not a number."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    silence = np.zeros(len(clean))
    for metric in (si_sdr, segmental_snr, stoi, pesq_wb):
        assert np.isnan(metric(silence, clean)), metric
    assert np.isnan(si_sdr(clean, silence))
    assert np.isnan(pesq_wb(clean, silence))
    assert level(silence) == -120
    assert not clean_labels(silence).any()


@pytest.mark.parametrize("length", [1, 100, FRAME_SIZE, 4_800])
def test_short_signals_have_no_score(clean: F64, length: int) -> None:
    """Less than what a metric needs is NaN."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    short = clean[SAMPLE_RATE // 2 :][:length] + 1e-3
    assert np.isnan(stoi(short, short))
    assert np.isnan(pesq_wb(short, short))


def test_long_signals_are_scored_in_pieces(clean: F64, white: F64) -> None:
    """A minute is the mean of its halves."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    long, noisy = np.tile(clean, 20), np.tile(at_snr(clean, white, 10), 20)
    half = len(long) // 2
    halves = [pesq_wb(long[part], noisy[part]) for part in (slice(0, half), slice(half, None))]
    assert pesq_wb(long, noisy) == pytest.approx(np.mean(halves), abs=0.01)


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ((np.zeros(3), np.zeros(4)), "same length"),
        ((np.zeros((3, 2)), np.zeros((3, 2))), "one channel"),
        ((np.zeros(0), np.zeros(0)), "at least one sample"),
        ((np.zeros(3, np.int32), np.zeros(3)), "int16, or float"),
        ((np.full(3, np.nan), np.zeros(3)), "not finite"),
    ],
)
def test_unusable_signals(pair: tuple[F64, F64], reason: str) -> None:
    """One line that says what is needed."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    for metric in (si_sdr, segmental_snr, stoi, pesq_wb):
        with pytest.raises(InputError, match=reason):
            metric(*pair)


@pytest.mark.parametrize("package", ["pesq", "pystoi"])
def test_missing_package(clean: F64, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names it."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DependencyError, match=f"pip install {package}"):
        (pesq_wb if package == "pesq" else stoi)(clean, clean)


def test_levels_of_known_signals() -> None:
    """A full-scale sine is −3 dBFS; speech and pauses are told apart by the flags."""
    sine = np.sin(2 * np.pi * 1000 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    assert level(sine) == pytest.approx(-10 * np.log10(2), abs=1e-6)
    both = np.concatenate([sine, 0.001 * sine])
    speaking = np.arange(200) < 100
    assert speech_level(both, speaking) == pytest.approx(-3.01, abs=0.01)
    assert noise_floor(both, speaking) == pytest.approx(-63.01, abs=0.01)
    assert robust_level(both, ~speaking) == pytest.approx(-63.01, abs=0.01)
    assert np.isnan(noise_floor(both, np.ones(200, bool)))
    with pytest.raises(InputError, match="one a frame"):
        speech_level(both, speaking[:-1])


def test_recorded_figures(shared: Path) -> None:
    """PESQ, STOI and SI-SDR of twelve unprocessed clips, to the printed digits."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    folder = shared / "quality_dev"
    if not folder.is_dir():
        pytest.skip("no quality_dev in the shared material")
    figures = json.loads((folder / "figures.json").read_text())["per_clip"]
    for clip, scores in figures.items():
        clean, noisy = (soundfile.read(folder / f"{clip}_{kind}.flac", dtype="int16")[0] for kind in ("clean", "noisy"))
        whole = len(clean) // FRAME_SIZE * FRAME_SIZE
        pair = clean[:whole], noisy[:whole]
        assert [round(metric(*pair), 4) for metric in (pesq_wb, stoi, si_sdr)] == scores["noisy"], clip
