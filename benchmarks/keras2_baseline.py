"""Seconds a step of the v0.1 stack: Keras 2.3.1 on TensorFlow 1.15, for ``bench_training.py --keras2``.

Runs under Python 3.7 with ``tensorflow==1.15.4 keras==2.3.1 h5py==2.10.0 'protobuf<3.21'`` and nothing of
ours: the network and losses of the specification in that Keras, trained by its ``train_on_batch``. Reads
batches from a .npy file, prints one line of JSON.
"""

import json
import sys
import time
from typing import Any

import keras
import numpy as np
from keras import backend as K  # noqa: N812
from keras.layers import GRU, Dense, Input, concatenate


class WeightClip(keras.constraints.Constraint):  # type: ignore[misc,unused-ignore]
    """Clip to ±0.499."""

    def __call__(self, p: Any) -> Any:
        """Clip one weight."""
        return K.clip(p, -0.499, 0.499)


def gain_loss(y_true: Any, y_pred: Any) -> Any:
    """Gain loss of the specification, arguments of the cross-entropy exchanged."""
    mask = K.minimum(y_true + 1.0, 1.0)
    error = K.square(K.sqrt(y_pred) - K.sqrt(y_true))
    entropy = K.binary_crossentropy(y_pred, y_true)
    return K.mean(mask * (10 * K.square(error) + error + 0.01 * entropy), axis=-1)


def vad_loss(y_true: Any, y_pred: Any) -> Any:
    """VAD loss of the specification."""
    return K.mean(2 * K.abs(y_true - 0.5) * K.binary_crossentropy(y_pred, y_true), axis=-1)


def build() -> Any:
    """Six layers, compiled."""
    clip = WeightClip()
    recurrent = {
        "return_sequences": True,
        "recurrent_activation": "sigmoid",
        "reset_after": False,
        "kernel_regularizer": keras.regularizers.l2(1e-6),
        "recurrent_regularizer": keras.regularizers.l2(1e-6),
        "kernel_constraint": clip,
        "recurrent_constraint": clip,
        "bias_constraint": clip,
    }
    plain = {"kernel_constraint": clip, "bias_constraint": clip}
    features = Input(shape=(None, 42))
    dense = Dense(24, activation="tanh", **plain)(features)
    vad = GRU(24, activation="tanh", **recurrent)(dense)
    noise = GRU(48, activation="relu", **recurrent)(concatenate([dense, vad, features]))
    denoise = GRU(96, activation="tanh", **recurrent)(concatenate([vad, noise, features]))
    outputs = [Dense(22, activation="sigmoid", **plain)(denoise), Dense(1, activation="sigmoid", **plain)(vad)]
    model = keras.Model(features, outputs)
    model.compile(loss=[gain_loss, vad_loss], loss_weights=[10, 0.5], optimizer="adam")
    return model


def main() -> None:
    """Time the steps: the first is left out."""
    rows = np.load(sys.argv[1])
    model = build()
    seconds = []
    for _ in range(int(sys.argv[2]) + 1):
        start = time.perf_counter()
        model.train_on_batch(rows[:, :, :42], [rows[:, :, 42:64], rows[:, :, 86:]])
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds[1:]))


if __name__ == "__main__":
    main()
