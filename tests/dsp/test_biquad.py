"""Second-order filters."""

import numpy as np
import pytest

from rnnoise_py.dsp.biquad import biquad, biquad_step
from rnnoise_py.spec.constants import HIGHPASS_A, HIGHPASS_B
from tests import naive
from tests.bits import assert_bit_identical
from tests.lane_arrays import F, assert_same, awkward_signals

HIGHPASS = np.array(HIGHPASS_B, F), np.array(HIGHPASS_A, F)
RANDOM = np.array([0.31, -0.2], F), np.array([-0.374, 0.29], F)


@pytest.mark.parametrize(("b", "a"), [HIGHPASS, RANDOM], ids=["highpass", "random"])
@pytest.mark.parametrize("name", awkward_signals(960))
def test_equals_naive_twin(name: str, b: naive.Array, a: naive.Array) -> None:
    """Output and memory equal the twin's on awkward signals, in one piece and in place in two."""
    x = awkward_signals(960)[name]
    memory, expected_memory, cut_memory = (np.array([0.5, -3], F) for _ in range(3))
    y, cut = np.empty_like(x), x.copy()
    biquad(x, memory, b, a, y)
    expected = naive.biquad(x, expected_memory, b, a)
    assert_same(y, expected)
    assert_same(memory, expected_memory)
    biquad(cut[:77], cut_memory, b, a, cut[:77])
    biquad(cut[77:], cut_memory, b, a, cut[77:])
    assert_same(cut, y, "filtered in place, in two pieces")
    assert_same(cut_memory, memory)


def test_step_is_one_sample() -> None:
    """The inlined step does what the filter does to one sample."""
    b, a = HIGHPASS
    memory = np.array([7, -5], F)
    y = naive.biquad(np.array([123], F), memory, b, a)
    got = biquad_step(F(123), F(7), F(-5), *(np.float64(c) for c in (*b, *a)))
    assert_bit_identical(got, [y[0], *memory])
