"""Training against the figures recorded from the v0.1 script's own stack (TensorFlow 1.15, Keras 2.3.1)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")

from rnnoise_py.training.architecture import DEFAULT_ACTIVATIONS, PARAMETERS, PLACEMENTS, FloatArray, views
from rnnoise_py.training.cpu.adam import Adam, add_penalty_gradient, penalty
from rnnoise_py.training.cpu.lane_network import LaneNetwork
from rnnoise_py.training.engine import Engine, NumbaEngine, TensorFlowEngine
from rnnoise_py.training.epoch import Totals
from tests.training_samples import recorded, recorded_rows

FRAMES = 250
PREDICTION_TOLERANCE = 2e-6  # absolute; float32 rounding carried through 250 frames (7e-7 found)
GRADIENT_TOLERANCE = 3e-6  # relative to an array's largest element (1.1e-6 found)
LOSS_TOLERANCE = 1e-5  # of seven steps, losses between 0.4 and 12
WEIGHT_TOLERANCE = 5e-5  # after seven steps of 1e-3; Adam divides tiny gradients by their own size (2e-5 found)

ENGINES: dict[str, Callable[[], Engine]] = {
    "numba": lambda: NumbaEngine(FRAMES, DEFAULT_ACTIVATIONS, workers=2),
    "tensorflow": lambda: TensorFlowEngine(DEFAULT_ACTIVATIONS),
}


def _loss_and_gradient(engine: Engine, theta: FloatArray) -> tuple[dict[str, float], FloatArray]:
    sums, gradient = engine.gradients(theta, recorded_rows())
    add_penalty_gradient(theta, gradient)
    totals = Totals(FRAMES)
    totals.add(sums)
    return totals.means(penalty(theta)), gradient


def test_the_network_has_the_recorded_number_of_parameters() -> None:
    """87,503: 86,952 weights and 551 biases."""
    assert PARAMETERS == 87_503
    assert sum(place.stop - place.start for place in PLACEMENTS if place.array == "bias") == 551


def test_predictions_agree_with_the_recorded_ones(golden: Callable[[str], Any]) -> None:
    """Gains and VAD of four windows of real rows with the recorded weights."""
    network = LaneNetwork(FRAMES, 4, DEFAULT_ACTIVATIONS)
    network.load(recorded_rows())
    network.forward(views(recorded("init")))
    figures = golden("training.npz")
    for found, name in zip(network.predictions(4), ("gains", "vad"), strict=True):
        assert np.abs(found - figures[name]).max() <= PREDICTION_TOLERANCE


@pytest.mark.parametrize("name", ENGINES)
def test_first_loss_and_all_gradients_agree_with_the_recorded_ones(name: str, golden: Callable[[str], Any]) -> None:
    """The total loss and the gradient of each of the fifteen arrays, L2 penalty included."""
    means, gradient = _loss_and_gradient(ENGINES[name](), recorded("init"))
    assert abs(means["loss"] - float(golden("training.npz")["loss0"])) <= LOSS_TOLERANCE
    wanted = recorded("grad")
    for place in PLACEMENTS:
        error = np.abs(gradient[place.part] - wanted[place.part]).max()
        assert error <= GRADIENT_TOLERANCE * np.abs(wanted[place.part]).max(), place


@pytest.mark.parametrize("name", ENGINES)
def test_seven_steps_follow_the_recorded_losses_and_weights(name: str, golden: Callable[[str], Any]) -> None:
    """With Keras 2's step counter the losses of seven steps and the final weights are the recorded ones."""
    engine, theta, adam = ENGINES[name](), recorded("init"), Adam(keras2_steps=True)
    for wanted in golden("training.npz")["losses"]:
        means, gradient = _loss_and_gradient(engine, theta)
        found = [means["loss"], means["gain_loss"], means["vad_loss"]]
        assert np.abs(np.array(found) - wanted).max() <= LOSS_TOLERANCE
        adam.update(theta, gradient, 1e-3)
    assert np.abs(theta - recorded("after7")).max() <= WEIGHT_TOLERANCE
