"""Matrix products over lanes: the three loops in which training spends its time.

A lane is one window of the batch. Arrays are flat, float32, ``[time][unit][lane]``: element
``(t*units + u)*R + lane``. Sixteen lanes fill one AVX-512 register (or two of AVX2), so a weight is
broadcast against one frame of sixteen windows and a block of accumulators stays in registers:
measured 110–130 GFLOP/s on one AVX-512 core, where BLAS gets 98 on the same shapes. Plain numba loops
do not reach this because numba keeps accumulators in memory, so the two innermost blocks are written
in LLVM vector types; LLVM maps them to whatever the machine has. Multiply-adds may be fused: training
has no bit contract with other programs, only with itself on one machine.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from rnnoise_py.training.vector_ir import Vectors

F = TypeVar("F", bound=Callable[..., Any])

MAIN_LANES: Final = 16  #: windows worked on side by side
SMALL_LANES: Final = 4  #: the same for the few windows of a last, small batch
OUTER_FRAMES: Final = 32  #: frames of one pass of a weight gradient: they stay in the cache

_WIDE: Final = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))  # 32 vector registers
UNITS: Final = (0,) * (12 if _WIDE else 6)  #: accumulators of a product; the *length* is the block size
OUTER_ROWS: Final = (0,) * (6 if _WIDE else 3)
OUTER_COLUMNS: Final = (0,) * (4 if _WIDE else 2)
SINGLE: Final = (0,)


def training_kernel(function: F) -> F:
    """Compile a training kernel: like :func:`rnnoise_py.dsp.jit.kernel`, but multiply-adds may be fused."""
    compiled: F = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})(function)
    return compiled


def training_inline(function: F) -> F:
    """Compile a small function that training kernels inline."""
    compiled: F = numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})(function)
    return compiled


def _plain_block_product(out: Any, out_at: int, w: Any, w_at: int, w_stride: int, x: Any, x_at: int,
                         count: int, lanes: tuple[int, ...], units: tuple[int, ...]) -> None:
    width = len(lanes)
    for u in range(len(units)):
        for j in range(count):
            for lane in range(width):
                out[out_at + u * width + lane] += w[w_at + j * w_stride + u] * x[x_at + j * width + lane]


def _plain_block_outer(out: Any, out_at: int, out_stride: int, x: Any, x_at: int, x_step: int,
                       d: Any, d_at: int, d_step: int, count: int, lanes: tuple[int, ...],
                       rows: tuple[int, ...], columns: tuple[int, ...]) -> None:
    width = len(lanes)
    for a in range(len(rows)):
        for b in range(len(columns)):
            total = np.float32(0)
            for t in range(count):
                for lane in range(width):
                    total += x[x_at + t * x_step + a * width + lane] * d[d_at + t * d_step + b * width + lane]
            out[out_at + a * out_stride + b] += total


if numba.config.DISABLE_JIT:
    block_product = _plain_block_product
    block_outer = _plain_block_outer
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
                return [
                    vectors.multiply_add(vectors.broadcast(row, u), value, total) for u, total in enumerate(sums)
                ]

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
                return [
                    vectors.multiply_add(*pair, total) for pair, total in zip(pairs, sums, strict=True)
                ]

            zeros = [vectors.zero] * (rows.count * columns.count)
            totals = vectors.loop(arguments[9], zeros, body)
            for a in range(rows.count):
                row = builder.gep(out_pointer, [builder.mul(vectors.index(a), arguments[2])])
                for b in range(columns.count):
                    vectors.add_scalar(row, b, vectors.sum(totals[a * columns.count + b]))
            return context.get_dummy_value()

        return signature, generate


@training_inline
def frame_product(out: Any, out_at: int, w: Any, w_at: int, w_stride: int, x: Any, x_at: int,
                  count: int, size: int, lanes: tuple[int, ...], units: tuple[int, ...]) -> None:
    """``out[u] += Σ_j w[j][u]·x[j]`` for one frame, ``size`` units, in blocks and single units."""
    width, block = len(lanes), len(units)
    whole = size - size % block
    for u in range(0, whole, block):
        block_product(out, out_at + u * width, w, w_at + u, w_stride, x, x_at, count, lanes, units)
    for u in range(whole, size):
        block_product(out, out_at + u * width, w, w_at + u, w_stride, x, x_at, count, lanes, SINGLE)


@training_kernel
def sequence_product(out: Any, out_at: int, out_step: int, w: Any, w_at: int, w_stride: int, x: Any, x_at: int,
                     x_step: int, frames: int, count: int, size: int, lanes: tuple[int, ...],
                     units: tuple[int, ...]) -> None:
    """:func:`frame_product` of every frame; the steps are in float32 elements a frame."""
    for t in range(frames):
        frame_product(out, out_at + t * out_step, w, w_at, w_stride, x, x_at + t * x_step, count, size, lanes, units)


@training_kernel
def sequence_outer(out: Any, out_at: int, out_stride: int, x: Any, x_at: int, x_step: int, d: Any, d_at: int,
                   d_step: int, frames: int, rows: int, columns: int, lanes: tuple[int, ...],
                   row_block: tuple[int, ...], column_block: tuple[int, ...]) -> None:
    """``out[a][b] += Σ_t Σ_lane x[t][a]·d[t][b]``: the gradient of a weight matrix."""
    width, row_size, column_size = len(lanes), len(row_block), len(column_block)
    whole_rows = rows - rows % row_size
    whole_columns = columns - columns % column_size
    for start in range(0, frames, OUTER_FRAMES):
        count = min(OUTER_FRAMES, frames - start)
        x_from = x_at + start * x_step
        d_from = d_at + start * d_step
        for a in range(0, whole_rows, row_size):
            for b in range(0, whole_columns, column_size):
                block_outer(out, out_at + a * out_stride + b, out_stride, x, x_from + a * width, x_step,
                            d, d_from + b * width, d_step, count, lanes, row_block, column_block)
            for b in range(whole_columns, columns):
                block_outer(out, out_at + a * out_stride + b, out_stride, x, x_from + a * width, x_step,
                            d, d_from + b * width, d_step, count, lanes, row_block, SINGLE)
        for a in range(whole_rows, rows):
            for b in range(0, whole_columns, column_size):
                block_outer(out, out_at + a * out_stride + b, out_stride, x, x_from + a * width, x_step,
                            d, d_from + b * width, d_step, count, lanes, SINGLE, column_block)
            for b in range(whole_columns, columns):
                block_outer(out, out_at + a * out_stride + b, out_stride, x, x_from + a * width, x_step,
                            d, d_from + b * width, d_step, count, lanes, SINGLE, SINGLE)


@training_kernel
def sequence_sum(out: Any, out_at: int, d: Any, frames: int, size: int, lanes: tuple[int, ...]) -> None:
    """``out[u] += Σ_t Σ_lane d[t][u]``: the gradient of a bias."""
    width = len(lanes)
    sums = np.zeros(size * width, dtype=np.float32)
    for t in range(frames):
        at = t * size * width
        for i in range(size * width):
            sums[i] += d[at + i]
    for u in range(size):
        total = np.float32(0)
        for lane in range(width):
            total += sums[u * width + lane]
        out[out_at + u] += total


@training_kernel
def fill_rows(out: Any, values: Any, frames: int, lanes: tuple[int, ...]) -> None:
    """Set ``out[t][u][lane] = values[u]``: the bias, before products are added."""
    width = len(lanes)
    size = len(values)
    for t in range(frames):
        for u in range(size):
            at = (t * size + u) * width
            for lane in range(width):
                out[at + lane] = values[u]
