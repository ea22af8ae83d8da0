"""The C kernels one by one against the recorded stages: tables, FFT, analysis, pitch, features."""

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.dsp.logarithm import log10_energies
from rnnoise_py.spec.constants import (
    DENOISE_GRU_SIZE,
    FRAME_SIZE,
    FREQ_SIZE,
    HALF_BUF_SIZE,
    NB_BANDS,
    PITCH_BUF_SIZE,
    RAND_MAX,
    WINDOW_SIZE,
)
from tests.bits import assert_bit_identical, assert_equal_but_zero_sign
from tests.c_build import SOURCES, FloatArray, require

HALF_BUF_PADDED = HALF_BUF_SIZE + 32
SPECTRUM_SIZE = 496  # floats a part: 481 bins and room to a multiple of 16
KERNELS = (
    "rand",
    "biquad",
    "window",
    "fft",
    "bands",
    "dct",
    "correlation",
    "whitening",
    "pitch_search",
    "octave",
    "logarithm",
    "cepstrum",
    "activation",
)


class Pitch(ctypes.Structure):
    """Final pitch of a frame, as in octave.h."""

    _fields_ = (("period", ctypes.c_int), ("gain", ctypes.c_float))


@pytest.fixture(scope="module", params=["", "-mavx2"], ids=["baseline", "avx2"])
def kernels(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Compile the kernels with all their functions visible."""
    require("gcc")
    if request.param and "avx2" not in Path("/proc/cpuinfo").read_text():
        pytest.skip("this processor lacks AVX2")
    product = tmp_path_factory.mktemp("kernels") / "kernels.so"
    files = [f"src/{name}.c" for name in KERNELS] + ["generated/rnnoise_tables.c"]
    quotes = [flag for folder in ("src", "generated", "include") for flag in ("-iquote", folder)]
    command = [
        "gcc",
        "-std=c99",
        "-O2",
        "-ffp-contract=off",
        *request.param.split(),
        "-fPIC",
        "-shared",
        "-DRNN_SUFFIX=test",
        *quotes,
        *files,
        "-lm",
        "-o",
        str(product),
    ]
    subprocess.run(command, check=True, cwd=SOURCES)
    return ctypes.CDLL(str(product))


def aligned(size: int) -> FloatArray:
    """Return zeros that start at a multiple of 64 bytes, as struct Spectrum does."""
    memory = np.zeros(size + 16, dtype=np.float32)
    start = -memory.ctypes.data % 64 // 4
    return memory[start : start + size]


def call(kernels: ctypes.CDLL, name: str, *arguments: Any) -> None:
    """Call a void kernel with arrays and integers."""
    function = getattr(kernels, f"rnnoise_{name}_test")
    function.restype = None
    function(*(ctypes.c_void_p(a.ctypes.data) if isinstance(a, np.ndarray) else a for a in arguments))


def padded(samples: FloatArray) -> FloatArray:
    """Return FFT input with the float behind it that lanes read."""
    return np.append(samples, np.float32(np.nan)).astype(np.float32)


def test_tables_are_bit_identical(kernels: ctypes.CDLL, golden: Callable[[str], Any]) -> None:
    """Window, DCT and tansig as compiled (Q-TANSIG)."""
    recorded = golden("tables_fft.npz")
    for name, key in (
        ("rnn_half_window", "half_window"),
        ("rnn_dct_table", "dct_table"),
        ("rnn_tansig_table", "tansig"),
    ):
        expected = recorded[key].ravel()
        compiled = np.array((ctypes.c_float * len(expected)).in_dll(kernels, name), dtype=np.float32)
        assert_bit_identical(compiled, expected, name)


def test_real_fft_is_bit_identical(kernels: ctypes.CDLL, golden: Callable[[str], Any]) -> None:
    """Bins 0 … 480 of the recorded real inputs; a zero's sign is free."""
    recorded = golden("tables_fft.npz")
    for samples, expected in zip(recorded["real_in"], recorded["real_out"], strict=True):
        spectrum = aligned(2 * SPECTRUM_SIZE)
        call(kernels, "fft_real", spectrum, padded(samples))
        assert_equal_but_zero_sign(spectrum[:FREQ_SIZE], expected.real[:FREQ_SIZE], "real parts")
        imaginary = spectrum[SPECTRUM_SIZE:][:FREQ_SIZE]
        assert_equal_but_zero_sign(imaginary, expected.imag[:FREQ_SIZE], "imaginary parts")


def test_complex_fft_is_bit_identical(kernels: ctypes.CDLL, golden: Callable[[str], Any]) -> None:
    """All 960 bins of the recorded complex inputs."""
    recorded = golden("tables_fft.npz")
    for samples, expected in zip(recorded["complex_in"], recorded["complex_out"], strict=True):
        re, im = np.zeros((2, WINDOW_SIZE), dtype=np.float32)
        call(kernels, "fft_complex", re, im, padded(samples.real), padded(samples.imag))
        assert_equal_but_zero_sign(re, expected.real, "real parts")
        assert_equal_but_zero_sign(im, expected.imag, "imaginary parts")


def test_band_energy_and_correlation_are_bit_identical(kernels: ctypes.CDLL, golden: Callable[[str], Any]) -> None:
    """Ex and the raw correlation of every recorded frame."""
    recorded = golden("stages.npz")
    for frame in range(len(recorded["row_index"])):
        spectra = []
        for name in ("X", "P"):
            spectrum = aligned(2 * SPECTRUM_SIZE)
            spectrum[:FREQ_SIZE] = recorded[name][frame].real
            spectrum[SPECTRUM_SIZE:][:FREQ_SIZE] = recorded[name][frame].imag
            spectra.append(spectrum)
        bands = np.zeros(NB_BANDS, dtype=np.float32)
        for name, arguments in (("Ex", (spectra[0],)), ("Ep", (spectra[1],))):
            call(kernels, "band_energy", bands, *arguments)
            assert_bit_identical(bands, recorded[name][frame], f"{name} of frame {frame}")
        call(kernels, "band_correlation", bands, *spectra)
        assert_bit_identical(bands, recorded["Exp_raw"][frame], f"correlation of frame {frame}")


def test_pitch_stages_are_bit_identical(kernels: ctypes.CDLL, golden: Callable[[str], Any]) -> None:
    """Whitened signal, found period, final period and gain (Q-OCTAVE-THRESHOLD) from the noisy frames."""
    recorded = golden("stages.npz")
    buffer, pitch, found = np.zeros(PITCH_BUF_SIZE, dtype=np.float32), Pitch(0, 0), np.zeros(1, np.int32)
    pitches = (ctypes.c_void_p * 1)(ctypes.addressof(pitch))
    for frame, row in enumerate(recorded["row_index"]):
        if frame > 0 and row != recorded["row_index"][frame - 1] + 1:
            break  # the second recorded stretch begins in the middle of the stream
        buffer = np.concatenate([buffer[FRAME_SIZE:], recorded["noisy"][frame]]).astype(np.float32)
        whitened = np.zeros(HALF_BUF_PADDED, dtype=np.float32)
        signals, buffers = ((ctypes.c_void_p * 1)(array.ctypes.data) for array in (whitened, buffer))
        call(kernels, "whiten", signals, buffers, 1)
        assert_bit_identical(whitened[:HALF_BUF_SIZE], recorded["whitened"][frame], f"frame {frame}")
        call(kernels, "pitch_search", found, signals, 1)
        assert found[0] == recorded["pitch_search"][frame]
        call(kernels, "remove_octave_errors", pitches, signals, found, 1)
        assert pitch.period == recorded["pitch"][frame]
        assert_bit_identical(np.float32(pitch.gain), recorded["pitch_gain"][frame], f"gain of {frame}")
    else:
        pytest.fail("the recorded stretches were not found")


def test_rand_is_glibc(kernels: ctypes.CDLL, golden: Callable[[str], Any]) -> None:
    """The recorded first draws of six seeds (Q-SEED-ZERO)."""
    recorded = golden("rand.npz")
    kernels.rnnoise_rand_next_test.restype = ctypes.c_int32
    for name in recorded.files:
        state = ctypes.create_string_buffer(4096)
        seed = int(name.removeprefix("seed_"))
        kernels.rnnoise_rand_seed_test(state, ctypes.c_uint32(seed))
        draws = [kernels.rnnoise_rand_next_test(state) for _ in range(len(recorded[name]))]
        assert draws == list(recorded[name]), name
        assert max(draws) <= RAND_MAX


def test_activations_match_the_contract(kernels: ctypes.CDLL, golden: Callable[[str], Any]) -> None:
    """Tansig and sigmoid against a literal transcription, over the table's steps, its ends and NaN."""
    table = golden("tables_fft.npz")["tansig"]

    def tansig(x: np.float32) -> np.float32:
        if not x < 8:
            return np.float32(1)
        if not x > -8:
            return np.float32(-1)
        sign, x = (np.float32(-1), -x) if x < 0 else (np.float32(1), x)
        i = int(np.floor(np.float32(0.5) + np.float32(25) * x))
        x -= np.float32(0.04) * np.float32(i)
        y = table[i]
        d = np.float32(1) - y * y
        return np.float32(sign * (y + x * d * (np.float32(1) - y * x)))

    def sigmoid(x: np.float32) -> np.float32:
        return np.float32(0.5 + 0.5 * np.float64(tansig(np.float32(0.5 * np.float64(x)))))

    rng = np.random.default_rng(1)
    sums = np.concatenate(
        [
            rng.normal(0, 600, 1000),
            rng.normal(0, 1e-6, 200),
            np.arange(-2100, 2101, 5.12),
            [0.0, -0.0, 2048, -2048, 4096, -4096, np.inf, -np.inf, np.nan, 1e-42, -1e-42, 3e38],
        ]
    ).astype(np.float32)
    for activation, function in ((0, tansig), (1, sigmoid)):
        for start in range(0, len(sums), DENOISE_GRU_SIZE):
            values = sums[start : start + DENOISE_GRU_SIZE].copy()
            expected = np.array([function(value * np.float32(1 / 256)) for value in values], dtype=np.float32)
            call(kernels, "activate", values, len(values), activation)
            assert_bit_identical(values, expected, f"activation {activation} from {start}")


def test_logarithms_are_those_of_the_kernels(kernels: ctypes.CDLL) -> None:
    """Energies of all sizes, around 1 where logarithms vanish, doubtful ones, the tie (contract/inference §14)."""
    rng = np.random.default_rng(3)
    tie = 0x36AB66F3 + np.arange(-300, 301)
    parts = [
        10.0 ** rng.uniform(-12, 38, 300_000),
        rng.uniform(0.9899, 0.9901, 20_000),
        10.0 ** np.arange(-3, 39) - 0.01,
        tie.astype(np.uint32).view(np.float32),
        np.array([0.0, np.finfo(np.float32).max, np.inf, np.nan]),
    ]
    energies = np.concatenate(parts).astype(np.float32)
    energies = np.resize(np.abs(energies), len(energies) // NB_BANDS * NB_BANDS + NB_BANDS)
    logs, expected = np.empty_like(energies), np.empty_like(energies)
    for start in range(0, len(energies), NB_BANDS):
        call(kernels, "log10_energies", logs[start : start + NB_BANDS], energies[start : start + NB_BANDS])
    log10_energies(energies, expected, np.empty(len(energies)))
    assert_bit_identical(logs, expected)
