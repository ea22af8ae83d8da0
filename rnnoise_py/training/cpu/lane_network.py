"""The whole network over one group of lanes: forward, losses, backward; buffers made once.

One object works on up to ``len(lanes)`` windows at a time and holds everything that the backward pass
needs. Several objects may work in several threads: the kernels release the GIL.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.lanes.jit import training_kernel
from rnnoise_py.model.topology import FEATURES_SOURCE, LAYERS, LayerSpec
from rnnoise_py.spec.constants import NB_BANDS, NB_FEATURES
from rnnoise_py.spec.layout import GAIN, VAD
from rnnoise_py.training.architecture import Weights
from rnnoise_py.training.cpu import dense_kernel, gru_kernel, loss_kernel
from rnnoise_py.training.cpu.lane_activations import ACTIVATION_IDS
from rnnoise_py.training.cpu.lane_algebra import OUTER_COLUMNS, OUTER_ROWS, UNITS, sequence_outer
from rnnoise_py.training.v01 import LossForm

FloatArray = npt.NDArray[np.float32]

_FIRST_GAIN: Final = GAIN.start  # columns of a row
_VAD_LABEL: Final = VAD.start
_Sources = tuple[tuple[FloatArray, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]
_NOTHING: FloatArray = np.zeros(0, dtype=np.float32)


@training_kernel
def _spread(rows: Any, features: Any, gains: Any, vad: Any, frames: int, count: int, lanes: tuple[int, ...]) -> None:
    """Sort the columns of ``count`` windows (count, frames, ROW_SIZE) into lanes; other lanes become 0."""
    size = len(lanes)
    for t in range(frames):
        for f in range(NB_FEATURES):
            for lane in range(size):
                features[(t * NB_FEATURES + f) * size + lane] = rows[lane, t, f] if lane < count else 0
        for b in range(NB_BANDS):
            for lane in range(size):
                gains[(t * NB_BANDS + b) * size + lane] = rows[lane, t, _FIRST_GAIN + b] if lane < count else 0
        for lane in range(size):
            vad[t * size + lane] = rows[lane, t, _VAD_LABEL] if lane < count else 0


def _transposed(matrix: FloatArray) -> FloatArray:
    return np.ascontiguousarray(matrix.T).reshape(-1)


class LaneNetwork:
    """Forward and backward passes of up to R windows.

    Parameters
    ----------
    frames
        Rows of a window.
    lanes
        R, windows worked on side by side.
    activations
        Activation of each layer, by name.
    layers
        Their sizes.
    """

    def __init__(
        self, frames: int, lanes: int, activations: Mapping[str, str], layers: tuple[LayerSpec, ...] = LAYERS
    ) -> None:
        self.frames = frames
        self.layers = {layer.name: layer for layer in layers}
        self.lanes = (0,) * lanes
        self.kinds = {name: ACTIVATION_IDS[activation] for name, activation in activations.items()}
        self.outputs: dict[str, FloatArray] = {FEATURES_SOURCE: self._buffer(NB_FEATURES)}
        self.starts: dict[str, int] = {FEATURES_SOURCE: 0}  # first output in its buffer
        self.gates: dict[str, FloatArray] = {}
        self.resets: dict[str, FloatArray] = {}
        self.gradients: dict[str, FloatArray] = {}  # of the outputs of layers that others read
        self.steps: dict[str, int] = {FEATURES_SOURCE: NB_FEATURES * lanes}  # elements of one frame
        for layer in layers:
            recurrent = layer.is_gru
            padded = layer.neurons + gru_kernel.PADDING * recurrent
            self.outputs[layer.name] = self._buffer(padded, self.frames + recurrent)
            self.starts[layer.name] = padded * lanes if recurrent else 0
            self.steps[layer.name] = padded * lanes
            if recurrent:
                self.gates[layer.name] = self._buffer(3 * layer.neurons + gru_kernel.PADDING)
                self.resets[layer.name] = self._buffer(padded)
            if not layer.name.endswith("_output"):
                self.gradients[layer.name] = self._buffer(layer.neurons)
        self.scratch = np.zeros(gru_kernel.SCRATCH * max(layer.neurons for layer in layers) * lanes, dtype=np.float32)
        self.targets = self._buffer(NB_BANDS), self._buffer(1)

    def _buffer(self, size: int, frames: int | None = None) -> FloatArray:
        return np.zeros((self.frames if frames is None else frames) * size * len(self.lanes), dtype=np.float32)

    @property
    def nbytes(self) -> int:
        """Bytes of all buffers."""
        groups = self.outputs, self.gates, self.resets, self.gradients
        return sum(array.nbytes for group in groups for array in group.values()) + sum(a.nbytes for a in self.targets)

    def load(self, rows: FloatArray) -> None:
        """Take up to R windows, shape (count, frames, ROW_SIZE)."""
        gains, vad = self.targets
        _spread(rows, self.outputs[FEATURES_SOURCE], gains, vad, self.frames, len(rows), self.lanes)

    def forward(self, weights: Weights) -> None:
        """Run all six layers over the loaded windows."""
        for name, layer in self.layers.items():
            arrays, size = weights[name], layer.neurons
            if layer.is_gru:
                gru_kernel.gru_forward(
                    self.gates[name],
                    self.outputs[name],
                    self.resets[name],
                    arrays["kernel"].reshape(-1),
                    arrays["recurrent_kernel"].reshape(-1),
                    arrays["bias"],
                    *self._sources(layer),
                    self.frames,
                    size,
                    self.kinds[name],
                    self.lanes,
                    UNITS,
                )
            else:
                dense_kernel.dense_forward(
                    self.outputs[name],
                    arrays["kernel"].reshape(-1),
                    arrays["bias"],
                    *self._source(layer),
                    self.frames,
                    layer.inputs,
                    size,
                    self.kinds[name],
                    self.lanes,
                    UNITS,
                )

    def _source(self, layer: LayerSpec) -> tuple[FloatArray, int, int]:
        """Array, first element and elements a frame of what a dense layer reads."""
        (name,) = layer.sources
        return self.outputs[name], self.starts[name], self.steps[name]

    def _sources(self, layer: LayerSpec) -> _Sources:
        """Arrays, first elements, elements a frame and columns of what a GRU reads."""
        spare = gru_kernel.SOURCES - len(layer.sources)
        return (
            tuple(self.outputs[name] for name in layer.sources) + (_NOTHING,) * spare,
            tuple(self.starts[name] for name in layer.sources) + (0,) * spare,
            tuple(self.steps[name] for name in layer.sources) + (0,) * spare,
            layer.widths + (0,) * spare,
        )

    def losses(self, count: int, gain_scale: float, vad_scale: float, form: LossForm) -> npt.NDArray[np.float64]:
        """Loss sums of each window; the output layers' buffers become gradients of pre-activations.

        Returns
        -------
        ndarray
            float64 (loss_kernel.SUMS, count).
        """
        sums = np.zeros((loss_kernel.SUMS, len(self.lanes)))
        used = np.arange(len(self.lanes)) < count
        gain_scales = np.where(used, gain_scale, 0).astype(np.float32)
        vad_scales = np.where(used, vad_scale, 0).astype(np.float32)
        gains, vad = self.targets
        kernel_form = loss_kernel.kernel_form(form)
        loss_kernel.gain_loss(
            self.outputs["denoise_output"], gains, sums, gain_scales, self.frames, kernel_form, self.lanes
        )
        loss_kernel.vad_loss(self.outputs["vad_output"], vad, sums, vad_scales, self.frames, form.corrected, self.lanes)
        return sums[:, :count]

    def backward(self, weights: Weights, gradients: Weights) -> None:
        """Add the gradient of every weight to ``gradients``; :meth:`losses` must have gone before."""
        for d in self.gradients.values():
            d[:] = 0
        for name in ("denoise_output", "vad_output"):
            self._dense_back(self.layers[name], self.outputs[name], weights[name], gradients[name])
        for name in ("denoise_gru", "noise_gru", "vad_gru"):
            self._gru_back(self.layers[name], weights[name], gradients[name])
        self._dense_back(
            self.layers["input_dense"],
            self.gradients["input_dense"],
            weights["input_dense"],
            gradients["input_dense"],
            self.outputs["input_dense"],
        )

    def _gru_back(self, layer: LayerSpec, arrays: Mapping[str, FloatArray], into: Mapping[str, FloatArray]) -> None:
        name, spare = layer.name, gru_kernel.SOURCES - len(layer.sources)
        gru_kernel.gru_backward(
            self.gates[name],
            self.outputs[name],
            self.resets[name],
            _transposed(arrays["kernel"]),
            _transposed(arrays["recurrent_kernel"]),
            *self._sources(layer),
            self.gradients[name],
            tuple(self.gradients.get(source, _NOTHING) for source in layer.sources) + (_NOTHING,) * spare,
            into["kernel"].reshape(-1),
            into["recurrent_kernel"].reshape(-1),
            into["bias"],
            self.scratch,
            self.frames,
            layer.neurons,
            self.kinds[name],
            self.lanes,
            UNITS,
            OUTER_ROWS,
            OUTER_COLUMNS,
        )

    def _dense_back(
        self,
        layer: LayerSpec,
        d: FloatArray,
        arrays: Mapping[str, FloatArray],
        into: Mapping[str, FloatArray],
        outputs: FloatArray = _NOTHING,
    ) -> None:
        """Take the gradients back through a dense layer; with its ``outputs``, through the activation too."""
        dense_kernel.dense_backward(
            d,
            outputs,
            _transposed(arrays["kernel"]),
            self.gradients.get(layer.sources[0], _NOTHING),
            into["bias"],
            self.scratch,
            self.frames,
            layer.inputs,
            layer.neurons,
            self.kinds[layer.name],
            self.lanes,
            UNITS,
        )
        sequence_outer(
            into["kernel"].reshape(-1),
            0,
            layer.neurons,
            *self._source(layer),
            d,
            0,
            layer.neurons * len(self.lanes),
            self.frames,
            layer.inputs,
            layer.neurons,
            self.lanes,
            OUTER_ROWS,
            OUTER_COLUMNS,
        )

    def predictions(self, count: int) -> tuple[FloatArray, FloatArray]:
        """Return what :meth:`forward` gave: gains (count, frames, NB_BANDS), VAD (count, frames, 1)."""
        lanes = len(self.lanes)
        gains = self.outputs["denoise_output"].reshape(self.frames, NB_BANDS, lanes)
        vad = self.outputs["vad_output"].reshape(self.frames, 1, lanes)
        return gains.transpose(2, 0, 1)[:count].copy(), vad.transpose(2, 0, 1)[:count].copy()
