"""The butterflies of the 960-point FFT, for :mod:`.fft` and :mod:`.synthesis`.

Source of their order of operations: contract/features §5; nothing may be re-associated. Buffers are flat: the real
part of point p in lane l is ``y[(2*p)*R + l]``, the imaginary part ``y[(2*p + 1)*R + l]``; ``r0`` is where the
real part of a butterfly's first point begins.
"""

from typing import Final, TypeAlias

from rnnoise_py.dsp.numerals import HALF
from rnnoise_py.lanes.jit import inline_kernel
from rnnoise_py.lanes.types import Float32Array, Lanes, Vector
from rnnoise_py.lanes.vectors import load, store
from rnnoise_py.spec.constants import WINDOW_SIZE
from rnnoise_py.spec.tables import TWIDDLES_IM, TWIDDLES_RE

# How far apart the points of a butterfly are, by stage: the contract's m.
SPAN_5: Final = WINDOW_SIZE // 5  # 192
SPAN_3: Final = SPAN_5 // 3  # 64
SPAN_4B: Final = SPAN_3 // 4  # 16, of the second radix-4 stage with twiddles
SPAN_4A: Final = SPAN_4B // 4  # 4, of the first
QUARTER: Final = WINDOW_SIZE // 4  # inputs of a butterfly of the stage without twiddles are this far apart in time

THIRD_TURN_IM: Final = TWIDDLES_IM[WINDOW_SIZE // 3]
YA_RE: Final = TWIDDLES_RE[WINDOW_SIZE // 5]  # a fifth of a turn
YA_IM: Final = TWIDDLES_IM[WINDOW_SIZE // 5]
YB_RE: Final = TWIDDLES_RE[2 * WINDOW_SIZE // 5]
YB_IM: Final = TWIDDLES_IM[2 * WINDOW_SIZE // 5]

#: of a radix-4 butterfly: t, s5, s3, s4 of the contract, real and imaginary part of each
Sums: TypeAlias = tuple[Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector]


@inline_kernel
def turned(re: Vector, im: Vector, k: int) -> tuple[Vector, Vector]:
    """Product of a point with twiddle ``k``: real and imaginary part."""
    return re * TWIDDLES_RE[k] - im * TWIDDLES_IM[k], re * TWIDDLES_IM[k] + im * TWIDDLES_RE[k]


@inline_kernel
def twiddled(y: Float32Array, place: int, k: int, lanes: Lanes) -> tuple[Vector, Vector]:
    """Product of the point at ``place`` with twiddle ``k``."""
    return turned(load(y, place, lanes), load(y, place + len(lanes), lanes), k)


@inline_kernel
def butterfly4(y: Float32Array, r0: int, m: int, j: int, lanes: Lanes) -> Sums:
    """Sums and differences of the radix-4 butterfly ``j`` on points 0, m, 2m and 3m after ``r0``."""
    R = len(lanes)
    k = j * (WINDOW_SIZE // (4 * m))
    a_re, a_im = twiddled(y, r0 + 2 * m * R, k, lanes)
    b_re, b_im = twiddled(y, r0 + 4 * m * R, 2 * k, lanes)
    c_re, c_im = twiddled(y, r0 + 6 * m * R, 3 * k, lanes)
    f_re, f_im = load(y, r0, lanes), load(y, r0 + R, lanes)
    return (f_re + b_re, f_im + b_im, f_re - b_re, f_im - b_im, a_re + c_re, a_im + c_im, a_re - c_re, a_im - c_im)


@inline_kernel
def store4(
    y: Float32Array,
    r0: int,
    m: int,
    t_re: Vector,
    t_im: Vector,
    s5_re: Vector,
    s5_im: Vector,
    s3_re: Vector,
    s3_im: Vector,
    s4_re: Vector,
    s4_im: Vector,
    lanes: Lanes,
) -> None:
    """Join what :func:`butterfly4` returns to the butterfly's four points, where its inputs were."""
    R = len(lanes)
    store(y, r0, t_re + s3_re)
    store(y, r0 + R, t_im + s3_im)
    store(y, r0 + 2 * m * R, s5_re + s4_im)
    store(y, r0 + 2 * m * R + R, s5_im - s4_re)
    store(y, r0 + 4 * m * R, t_re - s3_re)
    store(y, r0 + 4 * m * R + R, t_im - s3_im)
    store(y, r0 + 6 * m * R, s5_re - s4_im)
    store(y, r0 + 6 * m * R + R, s5_im + s4_re)


@inline_kernel
def radix4(y: Float32Array, lanes: Lanes, first: int, groups: int, m: int) -> None:
    """The radix-4 stage with twiddles on ``groups`` groups of 4·m points from point ``first``, in place."""
    for group in range(groups):
        for j in range(m):
            r0 = 2 * (first + group * 4 * m + j) * len(lanes)
            t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im = butterfly4(y, r0, m, j, lanes)
            store4(y, r0, m, t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im, lanes)


@inline_kernel
def radix3(y: Float32Array, lanes: Lanes, first: int) -> None:
    """The radix-3 stage on the 192 points from ``first``, in place."""
    R = len(lanes)
    for j in range(SPAN_3):
        r0 = 2 * (first + j) * R
        r1 = r0 + 2 * SPAN_3 * R
        r2 = r0 + 4 * SPAN_3 * R
        a_re, a_im = twiddled(y, r1, 5 * j, lanes)
        b_re, b_im = twiddled(y, r2, 10 * j, lanes)
        f_re, f_im = load(y, r0, lanes), load(y, r0 + R, lanes)
        s3_re = a_re + b_re
        s3_im = a_im + b_im
        s0_re = (a_re - b_re) * THIRD_TURN_IM
        s0_im = (a_im - b_im) * THIRD_TURN_IM
        u_re = f_re - s3_re * HALF
        u_im = f_im - s3_im * HALF
        store(y, r0, f_re + s3_re)
        store(y, r0 + R, f_im + s3_im)
        store(y, r1, u_re - s0_im)
        store(y, r1 + R, u_im + s0_re)
        store(y, r2, u_re + s0_im)
        store(y, r2 + R, u_im - s0_re)
