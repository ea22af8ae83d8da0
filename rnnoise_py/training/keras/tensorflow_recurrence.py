"""The GRU recurrence in plain TensorFlow with a hand-written backward pass.

For the CPU, GPUs and XLA. The input projections are one product over all frames, the
gradients of the weights too; only what must go step by step is in a loop. Autodiff through a loop keeps
every intermediate on a stack; here only the gates and states are kept.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def _slope(y: Any, kind: str) -> Any:
    if kind == "tanh":
        return 1.0 - tf.square(y)
    if kind == "sigmoid":
        return y * (1.0 - y)
    return tf.cast(y > 0, y.dtype)


def _activation(kind: str) -> Callable[[Any], Any]:
    known: dict[str, Callable[[Any], Any]] = {"tanh": tf.tanh, "sigmoid": tf.sigmoid, "relu": tf.nn.relu}
    return known[kind]


def _frames(array: Any, name: str) -> Any:
    """Tensor (frames, batch, n) as a TensorArray."""
    frames = array.shape[0] or tf.shape(array)[0]
    holder = tf.TensorArray(array.dtype, size=frames, element_shape=array.shape[1:], name=name)
    return holder.unstack(array)


def _room(frames: Any, like: Any) -> Any:
    return tf.TensorArray(like.dtype, size=frames, element_shape=like.shape)


def tensorflow_gru(sequences: Any, kernel: Any, recurrent: Any, bias: Any, kind: str) -> Any:
    """States of a GRU with ``reset_after=False`` that starts at 0.

    Parameters
    ----------
    sequences
        Float32 (batch, frames, inputs).
    kernel, recurrent, bias
        (inputs, 3N), (N, 3N), (3N,), gates in the order update, reset, candidate.
    kind
        Activation of the candidate: ``"tanh"``, ``"relu"`` or ``"sigmoid"``.

    Returns
    -------
    tensor
        Float32 (batch, frames, N).
    """
    size = int(recurrent.shape[0])
    activation = _activation(kind)

    @tf.custom_gradient  # type: ignore[untyped-decorator,unused-ignore]
    def run(x: Any, w: Any, u: Any, b: Any) -> Any:
        x_frames = tf.transpose(x, (1, 0, 2))
        frames = x_frames.shape[0] or tf.shape(x_frames)[0]
        projected = _frames(tf.tensordot(x_frames, w, 1) + b, "projections")
        u_gates, u_candidate = u[:, : 2 * size], u[:, 2 * size :]
        start = tf.zeros_like(x_frames[0, :, :1] + u[:1, :size])

        def forward(t: Any, state: Any, states: Any, gates: Any) -> Any:
            p = projected.read(t)
            zr = tf.sigmoid(p[:, : 2 * size] + tf.matmul(state, u_gates))
            z, r = zr[:, :size], zr[:, size:]
            c = activation(p[:, 2 * size :] + tf.matmul(r * state, u_candidate))
            new = z * state + (1.0 - z) * c
            return t + 1, new, states.write(t, new), gates.write(t, tf.concat((zr, c), 1))

        wide = tf.concat((start, start, start), 1)
        _, _, states, gates = tf.while_loop(
            lambda t, *_: t < frames,
            forward,
            (0, start, _room(frames, start), _room(frames, wide)),
            maximum_iterations=frames,
        )
        outputs, all_gates = states.stack(), gates.stack()

        def gradient(d_outputs: Any) -> tuple[Any, Any, Any, Any]:
            d_frames = _frames(tf.transpose(d_outputs, (1, 0, 2)), "d_outputs")
            before = tf.concat((start[None], outputs[:-1]), 0)
            before_frames, gate_frames = _frames(before, "before"), _frames(all_gates, "gates")

            def backward(t: Any, carry: Any, found: Any) -> Any:
                state, gate = before_frames.read(t), gate_frames.read(t)
                z, r, c = gate[:, :size], gate[:, size : 2 * size], gate[:, 2 * size :]
                d = d_frames.read(t) + carry
                d_c = d * (1.0 - z) * _slope(c, kind)
                d_z = d * (state - c) * z * (1.0 - z)
                d_reset = tf.matmul(d_c, u_candidate, transpose_b=True)
                d_r = d_reset * state * r * (1.0 - r)
                d_zr = tf.concat((d_z, d_r), 1)
                carry = d * z + d_reset * r + tf.matmul(d_zr, u_gates, transpose_b=True)
                return t - 1, carry, found.write(t, tf.concat((d_zr, d_c), 1))

            _, _, found = tf.while_loop(
                lambda t, *_: t >= 0,
                backward,
                (frames - 1, tf.zeros_like(start), _room(frames, wide)),
                maximum_iterations=frames,
            )
            d_gates = found.stack()
            resets = all_gates[:, :, size : 2 * size] * before
            over = [[0, 1], [0, 1]]
            d_u = tf.concat(
                (
                    tf.tensordot(before, d_gates[:, :, : 2 * size], over),
                    tf.tensordot(resets, d_gates[:, :, 2 * size :], over),
                ),
                1,
            )
            d_x = tf.transpose(tf.tensordot(d_gates, w, [[2], [1]]), (1, 0, 2))
            return d_x, tf.tensordot(x_frames, d_gates, over), d_u, tf.reduce_sum(d_gates, (0, 1))

        return tf.transpose(outputs, (1, 0, 2)), gradient

    return run(sequences, kernel, recurrent, bias)
