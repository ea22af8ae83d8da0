"""Constants: the contract's values, with their types."""

from typing import Any

import numpy as np
import pytest

from rnnoise_py.spec import constants as c

#: typed from the contract; the type is part of the value
CONTRACT: dict[str, Any] = {
    "SAMPLE_RATE": 48000,
    "FRAME_SIZE": 480,
    "WINDOW_SIZE": 960,
    "FREQ_SIZE": 481,
    "NB_BANDS": 22,
    "BAND_EDGES": (0, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 136, 160, 192, 240, 312, 400),
    "FFT_FACTORS": (5, 3, 4, 4, 4),
    "FFT_SCALE": np.float32(1) / np.float32(960),
    "PITCH_MIN_PERIOD": 60,
    "PITCH_MAX_PERIOD": 768,
    "PITCH_FRAME_SIZE": 960,
    "PITCH_BUF_SIZE": 1728,
    "HALF_BUF_SIZE": 864,
    "HALF_FRAME_SIZE": 480,
    "HALF_MAX_PERIOD": 384,
    "HALF_MIN_PERIOD": 30,
    "FINE_LAGS": 294,
    "COARSE_LAGS": 147,
    "COARSE_FRAME_SIZE": 240,
    "FINE_RADIUS": 2,
    "LPC_ORDER": 4,
    "AC_NOISE_FLOOR": np.float32(1.0001),
    "AC_LAG_WINDOW": np.float32(0.008),
    "LEVINSON_STOP": np.float32(0.001),
    "LPC_BANDWIDTH": np.float32(0.9),
    "WHITENING_ZERO": np.float32(0.8),
    "BEST_LAG_SCALE": np.float32(1e-12),
    "PEAK_OFFSET": np.float32(0.7),
    "OCTAVE_MAX_DIVISOR": 15,
    "OCTAVE_SECOND_CHECK": (0, 0, 3, 2, 3, 2, 5, 2, 3, 2, 3, 2, 5, 2, 3, 2),
    "OCTAVE_FLOOR": np.float32(0.3),
    "OCTAVE_RATIO": np.float32(0.7),
    "OCTAVE_SHORT_PERIOD": 90,
    "OCTAVE_SHORT_FLOOR": np.float32(0.4),
    "OCTAVE_SHORT_RATIO": np.float32(0.85),
    "CONTINUITY_SHARE": np.float32(0.5),
    "CEPS_MEM": 8,
    "NB_DELTA_CEPS": 6,
    "NB_FEATURES": 42,
    "LOG_FLOOR": np.float64(1e-2),
    "LOG_START": np.float32(-2),
    "LOG_RANGE": np.float32(7),
    "LOG_SLOPE": np.float64(1.5),
    "CEPSTRUM_OFFSET_0": np.float32(12),
    "CEPSTRUM_OFFSET_1": np.float32(4),
    "PITCH_CORR_FLOOR": np.float64(0.001),
    "PITCH_CORR_OFFSET_0": np.float64(1.3),
    "PITCH_CORR_OFFSET_1": np.float64(0.9),
    "PITCH_FEATURE_SCALE": np.float64(0.01),
    "PITCH_FEATURE_CENTRE": 300,
    "VARIABILITY_START": np.float32(1e15),
    "VARIABILITY_OFFSET": np.float64(2.1),
    "SILENCE_TRAINING": np.float64(0.1),
    "SILENCE_INFERENCE": np.float64(0.04),
    "HIGHPASS_B": (np.float32(-2), np.float32(1)),
    "HIGHPASS_A": (np.float32(-1.99599), np.float32(0.99600)),
    "NOISE_SKIP_FRAMES": 150,
    "REDRAW_FRAMES": 2821,
    "REDRAW_DRAWS": 13,
    "SPEECH_GAIN_DB": (-40, 60),
    "NOISE_GAIN_DB": (-30, 50),
    "MUTE_ONE_IN": 10,
    "RANDOM_FILTER_SCALE": np.float64(0.75),
    "LOWPASS_START": np.float64(3000),
    "LOWPASS_SPAN": np.float64(50),
    "RAND_MAX": 2147483647,
    "VAD_ENERGY_HIGH": np.float32(1e9),
    "VAD_ENERGY_MID": np.float32(1e8),
    "VAD_ENERGY_LOW": np.float32(1e7),
    "VAD_COUNT_MAX": 15,
    "VAD_COUNT_OFF": 10,
    "GAIN_FLOOR": np.float64(1e-3),
    "GAIN_MASK_ENERGY": np.float64(5e-2),
    "GAIN_MASKED": np.float32(-1),
    "WEIGHT_SCALE": 256,
    "MAX_NEURONS": 128,
    "INPUT_DENSE_SIZE": 24,
    "VAD_GRU_SIZE": 24,
    "NOISE_GRU_SIZE": 48,
    "DENOISE_GRU_SIZE": 96,
    "TANSIG_SIZE": 201,
    "TANSIG_STEP": np.float32(0.04),
    "PITCH_FILTER_FLOOR": np.float64(0.001),
    "ENERGY_RATIO_FLOOR": np.float64(1e-8),
    "GAIN_DECAY": np.float32(0.6),
}


@pytest.mark.parametrize("name", CONTRACT)
def test_values_and_types_are_the_contracts(name: str) -> None:
    """Each value, of exactly the contract's type."""
    got, expected = getattr(c, name), CONTRACT[name]
    assert got == expected
    assert type(got) is type(expected)
    if isinstance(expected, tuple):
        assert [type(v) for v in got] == [type(v) for v in expected]


def test_no_bare_floats() -> None:
    """Every non-integer has a numpy type."""
    values = {name: v for name, v in vars(c).items() if name.isupper()}
    flat = [(n, x) for n, v in values.items() for x in (v if isinstance(v, tuple) else (v,))]
    assert not [n for n, x in flat if type(x) is float]


def test_sizes_belong_together() -> None:
    """What one size says of another."""
    assert c.FRAME_SIZE * 1000 == c.SAMPLE_RATE * c.FRAME_MS
    assert np.prod(c.FFT_FACTORS) == c.WINDOW_SIZE
    assert c.NB_FEATURES == c.NB_BANDS + 3 * c.NB_DELTA_CEPS + 2
    assert all(edge % 4 == 0 for edge in c.BAND_EDGES), "the band kernels take four bins at a time"
    assert c.BAND_EDGES[-1] < c.FREQ_SIZE
