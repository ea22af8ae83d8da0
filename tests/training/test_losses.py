"""Losses, mask, metric and constraint: values of the specification, no NaN anywhere, kernels = Keras."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs TensorFlow")

from rnnoise_py.spec.constants import NB_BANDS  # noqa: E402
from rnnoise_py.training.cpu import loss_kernel  # noqa: E402
from rnnoise_py.training.cpu.loss_kernel import kernel_form  # noqa: E402
from rnnoise_py.training.keras import losses  # noqa: E402
from rnnoise_py.training.v01 import LOSS_FORMS  # noqa: E402

MODES: dict[str, Callable[[Any], Any]] = {
    "eager": lambda function: function,
    "graph": tf.function,
    "xla": lambda function: tf.function(function, jit_compile=True),
}
LOSS_TOLERANCE = 5e-7  # relative; float32 sums in another order
GRADIENT_TOLERANCE = 2e-6  # of the largest gradient


def _value(function: Callable[[Any, Any], Any], y: float, p: float) -> float:
    return float(function(tf.constant([[y]]), tf.constant([[p]]))[0])


def test_mask_is_one_for_targets_and_zero_for_masked_bands() -> None:
    """min(y+1, 1)."""
    assert losses.mask(tf.constant([-1.0, 0.0, 0.5, 1.0])).numpy().tolist() == [0, 1, 1, 1]


def test_swapped_cross_entropy_has_the_values_of_the_specification() -> None:
    """15.4249 at y=0, p=1; 15.2492 at y=1, p=0; linear in p."""
    found = losses.swapped_cross_entropy(tf.constant([0.0, 1.0, 0.0]), tf.constant([1.0, 0.0, 0.5])).numpy()
    assert found[0] == pytest.approx(15.4249, abs=1e-4)
    assert found[1] == pytest.approx(15.2492, abs=1e-4)
    assert found[2] == pytest.approx(found[0] / 2, rel=1e-6)


def test_corrected_cross_entropy_is_the_usual_one() -> None:
    """−log(p) at y = 1, −log(1−p) at y = 0."""
    found = losses.corrected_cross_entropy(tf.constant([1.0, 0.0]), tf.constant([0.25, 0.25])).numpy()
    assert found == pytest.approx(-np.log([0.25, 0.75]), abs=1e-6)


def test_gain_loss_and_msse_by_hand() -> None:
    """Y = 0.25, p = 1: e = 0.25, 10e² + e + 0.01·bce."""
    bce = -(np.log(0.25 + 1e-7))
    assert _value(losses.msse, 0.25, 1.0) == pytest.approx(0.25)
    assert _value(losses.gain_loss, 0.25, 1.0) == pytest.approx(10 * 0.0625 + 0.25 + 0.01 * bce, rel=1e-6)
    assert _value(losses.gain_loss, -1.0, 0.3) == 0
    assert _value(losses.LOSSES["linear"][0], 0.25, 1.0) == pytest.approx(0.75**2 + 0.01 * bce, rel=1e-6)
    assert _value(losses.LOSSES["quiet"][0], 0.25, 1.0) == pytest.approx(2 * 0.75**2 + 0.01 * bce, rel=1e-6)
    assert _value(losses.LOSSES["quiet"][0], 1.0, 0.25) == _value(losses.LOSSES["linear"][0], 1.0, 0.25)
    assert _value(losses.vad_loss, 0.5, 0.3) == 0
    assert _value(losses.vad_loss, 1.0, 1.0) == pytest.approx(-np.log(1.0), abs=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", losses.LOSSES)
def test_no_nan_in_value_or_gradient(mode: str, name: str) -> None:
    """Masked targets and predictions of exactly 0 and 1 give finite values; masked bands give exactly 0."""
    y, p = np.meshgrid([-1.0, 0.0, 0.5, 1.0], [0.0, 1e-30, 0.5, 1.0])
    targets = tf.constant(y.reshape(-1, 1), tf.float32)

    for loss in losses.LOSSES[name]:

        def run(predictions: Any, loss: Callable[[Any, Any], Any] = loss) -> tuple[Any, Any]:
            with tf.GradientTape() as tape:
                tape.watch(predictions)
                value = loss(targets, predictions)
            return value, tape.gradient(value, predictions)

        value, gradient = MODES[mode](run)(tf.constant(p.reshape(-1, 1), tf.float32))
        assert np.isfinite(value).all()
        assert np.isfinite(gradient).all()
        if loss is losses.LOSSES[name][0]:
            masked = y.reshape(-1) == -1
            assert not np.asarray(value)[masked].any()
            assert not np.asarray(gradient)[masked].any()


def _logits() -> Any:
    random = np.random.default_rng(0)
    return np.clip(6 * random.standard_normal((1, 50, NB_BANDS)), -12, 12).astype(np.float32)


@pytest.mark.parametrize("name", losses.LOSSES)
def test_kernels_compute_the_keras_losses_and_their_gradients(name: str) -> None:
    """Value, msse and gradient through the sigmoid, for targets of every kind."""
    random = np.random.default_rng(1)
    logits = _logits()
    frames, lanes = logits.shape[1], (0,)
    y = np.where(random.random(logits.shape) < 0.3, random.integers(-1, 2, logits.shape), random.random(logits.shape))
    y = y.astype(np.float32)
    vad = (random.integers(0, 3, (1, frames, 1)) / 2).astype(np.float32)
    gain_loss, vad_loss = losses.LOSSES[name]
    form = kernel_form(LOSS_FORMS[name])
    option: Any
    kernel: Any
    for loss, kernel, target, x, row, option in (
        (gain_loss, loss_kernel.gain_loss, y, logits, loss_kernel.GAIN_SUM, form),
        (vad_loss, loss_kernel.vad_loss, vad, logits[:, :, :1].copy(), loss_kernel.VAD_SUM, form[-1]),
    ):
        source = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(source)
            prediction = tf.sigmoid(source)
            value = tf.reduce_sum(loss(tf.constant(target), prediction)) * x.shape[2]
        wanted = tape.gradient(value, source).numpy().reshape(-1)
        sums = np.zeros((loss_kernel.SUMS, 1))
        found = prediction.numpy().reshape(-1).copy()
        kernel(found, target.reshape(-1), sums, np.ones(1, np.float32), frames, option, lanes)
        assert sums[row, 0] == pytest.approx(float(value), rel=LOSS_TOLERANCE)
        assert np.abs(found - wanted).max() <= GRADIENT_TOLERANCE * np.abs(wanted).max()


def test_kernel_gradients_are_finite_at_saturated_predictions() -> None:
    """P of exactly 0 and 1, and padding lanes of zeros, give finite gradients."""
    for form in LOSS_FORMS.values():
        for y in (-1.0, 0.0, 0.5, 1.0):
            p = np.repeat(np.array([0, 1], np.float32), NB_BANDS).reshape(2, NB_BANDS).T.reshape(-1).copy()
            sums = np.zeros((loss_kernel.SUMS, 2))
            target = np.full(p.shape, y, np.float32)
            loss_kernel.gain_loss(p, target, sums, np.ones(2, np.float32), 1, kernel_form(form), (0, 0))
            assert np.isfinite(p).all()
            assert np.isfinite(sums).all()


def test_weight_clip_limits_every_weight() -> None:
    """±0.499 after the constraint; configuration and Keras 2's ``name`` argument survive."""
    clip = losses.WeightClip(0.499, name="WeightClip")
    assert np.abs(clip(tf.constant([-3.0, 0.2, 3.0])).numpy()).max() == np.float32(0.499)
    assert losses.WeightClip(**clip.get_config()).c == clip.c
