"""Training through the rounding to int8."""

from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.model.float_model import float_model
from rnnoise_py.model.quantize import quantize
from rnnoise_py.training import TrainingConfig
from rnnoise_py.training.architecture import flatten, views
from rnnoise_py.training.rounding import rounded, seen_weights
from tests.training_samples import random_rows, random_weights, write_rows

ROWS = (Path("rows.h5"),)


def test_rounded_weights_are_those_of_the_int8_model() -> None:
    """Number for number."""
    theta = np.clip(random_weights(3), -0.499, 0.499).astype(np.float32)
    model, _ = quantize(float_model(views(theta)))
    again, report = quantize(float_model(views(rounded(theta))))
    assert again == model
    assert report.largest_error == 0


def test_ties_are_rounded_to_even() -> None:
    """Halves of a 256th go to the even neighbour on both sides of 0; beyond the ends of int8 nothing wraps."""
    halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 126.5, 127.5, 127.744, -128.5, -127.5], np.float32)
    even = np.array([-2, -2, 0, 0, 2, 2, 126, 127, 127, -128, -128], np.float32)
    np.testing.assert_array_equal(rounded(halves / np.float32(256)), even / np.float32(256))


def test_rounding_begins_with_its_share_of_the_epochs() -> None:
    """Before it the weights are seen as they are."""
    theta = random_weights(1)
    config = TrainingConfig(rows=ROWS, epochs=10, quantize_share=0.3)
    assert seen_weights(config, 6, theta) is theta
    np.testing.assert_array_equal(seen_weights(config, 7, theta), rounded(theta))
    assert seen_weights(TrainingConfig(rows=ROWS), 119, theta) is theta


def test_shares_outside_0_to_1_are_refused() -> None:
    """The message gives the value."""
    with pytest.raises(InputError, match=r"quantize_share 1\.5"):
        TrainingConfig(rows=ROWS, quantize_share=1.5)


def test_a_run_through_the_rounding_reports_the_loss_of_the_int8_model(tmp_path: Path) -> None:
    """The validation loss of the last epoch is that of the rounded weights."""
    pytest.importorskip("tensorflow", reason="training needs TensorFlow")
    from rnnoise_py.model import read_float_model
    from rnnoise_py.spec.constants import NB_BANDS
    from rnnoise_py.training import train
    from rnnoise_py.training.architecture import DEFAULT_ACTIVATIONS
    from rnnoise_py.training.cpu.loss_kernel import MSSE_SUM
    from rnnoise_py.training.engine import NumbaEngine

    samples = random_rows(12, 20)
    rows = write_rows(tmp_path / "rows.h5", samples)
    config = TrainingConfig(
        rows=(rows,),
        output=tmp_path / "w.hdf5",
        epochs=2,
        batch=4,
        window=20,
        workers=1,
        tensorboard=False,
        validation=0.25,
        quantize_share=0.5,
        engine="numba",
    )
    last = train(config).history[-1]
    theta = flatten(read_float_model(tmp_path / "w.hdf5").weights)
    sums = NumbaEngine(20, DEFAULT_ACTIVATIONS, workers=1).evaluate(rounded(theta), samples[-3:])
    assert last["val_msse"] == pytest.approx(sums[MSSE_SUM].sum() / (3 * 20 * NB_BANDS), rel=1e-6)
