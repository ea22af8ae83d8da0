"""Matrix products over lanes: the three loops in which training spends its time.

A lane is one window of the batch. Arrays are flat, float32, ``[time][unit][lane]``: element
``(t*units + u)*R + lane``. Sixteen lanes fill one AVX-512 register (or two of AVX2), so a weight is
broadcast against one frame of sixteen windows and a block of accumulators stays in registers:
measured 110–130 GFLOP/s on one AVX-512 core, where BLAS gets 98 on the same shapes. Plain numba loops
do not reach this because numba keeps accumulators in memory, so the two innermost blocks are written
in LLVM vector types; LLVM maps them to whatever the machine has. Multiply-adds may be fused: training
has no bit contract with other programs, only with itself on one machine.
"""

from typing import Any, Final

import llvmlite.binding
import numpy as np

from rnnoise_py.training.cpu.jit import training_inline, training_kernel
from rnnoise_py.training.cpu.lane_blocks import block_outer, block_product

MAIN_LANES: Final = 16  #: windows worked on side by side
SMALL_LANES: Final = 4  #: the same for the few windows of a last, small batch
OUTER_FRAMES: Final = 32  #: frames of one pass of a weight gradient: they stay in the cache

_WIDE: Final = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))  # 32 vector registers
UNITS: Final = (0,) * (12 if _WIDE else 6)  #: accumulators of a product; the *length* is the block size
OUTER_ROWS: Final = (0,) * (6 if _WIDE else 3)
OUTER_COLUMNS: Final = (0,) * (4 if _WIDE else 2)
SINGLE: Final = (0,)


@training_inline
def frame_product(
    out: Any,
    out_at: int,
    w: Any,
    w_at: int,
    w_stride: int,
    x: Any,
    x_at: int,
    count: int,
    size: int,
    lanes: tuple[int, ...],
    units: tuple[int, ...],
) -> None:
    """``out[u] += Σ_j w[j][u]·x[j]`` for one frame, ``size`` units, in blocks and single units."""
    width, block = len(lanes), len(units)
    whole = size - size % block
    for u in range(0, whole, block):
        block_product(out, out_at + u * width, w, w_at + u, w_stride, x, x_at, count, lanes, units)
    for u in range(whole, size):
        block_product(out, out_at + u * width, w, w_at + u, w_stride, x, x_at, count, lanes, SINGLE)


@training_kernel
def sequence_product(
    out: Any,
    out_at: int,
    out_step: int,
    w: Any,
    w_at: int,
    w_stride: int,
    x: Any,
    x_at: int,
    x_step: int,
    frames: int,
    count: int,
    size: int,
    lanes: tuple[int, ...],
    units: tuple[int, ...],
) -> None:
    """:func:`frame_product` of every frame; the steps are in float32 elements a frame."""
    for t in range(frames):
        frame_product(out, out_at + t * out_step, w, w_at, w_stride, x, x_at + t * x_step, count, size, lanes, units)


@training_kernel
def sequence_outer(
    out: Any,
    out_at: int,
    out_stride: int,
    x: Any,
    x_at: int,
    x_step: int,
    d: Any,
    d_at: int,
    d_step: int,
    frames: int,
    rows: int,
    columns: int,
    lanes: tuple[int, ...],
    row_block: tuple[int, ...],
    column_block: tuple[int, ...],
) -> None:
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
                block_outer(
                    out,
                    out_at + a * out_stride + b,
                    out_stride,
                    x,
                    x_from + a * width,
                    x_step,
                    d,
                    d_from + b * width,
                    d_step,
                    count,
                    lanes,
                    row_block,
                    column_block,
                )
            for b in range(whole_columns, columns):
                block_outer(
                    out,
                    out_at + a * out_stride + b,
                    out_stride,
                    x,
                    x_from + a * width,
                    x_step,
                    d,
                    d_from + b * width,
                    d_step,
                    count,
                    lanes,
                    row_block,
                    SINGLE,
                )
        for a in range(whole_rows, rows):
            for b in range(0, whole_columns, column_size):
                block_outer(
                    out,
                    out_at + a * out_stride + b,
                    out_stride,
                    x,
                    x_from + a * width,
                    x_step,
                    d,
                    d_from + b * width,
                    d_step,
                    count,
                    lanes,
                    SINGLE,
                    column_block,
                )
            for b in range(whole_columns, columns):
                block_outer(
                    out,
                    out_at + a * out_stride + b,
                    out_stride,
                    x,
                    x_from + a * width,
                    x_step,
                    d,
                    d_from + b * width,
                    d_step,
                    count,
                    lanes,
                    SINGLE,
                    SINGLE,
                )


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
