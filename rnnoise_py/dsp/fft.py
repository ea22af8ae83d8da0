"""The 960-point forward FFT of real signals, scaled by 1/960: mixed radix 5·3·4·4·4, decimation in time.

Source: contract/features §5; the butterflies are in :mod:`.butterflies`, the layout of buffers too.

A real signal needs no arithmetic on its zero imaginary parts, and half of each radix-4 butterfly's partners are
conjugates, to the bit: the twiddles of ``m − j`` are those of ``j`` with parts exchanged and signs turned. Not so
where a twiddle is a quarter turn, whose cosine is not quite 0: column m/2, and what comes of it in the next stage.
The radix-3 and radix-5 twiddles have no such symmetry. Only bins that are asked for leave the last stage.
"""

import numpy as np

from rnnoise_py.dsp.butterflies import (
    QUARTER,
    SPAN_3,
    SPAN_4A,
    SPAN_4B,
    SPAN_5,
    YA_IM,
    YA_RE,
    YB_IM,
    YB_RE,
    butterfly4,
    radix3,
    store4,
    turned,
    twiddled,
)
from rnnoise_py.dsp.numerals import ZERO
from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.types import Float32Array, Lanes, Vector
from rnnoise_py.lanes.vectors import load, splat, store
from rnnoise_py.spec.constants import FFT_SCALE, WINDOW_SIZE
from rnnoise_py.spec.tables import TWIDDLES_IM, TWIDDLES_RE

#: columns of 64 points: first those that come of a quarter turn and have no mirror image, then those whose results are
#: the conjugates of column 16 − j's
_COLUMNS = np.array([2, 6, 10, 14, 1, 3, 4, 5, 7])
_UNPAIRED = 4  # of the first kind


@inline_kernel
def _store_mirrored4(
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
    """The conjugates of the four points, in reverse order: what the butterfly of the mirrored column makes."""
    R = len(lanes)
    store(y, r0, s5_re - s4_im)
    store(y, r0 + R, -(s5_im + s4_re))
    store(y, r0 + 2 * m * R, t_re - s3_re)
    store(y, r0 + 2 * m * R + R, s3_im - t_im)
    store(y, r0 + 4 * m * R, s5_re + s4_im)
    store(y, r0 + 4 * m * R + R, s4_re - s5_im)
    store(y, r0 + 6 * m * R, t_re + s3_re)
    store(y, r0 + 6 * m * R + R, -(t_im + s3_im))


@inline_kernel
def _real4(x: Float32Array, source: int, lanes: Lanes) -> tuple[Vector, Vector, Vector, Vector]:
    """Scale four real inputs and do the radix-4 stage without twiddles: points 0, 1 (two parts) and 2."""
    R = len(lanes)
    f0 = load(x, source, lanes) * FFT_SCALE
    f1 = load(x, source + QUARTER * R, lanes) * FFT_SCALE
    f2 = load(x, source + 2 * QUARTER * R, lanes) * FFT_SCALE
    f3 = load(x, source + 3 * QUARTER * R, lanes) * FFT_SCALE
    t = f0 + f2
    s1 = f1 + f3
    return t + s1, f0 - f2, f3 - f1, t - s1


@inline_kernel
def _store_real(y: Float32Array, r0: int, m: int, f0: Vector, f1: Vector, f2: Vector, f3: Vector, lanes: Lanes) -> None:
    """The butterfly of column 0: its twiddles are 1 and all its inputs real; the last result is conjugate."""
    R = len(lanes)
    t = f0 + f2
    s3 = f1 + f3
    store(y, r0, t + s3)
    store(y, r0 + R, splat(ZERO, lanes))
    store(y, r0 + 2 * m * R, f0 - f2)
    store(y, r0 + 2 * m * R + R, f3 - f1)
    store(y, r0 + 4 * m * R, t - s3)
    store(y, r0 + 4 * m * R + R, splat(ZERO, lanes))


@inline_kernel
def _store_half(y: Float32Array, r0: int, m: int, f0: Vector, f1: Vector, f2: Vector, f3: Vector, lanes: Lanes) -> None:
    """The butterfly of column m/2, whose inputs are real as well."""
    k = m // 2 * (WINDOW_SIZE // (4 * m))
    a_re, a_im = f1 * TWIDDLES_RE[k], f1 * TWIDDLES_IM[k]
    b_re, b_im = f2 * TWIDDLES_RE[2 * k], f2 * TWIDDLES_IM[2 * k]
    c_re, c_im = f3 * TWIDDLES_RE[3 * k], f3 * TWIDDLES_IM[3 * k]
    store4(y, r0, m, f0 + b_re, b_im, f0 - b_re, -b_im, a_re + c_re, a_im + c_im, a_re - c_re, a_im - c_im, lanes)


@inline_kernel
def _real16(y: Float32Array, x: Float32Array, source: int, r0: int, lanes: Lanes) -> None:
    """Two stages on 16 real inputs; of the results, what the columns of 64 points read: 0 … 8, 10 and 14."""
    R = len(lanes)
    p0, p1_re, p1_im, p2 = _real4(x, source, lanes)
    q0, q1_re, q1_im, q2 = _real4(x, source + 60 * R, lanes)
    u0, u1_re, u1_im, u2 = _real4(x, source + 120 * R, lanes)
    v0, v1_re, v1_im, v2 = _real4(x, source + 180 * R, lanes)
    _store_real(y, r0, SPAN_4A, p0, q0, u0, v0, lanes)
    _store_half(y, r0 + 4 * R, SPAN_4A, p2, q2, u2, v2, lanes)
    k = WINDOW_SIZE // (4 * SPAN_4A)
    a_re, a_im = turned(q1_re, q1_im, k)
    b_re, b_im = turned(u1_re, u1_im, 2 * k)
    c_re, c_im = turned(v1_re, v1_im, 3 * k)
    t_re, t_im = p1_re + b_re, p1_im + b_im
    s5_re, s5_im = p1_re - b_re, p1_im - b_im
    s3_re, s3_im = a_re + c_re, a_im + c_im
    s4_re, s4_im = a_re - c_re, a_im - c_im
    store(y, r0 + 2 * R, t_re + s3_re)
    store(y, r0 + 3 * R, t_im + s3_im)
    store(y, r0 + 10 * R, s5_re + s4_im)
    store(y, r0 + 11 * R, s5_im - s4_re)
    store(y, r0 + 14 * R, t_re - s3_re)  # point 7: the conjugate of 9
    store(y, r0 + 15 * R, s3_im - t_im)
    store(y, r0 + 6 * R, s5_re - s4_im)  # point 3: the conjugate of 13
    store(y, r0 + 7 * R, -(s5_im + s4_re))


@inline_kernel
def _real64(y: Float32Array, x: Float32Array, lanes: Lanes, n0: int, n1: int) -> None:
    """Permute, and do the three radix-4 stages on 64 of the real inputs."""
    R = len(lanes)
    first = SPAN_5 * n0 + SPAN_3 * n1
    for n2 in range(4):
        _real16(y, x, (n0 + 5 * n1 + 15 * n2) * R, 2 * (first + SPAN_4B * n2) * R, lanes)
    r0 = 2 * first * R
    step = 2 * SPAN_4B * R
    f0, f1 = load(y, r0, lanes), load(y, r0 + step, lanes)
    f2, f3 = load(y, r0 + 2 * step, lanes), load(y, r0 + 3 * step, lanes)
    _store_real(y, r0, SPAN_4B, f0, f1, f2, f3, lanes)
    store(y, r0 + 3 * step, f0 - f2)
    store(y, r0 + 3 * step + R, f1 - f3)
    half = r0 + SPAN_4B * R
    f0, f1 = load(y, half, lanes), load(y, half + step, lanes)
    f2, f3 = load(y, half + 2 * step, lanes), load(y, half + 3 * step, lanes)
    _store_half(y, half, SPAN_4B, f0, f1, f2, f3, lanes)
    for i in range(len(_COLUMNS)):
        j = _COLUMNS[i]
        column = r0 + 2 * j * R
        t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im = butterfly4(y, column, SPAN_4B, j, lanes)
        store4(y, column, SPAN_4B, t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im, lanes)
        if i >= _UNPAIRED:
            mirror = r0 + 2 * (SPAN_4B - j) * R
            _store_mirrored4(y, mirror, SPAN_4B, t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im, lanes)


@inline_kernel
def _radix5(y: Float32Array, lanes: Lanes, one: int, two: int, three: int) -> None:
    """The radix-5 stage in place: three outputs of the first ``three`` butterflies, two up to ``two``, then one."""
    R = len(lanes)
    for j in range(one):
        r0 = 2 * j * R
        r1 = r0 + 2 * SPAN_5 * R
        r2 = r0 + 4 * SPAN_5 * R
        s1_re, s1_im = twiddled(y, r1, j, lanes)
        s2_re, s2_im = twiddled(y, r2, 2 * j, lanes)
        s3_re, s3_im = twiddled(y, r0 + 6 * SPAN_5 * R, 3 * j, lanes)
        s4_re, s4_im = twiddled(y, r0 + 8 * SPAN_5 * R, 4 * j, lanes)
        s0_re, s0_im = load(y, r0, lanes), load(y, r0 + R, lanes)
        s7_re = s1_re + s4_re
        s7_im = s1_im + s4_im
        s8_re = s2_re + s3_re
        s8_im = s2_im + s3_im
        store(y, r0, s0_re + (s7_re + s8_re))
        store(y, r0 + R, s0_im + (s7_im + s8_im))
        if j < two:
            s10_re = s1_re - s4_re
            s10_im = s1_im - s4_im
            s9_re = s2_re - s3_re
            s9_im = s2_im - s3_im
            s5_re = s0_re + (s7_re * YA_RE + s8_re * YB_RE)
            s5_im = s0_im + (s7_im * YA_RE + s8_im * YB_RE)
            store(y, r1, s5_re - (s10_im * YA_IM + s9_im * YB_IM))
            store(y, r1 + R, s5_im + (s10_re * YA_IM + s9_re * YB_IM))
        if j < three:
            s11_re = s0_re + (s7_re * YB_RE + s8_re * YA_RE)
            s11_im = s0_im + (s7_im * YB_RE + s8_im * YA_RE)
            store(y, r2, s11_re + (s9_im * YA_IM - s10_im * YB_IM))
            store(y, r2 + R, s11_im + (s10_re * YB_IM - s9_re * YA_IM))


@kernel
def fft_real(x: Float32Array, y: Float32Array, bins: int, lanes: Lanes) -> None:
    """Transform R real signals.

    Parameters
    ----------
    x
        float32 (960·R,), samples in lane order.
    y
        float32 (2·960·R,), overwritten: points in lane order, real and imaginary rows alternating. Only the
        first ``bins`` are meaningful.
    bins
        Number of bins wanted, at most 481.
    lanes
        Tuple of R zeros.
    """
    for n0 in range(5):  # depth first: 64 points of 16 lanes stay in the first-level cache
        for n1 in range(3):
            _real64(y, x, lanes, n0, n1)
        radix3(y, lanes, SPAN_5 * n0)
    three = max(0, bins - 2 * SPAN_5)  # so many butterflies have three bins among those wanted
    two = min(SPAN_5, max(0, bins - SPAN_5))
    _radix5(y, lanes, min(SPAN_5, bins), two, three)
