"""Matrix products over lanes: the three loops in which training spends its time.

A lane is one window of the batch. Arrays are flat, float32, ``[time][unit][lane]``: element
``(t*units + u)*R + lane``. Sixteen lanes fill one AVX-512 register (or two of AVX2), so a weight is
broadcast against one frame of sixteen windows and a block of accumulators stays in registers:
measured 110–130 GFLOP/s on one AVX-512 core, where BLAS gets 98 on the same shapes. Plain loops over lanes
do not reach this because numba keeps their accumulators in memory. Multiply-adds may be fused: training
has no bit contract with other programs, only with itself on one machine.
"""

from typing import Any, Final

import llvmlite.binding
import numpy as np

from rnnoise_py.lanes.blocks import add_products, add_scaled, add_totals, load_block, store_block, zero_block
from rnnoise_py.lanes.jit import inline_training_kernel, training_kernel, training_part
from rnnoise_py.lanes.vectors import load

MAIN_LANES: Final = 16  #: windows worked on side by side
SMALL_LANES: Final = 4  #: the same for the few windows of a last, small batch
OUTER_FRAMES: Final = 32  #: frames of one pass of a weight gradient: they stay in the cache

_WIDE: Final = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))  # 32 vector registers
UNITS: Final = (0,) * (12 if _WIDE else 6)  #: accumulators of a product; the *length* is the block size
OUTER_ROWS: Final = (0,) * (6 if _WIDE else 3)
OUTER_COLUMNS: Final = (0,) * (4 if _WIDE else 2)
SINGLE: Final = (0,)
START: Final[Any] = np.int64(0)  #: no bare 0, for which numba would compile a kernel of its own


@inline_training_kernel
def _block_product(
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
    """``out[u] += Σ_j w[j][u]·x[j]`` for one frame and a block of units."""
    width = len(lanes)
    sums = load_block(out, out_at, width, lanes, units)
    for j in range(count):
        sums = add_scaled(sums, w, w_at + j * w_stride, load(x, x_at + j * width, lanes))
    store_block(out, out_at, width, sums)


@training_part
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
        _block_product(out, out_at + u * width, w, w_at + u, w_stride, x, x_at, count, lanes, units)
    for u in range(whole, size):
        _block_product(out, out_at + u * width, w, w_at + u, w_stride, x, x_at, count, lanes, SINGLE)


@inline_training_kernel
def _block_outer(
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
    """``out[a][b] += Σ_t Σ_lane x[t][a]·d[t][b]`` for a block of rows and columns."""
    width = len(lanes)
    sums = zero_block(lanes, rows, columns)
    for t in range(count):
        left = load_block(x, x_at + t * x_step, width, lanes, rows)
        sums = add_products(sums, left, load_block(d, d_at + t * d_step, width, lanes, columns))
    add_totals(out, out_at, out_stride, sums, columns)


@inline_training_kernel
def _rows_outer(
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
    columns: int,
    lanes: tuple[int, ...],
    rows: tuple[int, ...],
    column_block: tuple[int, ...],
) -> None:
    """:func:`_block_outer` of a block of rows and all columns, in blocks and single columns."""
    width, block = len(lanes), len(column_block)
    whole = columns - columns % block
    for b in range(0, whole, block):
        at = d_at + b * width
        _block_outer(out, out_at + b, out_stride, x, x_at, x_step, d, at, d_step, count, lanes, rows, column_block)
    for b in range(whole, columns):
        at = d_at + b * width
        _block_outer(out, out_at + b, out_stride, x, x_at, x_step, d, at, d_step, count, lanes, rows, SINGLE)


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
    """``out[a][b] += Σ_t Σ_lane x[t][a]·d[t][b]``: the gradient of a weight matrix.

    ``out`` is a matrix whose rows are ``out_stride`` apart; the steps are in elements a frame.
    """
    width, block = len(lanes), len(row_block)
    whole = rows - rows % block
    for start in range(0, frames, OUTER_FRAMES):
        count = OUTER_FRAMES if frames - start > OUTER_FRAMES else frames - start
        from_x, from_d = x_at + start * x_step, d_at + start * d_step
        for a in range(0, whole, block):
            row, at = out_at + a * out_stride, from_x + a * width
            _rows_outer(
                out, row, out_stride, x, at, x_step, d, from_d, d_step, count, columns, lanes, row_block, column_block
            )
        for a in range(whole, rows):
            row, at = out_at + a * out_stride, from_x + a * width
            _rows_outer(
                out, row, out_stride, x, at, x_step, d, from_d, d_step, count, columns, lanes, SINGLE, column_block
            )
