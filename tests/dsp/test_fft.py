"""The 960-point FFT."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnoise_py.dsp.fft import fft_real
from rnnoise_py.spec.tables import DIGIT_REVERSAL, TWIDDLES_IM, TWIDDLES_RE
from tests.bits import assert_bit_identical, assert_equal_but_zero_sign
from tests.lane_arrays import Array, F, assert_same, awkward, batches, interleave, lane_counts
from tests.naive_fft import TWIDDLE_IM, TWIDDLE_RE, fft, spectrum

BINS = 481


def run(frames: Array, lanes: tuple[int, ...]) -> tuple[Array, Array]:
    """Real and imaginary bins 0 … 480 of (R, 960) frames, (R, 481) each."""
    R = len(lanes)
    y = np.full(2 * 960 * R, np.nan, F)
    fft_real(interleave(frames), y, BINS, lanes)
    points = y.reshape(960, 2, R)[:BINS]
    return np.ascontiguousarray(points[:, 0].T), np.ascontiguousarray(points[:, 1].T)


def test_tables_are_recorded_and_naive(golden: Callable[[str], Any]) -> None:
    """Twiddles equal the recorded ones; the permutation is the contract's."""
    recorded = golden("tables_fft.npz")["twiddles"]
    assert_bit_identical(TWIDDLES_RE, recorded.real)
    assert_bit_identical(TWIDDLES_IM, recorded.imag)
    assert_equal_but_zero_sign(TWIDDLES_RE, TWIDDLE_RE)
    assert_equal_but_zero_sign(TWIDDLES_IM, TWIDDLE_IM)
    places = [192 * (n % 5) + 64 * (n // 5 % 3) + 16 * (n // 15 % 4) + 4 * (n // 60 % 4) + n // 240 for n in range(960)]
    assert DIGIT_REVERSAL.tolist() == places


def test_twiddles_are_mirrored() -> None:
    """Those of column m − j are those of j, turned by quarters and conjugated, to the bit: the FFT relies on it."""
    for m in (4, 16):
        step = 960 // (4 * m)
        for j in range(1, m // 2):
            for factor, turn in ((1, -1j), (2, -1), (3, 1j)):
                own, mirror = factor * step * j, factor * step * (m - j)
                expected = turn * complex(TWIDDLES_RE[own], -TWIDDLES_IM[own])
                assert complex(TWIDDLES_RE[mirror], TWIDDLES_IM[mirror]) == expected


@lane_counts
def test_fewer_bins_are_the_same_bins(lanes: tuple[int, ...]) -> None:
    """Asking for the lowest bins alone changes none of them."""
    frames = np.random.default_rng(3).standard_normal((len(lanes), 960)).astype(F)
    whole = np.empty(2 * 960 * len(lanes), F)
    fft_real(interleave(frames), whole, BINS, lanes)
    for bins in (1, 60, 191, 192, 193, 383, 384, 385, 400, 480):
        y = np.empty_like(whole)
        fft_real(interleave(frames), y, bins, lanes)
        assert_bit_identical(y[: 2 * bins * len(lanes)], whole[: 2 * bins * len(lanes)])


def test_twin_equals_recorded_complex_transforms(golden: Callable[[str], Any]) -> None:
    """The twin itself is pinned to recorded complex transforms, all 960 bins."""
    recorded = golden("tables_fft.npz")
    for given, expected in zip(recorded["complex_in"], recorded["complex_out"], strict=True):
        re, im = fft(np.ascontiguousarray(given.real), np.ascontiguousarray(given.imag))
        assert_bit_identical(re, expected.real)
        assert_bit_identical(im, expected.imag)


@lane_counts
def test_recorded_real_transforms(lanes: tuple[int, ...], golden: Callable[[str], Any]) -> None:
    """Bins 0 … 480 of the recorded real inputs are bit-identical but for the sign of zeros."""
    recorded = golden("tables_fft.npz")
    inputs, outputs = batches(recorded["real_in"], lanes), batches(recorded["real_out"], lanes)
    for given, expected in zip(inputs, outputs, strict=True):
        re, im = run(given, lanes)
        assert_equal_but_zero_sign(re, expected[:, :BINS].real)
        assert_equal_but_zero_sign(im, expected[:, :BINS].imag)


@lane_counts
def test_equals_naive_twin(lanes: tuple[int, ...]) -> None:
    """Random and awkward inputs: the same bits as the twin, which carries the zero imaginary parts along."""
    rng = np.random.default_rng(2)
    signals = np.concatenate([awkward(960, finite=True), rng.standard_normal((16, 960)).astype(F) * F(5000)])
    for batch in batches(signals, lanes):
        re, im = run(batch, lanes)
        for lane, frame in enumerate(batch):
            expected_re, expected_im = spectrum(frame)
            assert_equal_but_zero_sign(re[lane], expected_re)
            assert_equal_but_zero_sign(im[lane], expected_im)


def test_lanes_do_not_touch() -> None:
    """A NaN in one lane leaves the others alone."""
    lanes = (0,) * 16
    frames = awkward(960)[:1].repeat(16, axis=0) + F(3)
    clean_re, clean_im = run(frames, lanes)
    frames[7, 100] = np.nan
    re, im = run(frames, lanes)
    assert np.isnan(re[7]).all()
    others = [lane for lane in range(16) if lane != 7]
    assert_same(re[others], clean_re[others])
    assert_same(im[others], clean_im[others])
