"""The two innermost blocks of :mod:`rnnoise_py.training.cpu.lane_algebra`, in LLVM vector types.

With the JIT switched off (``NUMBA_DISABLE_JIT=1``) their plain twins take their place; they also say what
the blocks compute.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from rnnoise_py.training.cpu.vector_ir import Vectors


def plain_block_product(
    out: Any,
    out_at: int,
    w: Any,
    w_at: int,
    w_stride: int,
    x: Any,
    x_at: int,
    count: int,
    lanes: tuple[int, ...],
    units: tuple[int, ...],
) -> None:
    """``out[u][lane] += Σ_j w[j][u]·x[j][lane]``, plainly."""
    width = len(lanes)
    for u in range(len(units)):
        for j in range(count):
            for lane in range(width):
                out[out_at + u * width + lane] += w[w_at + j * w_stride + u] * x[x_at + j * width + lane]


def plain_block_outer(
    out: Any,
    out_at: int,
    out_stride: int,
    x: Any,
    x_at: int,
    x_step: int,
    d: Any,
    d_at: int,
    d_step: int,
    count: int,
    lanes: tuple[int, ...],
    rows: tuple[int, ...],
    columns: tuple[int, ...],
) -> None:
    """``out[a][b] += Σ_t Σ_lane x[t][a][lane]·d[t][b][lane]``, plainly."""
    width = len(lanes)
    for a in range(len(rows)):
        for b in range(len(columns)):
            total = np.float32(0)
            for t in range(count):
                for lane in range(width):
                    total += x[x_at + t * x_step + a * width + lane] * d[d_at + t * d_step + b * width + lane]
            out[out_at + a * out_stride + b] += total


if numba.config.DISABLE_JIT:
    block_product = plain_block_product
    block_outer = plain_block_outer
else:

    @intrinsic  # type: ignore[untyped-decorator,unused-ignore]
    def block_product(  # type: ignore[no-untyped-def]
        context, out, out_at, w, w_at, w_stride, x, x_at, count, lanes, units
    ):
        """``out[u][lane] += Σ_j w[j][u]·x[j][lane]`` for a block of units; accumulators in registers."""
        at = types.intp
        signature = types.void(out, at, w, at, at, x, at, at, lanes, units)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            vectors = Vectors(context, builder, lanes.count)
            out_pointer = vectors.pointer(signature.args[0], arguments[0], arguments[1])
            w_pointer = vectors.pointer(signature.args[2], arguments[2], arguments[3])
            w_row, steps = arguments[4], arguments[7]
            x_pointer = vectors.pointer(signature.args[5], arguments[5], arguments[6])
            starts = [vectors.load(out_pointer, u) for u in range(units.count)]

            def body(j: ir.Value, sums: list[ir.Value]) -> list[ir.Value]:
                value = vectors.load_at(x_pointer, builder.mul(j, vectors.index(lanes.count)))
                row = builder.gep(w_pointer, [builder.mul(j, w_row)])
                return [vectors.multiply_add(vectors.broadcast(row, u), value, total) for u, total in enumerate(sums)]

            for u, total in enumerate(vectors.loop(steps, starts, body)):
                vectors.store(out_pointer, u, total)
            return context.get_dummy_value()

        return signature, generate

    @intrinsic  # type: ignore[untyped-decorator,unused-ignore]
    def block_outer(  # type: ignore[no-untyped-def]
        context, out, out_at, out_stride, x, x_at, x_step, d, d_at, d_step, count, lanes, rows, columns
    ):
        """``out[a][b] += Σ_t Σ_lane x[t][a][lane]·d[t][b][lane]`` for a block of rows and columns."""
        at = types.intp
        signature = types.void(out, at, at, x, at, at, d, at, at, at, lanes, rows, columns)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            vectors = Vectors(context, builder, lanes.count)
            out_pointer = vectors.pointer(signature.args[0], arguments[0], arguments[1])
            x_pointer = vectors.pointer(signature.args[3], arguments[3], arguments[4])
            d_pointer = vectors.pointer(signature.args[6], arguments[6], arguments[7])

            def body(t: ir.Value, sums: list[ir.Value]) -> list[ir.Value]:
                x_row = builder.gep(x_pointer, [builder.mul(t, arguments[5])])
                d_row = builder.gep(d_pointer, [builder.mul(t, arguments[8])])
                left = [vectors.load(x_row, a) for a in range(rows.count)]
                right = [vectors.load(d_row, b) for b in range(columns.count)]
                pairs = [(one, other) for one in left for other in right]
                return [vectors.multiply_add(*pair, total) for pair, total in zip(pairs, sums, strict=True)]

            zeros = [vectors.zero] * (rows.count * columns.count)
            totals = vectors.loop(arguments[9], zeros, body)
            for a in range(rows.count):
                row = builder.gep(out_pointer, [builder.mul(vectors.index(a), arguments[2])])
                for b in range(columns.count):
                    vectors.add_scalar(row, b, vectors.sum(totals[a * columns.count + b]))
            return context.get_dummy_value()

        return signature, generate
