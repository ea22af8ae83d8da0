"""What computes losses and gradients of a batch: numba kernels on the CPU, or TensorFlow.

An engine takes weights as one flat vector and rows as they come from a file; optimizer, penalty and
checkpoints are outside and the same for all.
"""

import queue
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import DependencyError
from rnnoise_py.runs.progress import note
from rnnoise_py.runs.workers import cores
from rnnoise_py.spec.constants import NB_BANDS
from rnnoise_py.spec.layout import FEATURES, GAIN, VAD
from rnnoise_py.training.architecture import USUAL, Architecture, FloatArray, views
from rnnoise_py.training.config import TrainingConfig
from rnnoise_py.training.cpu import loss_kernel
from rnnoise_py.training.cpu.lane_algebra import MAIN_LANES, SMALL_LANES
from rnnoise_py.training.cpu.lane_network import LaneNetwork
from rnnoise_py.training.keras.tensorflow_import import gpu_possible, gpu_visible, load_tensorflow, tensorflow_installed
from rnnoise_py.training.v01 import GAIN_LOSS_WEIGHT, LOSS_FORMS, V0_1, VAD_LOSS_WEIGHT

Sums = npt.NDArray[np.float64]


class Engine(Protocol):
    """Computes losses and gradients."""

    name: str

    def gradients(self, theta: FloatArray, rows: FloatArray) -> tuple[Sums, FloatArray]:
        """Loss sums (loss_kernel.SUMS, windows) and the gradient of the mean loss without penalty."""

    def evaluate(self, theta: FloatArray, rows: FloatArray) -> Sums:
        """Loss sums alone."""


def lane_groups(windows: int, main: int = MAIN_LANES) -> list[tuple[slice, int]]:
    """Cut a batch into groups of ``main`` lanes, and of four for what a last, small batch leaves over.

    Returns
    -------
    list
        (windows of the group, lanes to use). The cut depends on the batch alone, so the sums do not
        depend on the number of threads.
    """
    groups: list[tuple[slice, int]] = []
    first = 0
    while first < windows:
        left = windows - first
        lanes = main if left > main // 2 else SMALL_LANES
        groups.append((slice(first, min(first + lanes, windows)), lanes))
        first += lanes
    return groups


class NumbaEngine:
    """Hand-written forward and backward passes, groups of lanes in threads.

    Parameters
    ----------
    frames
        Rows of a window.
    activations
        Activation of each layer.
    loss
        Name of a loss, a key of ``v01.LOSS_FORMS``.
    workers
        Threads; None for one a core. The result is the same for any number.
    lanes
        Windows a thread works on side by side: fewer share a batch among more cores, each a little slower.
    network
        Layers and their sizes.
    """

    name = "numba"

    def __init__(
        self,
        frames: int,
        activations: Mapping[str, str],
        *,
        loss: str = V0_1,
        workers: int | None = None,
        lanes: int = MAIN_LANES,
        network: Architecture = USUAL,
    ) -> None:
        self.frames = frames
        self.network = network
        self.lanes = lanes
        self.activations = dict(activations)
        self.form = LOSS_FORMS[loss]
        self.workers = cores(workers)
        self.threads = ThreadPoolExecutor(self.workers, thread_name_prefix="lanes")
        self._spare: dict[int, queue.SimpleQueue[LaneNetwork]] = {
            width: queue.SimpleQueue() for width in (lanes, SMALL_LANES)
        }

    def _take(self, lanes: int) -> LaneNetwork:
        try:
            return self._spare[lanes].get_nowait()
        except queue.Empty:
            return LaneNetwork(self.frames, lanes, self.activations, self.network.layers)

    def memory_bytes(self, batch: int) -> int:
        """Bytes of the buffers for batches of ``batch`` windows; however many rows there are."""
        network = self._take(self.lanes)
        self._spare[self.lanes].put(network)
        return min(self.workers, len(lane_groups(batch, self.lanes))) * network.nbytes

    def _group(
        self, theta: FloatArray, rows: FloatArray, lanes: int, windows: int, want_gradient: bool
    ) -> tuple[Sums, FloatArray | None]:
        network = self._take(lanes)
        weights = views(theta, self.network)
        network.load(rows)
        network.forward(weights)
        frames = windows * self.frames
        sums = network.losses(len(rows), GAIN_LOSS_WEIGHT / (NB_BANDS * frames), VAD_LOSS_WEIGHT / frames, self.form)
        gradient = None
        if want_gradient:
            gradient = np.zeros_like(theta)
            network.backward(weights, views(gradient, self.network))
        self._spare[lanes].put(network)
        return sums, gradient

    def _run(self, theta: FloatArray, rows: FloatArray, want_gradient: bool) -> list[tuple[Sums, FloatArray | None]]:
        jobs = [
            self.threads.submit(self._group, theta, rows[part], lanes, len(rows), want_gradient)
            for part, lanes in lane_groups(len(rows), self.lanes)
        ]
        return [job.result() for job in jobs]

    def gradients(self, theta: FloatArray, rows: FloatArray) -> tuple[Sums, FloatArray]:
        """See :class:`Engine`."""
        results = self._run(theta, rows, want_gradient=True)
        total = np.zeros_like(theta)
        for _, gradient in results:  # in the order of the windows, whichever was ready first
            assert gradient is not None
            total += gradient
        return np.concatenate([sums for sums, _ in results], axis=1), total

    def evaluate(self, theta: FloatArray, rows: FloatArray) -> Sums:
        """See :class:`Engine`."""
        return np.concatenate([sums for sums, _ in self._run(theta, rows, want_gradient=False)], axis=1)


class TensorFlowEngine:
    """The Keras model and TensorFlow's gradient tape; for GPUs and as a second opinion.

    Parameters as for :class:`NumbaEngine`; without ``fast`` the GRUs are those of Keras.
    """

    name = "tensorflow"

    def __init__(
        self,
        activations: Mapping[str, str],
        *,
        loss: str = V0_1,
        fast: bool = True,
        jit_compile: bool = False,
        network: Architecture = USUAL,
    ) -> None:
        tf = load_tensorflow()
        from rnnoise_py.training.keras.losses import LOSSES, msse
        from rnnoise_py.training.keras.model import build_model

        self.network = network
        self.model = build_model(activations, fast=fast, layers=network.layers)
        gain_loss, vad_loss = LOSSES[loss]
        by_path = {
            (variable.path.split("/")[0], variable.path.split("/")[-1]): variable
            for variable in self.model.trainable_variables
        }
        self.variables = [by_path[place.layer, place.array] for place in network.placements]

        def forward(rows: Any) -> tuple[Any, Any]:
            gains, vad = self.model(rows[:, :, FEATURES], training=True)
            true_gains, true_vad = rows[:, :, GAIN.columns], rows[:, :, VAD.columns]
            gain, speech = gain_loss(true_gains, gains), vad_loss(true_vad, vad)
            labelled = tf.not_equal(true_vad, 0.5)
            right = tf.logical_and(labelled, tf.equal(vad > 0.5, true_vad > 0.5))
            parts = (
                gain * NB_BANDS,
                msse(true_gains, gains) * NB_BANDS,
                speech,
                tf.cast(right[:, :, 0], tf.float32),
                tf.cast(labelled[:, :, 0], tf.float32),
            )
            total = GAIN_LOSS_WEIGHT * tf.reduce_mean(gain) + VAD_LOSS_WEIGHT * tf.reduce_mean(speech)
            return total, tf.stack([tf.reduce_sum(part, axis=1) for part in parts])

        def step(rows: Any) -> tuple[Any, Any]:
            with tf.GradientTape() as tape:
                total, sums = forward(rows)
            values = [variable.value for variable in self.variables]
            found = tape.gradient(total, values)
            return sums, tf.concat([tf.reshape(gradient, [-1]) for gradient in found], 0)

        self._step = tf.function(step, jit_compile=jit_compile, reduce_retracing=True)
        self._forward = tf.function(lambda rows: forward(rows)[1], jit_compile=jit_compile, reduce_retracing=True)

    def _assign(self, theta: FloatArray) -> None:
        for place, variable in zip(self.network.placements, self.variables, strict=True):
            variable.assign(theta[place.part].reshape(place.shape))

    def gradients(self, theta: FloatArray, rows: FloatArray) -> tuple[Sums, FloatArray]:
        """See :class:`Engine`."""
        self._assign(theta)
        sums, gradient = self._step(rows)
        return np.asarray(sums, dtype=np.float64), np.array(gradient, dtype=np.float32)

    def evaluate(self, theta: FloatArray, rows: FloatArray) -> Sums:
        """See :class:`Engine`."""
        self._assign(theta)
        return np.asarray(self._forward(rows), dtype=np.float64)


def _gpu_usable() -> bool:
    if not (gpu_possible() and tensorflow_installed()):
        return False
    try:
        return gpu_visible()
    except DependencyError as error:
        note(str(error))
        return False


def make_engine(config: TrainingConfig, activations: Mapping[str, str]) -> Engine:
    """Make the engine of a run; ``"auto"`` is TensorFlow where a GPU is visible, else numba."""
    name = config.engine
    if name == "auto":
        name = "tensorflow" if _gpu_usable() else "numba"
    if name == "tensorflow":
        return TensorFlowEngine(activations, loss=config.loss, network=config.network)
    return NumbaEngine(
        config.window, activations, loss=config.loss, workers=config.workers, lanes=config.lanes, network=config.network
    )


assert loss_kernel.SUMS == 5, "both engines give the same five sums"
