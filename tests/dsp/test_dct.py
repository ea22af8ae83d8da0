"""The DCT over the bands."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnoise_py.dsp.dct import dct
from rnnoise_py.spec.tables import DCT_TABLE
from tests import naive
from tests.bits import assert_bit_identical
from tests.lane_arrays import F, assert_same, awkward, batches, interleave, lane_counts, separate


def test_table_is_recorded_and_naive(golden: Callable[[str], Any]) -> None:
    """The table equals the recorded figures and the formula."""
    assert_bit_identical(DCT_TABLE, golden("tables_fft.npz")["dct_table"])
    assert_bit_identical(DCT_TABLE, naive.DCT)


@pytest.mark.parametrize("count", [6, 22])
@lane_counts
def test_equals_naive_twin(lanes: tuple[int, ...], count: int) -> None:
    """The first coefficients, or all, equal the twin's."""
    rng = np.random.default_rng(4)
    values = np.concatenate([awkward(22), rng.standard_normal((30, 22)).astype(F) * F(8)])
    for batch in batches(values, lanes):
        coefficients = np.full(count * len(lanes), np.nan, F)
        dct(interleave(batch), coefficients, count, lanes)
        assert_same(separate(coefficients, lanes), [naive.dct(v)[:count] for v in batch])
