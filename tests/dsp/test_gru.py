"""The recurrent layer against its slow twin."""

import numpy as np
import pytest

from rnnoise_py.dsp.gru import gru
from tests import naive_network
from tests.bits import assert_bit_identical


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize(("inputs", "neurons"), [(24, 24), (5, 3)])
def test_gru_is_bit_identical_to_its_twin(inputs: int, neurons: int, kind: int) -> None:
    """Three steps from zero, each activation, sizes that fill vectors and sizes that do not."""
    rng = np.random.default_rng(kind)
    weights = rng.integers(-128, 128, (inputs, 3 * neurons)).astype(np.float32)
    recurrent = rng.integers(-128, 128, (neurons, 3 * neurons)).astype(np.float32)
    bias = rng.integers(-128, 128, 3 * neurons).astype(np.float32)
    state, expected = np.zeros(neurons, np.float32), np.zeros(neurons, np.float32)
    work = np.empty(3 * neurons, np.float32)
    for _ in range(3):
        values = rng.normal(size=inputs).astype(np.float32)
        gru(values, weights.ravel(), recurrent.ravel(), bias, kind, work, state)
        expected = naive_network.gru(values, weights, recurrent, bias, kind, expected)
        assert_bit_identical(state, expected)
