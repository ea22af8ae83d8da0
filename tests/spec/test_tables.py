"""The tables of the contract: the window, FFT and DCT tables are in their blocks' tests."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnoise_py.spec import tables
from tests.bits import assert_bit_identical

TABLES = {
    "HALF_WINDOW": (480,),
    "DCT_TABLE": (22, 22),
    "TWIDDLES_RE": (960,),
    "TWIDDLES_IM": (960,),
    "TANSIG": (201,),
    "BAND_FRACTIONS": (400,),
}
#: entries one unit off in the sixth decimal
TANSIG_QUIRKS = {70: 0.992631, 170: 0.999997, 190: 1.0}


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_float32_and_cannot_be_changed(name: str) -> None:
    """Shapes, types, C order, read-only."""
    table = getattr(tables, name)
    assert table.shape == TABLES[name]
    assert table.dtype == np.float32
    assert table.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 0


def test_permutation_cannot_be_changed() -> None:
    """Every place once, int32, read-only."""
    assert sorted(tables.DIGIT_REVERSAL.tolist()) == list(range(960))
    assert tables.DIGIT_REVERSAL.dtype == np.int32
    assert not tables.DIGIT_REVERSAL.flags.writeable


def test_tansig_is_recorded(golden: Callable[[str], Any]) -> None:
    """All 201 entries."""
    assert_bit_identical(tables.TANSIG, golden("tables_fft.npz")["tansig"])


def test_tansig_is_tanh_but_for_three_entries() -> None:
    """Quirk Q-TANSIG: the formula fails at exactly three places, and there by one unit in the sixth decimal."""
    formula = [np.float32(round(math.tanh(0.04 * i), 6)) for i in range(201)]
    different = [i for i in range(201) if tables.TANSIG[i] != formula[i]]
    assert different == sorted(TANSIG_QUIRKS)
    for i, value in TANSIG_QUIRKS.items():
        assert tables.TANSIG[i] == np.float32(value)
        assert abs(value - math.tanh(0.04 * i)) < 1.6e-6


def test_dct_scale() -> None:
    """sqrt(2/22) in binary64."""
    assert tables.DCT_SCALE == math.sqrt(2 / 22)
    assert isinstance(tables.DCT_SCALE, np.float64)
