"""The 960-point forward FFT, scaled by 1/960: mixed radix 5·3·4·4·4, decimation in time.

Source of the butterflies and of their order of operations: the contract's FFT section; nothing may be
re-associated. Buffers are flat: the real part of point p in lane l is ``y[(2*p)*R + l]``, the imaginary part
``y[(2*p + 1)*R + l]``.

A real signal needs no arithmetic on its zero imaginary parts, and half of each radix-4 butterfly's partners are
conjugates, to the bit: the twiddles of ``m − j`` are those of ``j`` with parts exchanged and signs turned. Not so
where a twiddle is a quarter turn, whose cosine is not quite 0: column m/2, and what comes of it in the next stage.
The radix-3 and radix-5 twiddles have no such symmetry. Only bins that are asked for leave the last stage.
"""

from typing import Any

import numpy as np

from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.vectors import load, splat, store
from rnnoise_py.spec.constants import FFT_SCALE, WINDOW_SIZE
from rnnoise_py.spec.tables import TWIDDLES_IM, TWIDDLES_RE

_ZERO = np.float32(0)
_HALF = np.float32(0.5)
_SCALE = FFT_SCALE
_TWR = TWIDDLES_RE
_TWI = TWIDDLES_IM
_N = WINDOW_SIZE
_QUARTER = WINDOW_SIZE // 4  # inputs of one first-stage butterfly are this far apart
_M5 = WINDOW_SIZE // 5  # points of the transforms that the radix-5 stage joins
_M3 = _M5 // 3
_M4 = _M3 // 4  # 16
_M1 = _M4 // 4  # 4
_E3 = TWIDDLES_IM[WINDOW_SIZE // 3]
_YA_RE = TWIDDLES_RE[WINDOW_SIZE // 5]
_YA_IM = TWIDDLES_IM[WINDOW_SIZE // 5]
_YB_RE = TWIDDLES_RE[2 * WINDOW_SIZE // 5]
_YB_IM = TWIDDLES_IM[2 * WINDOW_SIZE // 5]
_MIRRORED = np.array([1, 3, 4, 5, 7])  # columns of 64 points whose results are the conjugates of 16 − j's
_OWN = np.array([2, 6, 10, 14])  # columns that come of a quarter turn and have no mirror image


@inline_kernel
def _turned(re: Any, im: Any, k: Any) -> Any:
    """Product of a point with twiddle ``k``: real and imaginary part."""
    return re * _TWR[k] - im * _TWI[k], re * _TWI[k] + im * _TWR[k]


@inline_kernel
def _twiddled(y: Any, place: Any, k: Any, lanes: Any) -> Any:
    """Product of the point at ``place`` with twiddle ``k``."""
    return _turned(load(y, place, lanes), load(y, place + len(lanes), lanes), k)


@inline_kernel
def _butterfly4(y: Any, r0: Any, m: Any, j: Any, lanes: Any) -> Any:
    """Sums and differences of the radix-4 butterfly ``j`` on points 0, m, 2m and 3m after ``r0``."""
    R = len(lanes)
    k = j * (_N // (4 * m))
    a_re, a_im = _twiddled(y, r0 + 2 * m * R, k, lanes)
    b_re, b_im = _twiddled(y, r0 + 4 * m * R, 2 * k, lanes)
    c_re, c_im = _twiddled(y, r0 + 6 * m * R, 3 * k, lanes)
    f_re, f_im = load(y, r0, lanes), load(y, r0 + R, lanes)
    return (f_re + b_re, f_im + b_im, f_re - b_re, f_im - b_im, a_re + c_re, a_im + c_im, a_re - c_re, a_im - c_im)


@inline_kernel
def _store4(
    y: Any,
    r0: Any,
    m: Any,
    t_re: Any,
    t_im: Any,
    s5_re: Any,
    s5_im: Any,
    s3_re: Any,
    s3_im: Any,
    s4_re: Any,
    s4_im: Any,
    lanes: Any,
) -> None:
    """Join what :func:`_butterfly4` returns to the butterfly's four points, where its inputs were."""
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
def _store_mirrored4(
    y: Any,
    r0: Any,
    m: Any,
    t_re: Any,
    t_im: Any,
    s5_re: Any,
    s5_im: Any,
    s3_re: Any,
    s3_im: Any,
    s4_re: Any,
    s4_im: Any,
    lanes: Any,
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
def _radix4(y: Any, lanes: Any, first: Any, groups: Any, m: Any) -> None:
    """The radix-4 stage with twiddles on ``groups`` groups of 4·m points from point ``first``, in place."""
    for group in range(groups):
        for j in range(m):
            r0 = 2 * (first + group * 4 * m + j) * len(lanes)
            t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im = _butterfly4(y, r0, m, j, lanes)
            _store4(y, r0, m, t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im, lanes)


@inline_kernel
def _radix3(y: Any, lanes: Any, first: Any) -> None:
    """The radix-3 stage on the 192 points from ``first``, in place."""
    R = len(lanes)
    for j in range(_M3):
        r0 = 2 * (first + j) * R
        r1 = r0 + 2 * _M3 * R
        r2 = r0 + 4 * _M3 * R
        a_re, a_im = _twiddled(y, r1, 5 * j, lanes)
        b_re, b_im = _twiddled(y, r2, 10 * j, lanes)
        f_re, f_im = load(y, r0, lanes), load(y, r0 + R, lanes)
        s3_re = a_re + b_re
        s3_im = a_im + b_im
        s0_re = (a_re - b_re) * _E3
        s0_im = (a_im - b_im) * _E3
        u_re = f_re - s3_re * _HALF
        u_im = f_im - s3_im * _HALF
        store(y, r0, f_re + s3_re)
        store(y, r0 + R, f_im + s3_im)
        store(y, r1, u_re - s0_im)
        store(y, r1 + R, u_im + s0_re)
        store(y, r2, u_re + s0_im)
        store(y, r2 + R, u_im - s0_re)


@inline_kernel
def _radix5(y: Any, lanes: Any, first: Any, last: Any, outputs: Any) -> None:
    """The radix-5 stage for butterflies first … last-1, in place; only the first 1 … 3 ``outputs`` of each."""
    R = len(lanes)
    for j in range(first, last):
        r0 = 2 * j * R
        r1 = r0 + 2 * _M5 * R
        r2 = r0 + 4 * _M5 * R
        s1_re, s1_im = _twiddled(y, r1, j, lanes)
        s2_re, s2_im = _twiddled(y, r2, 2 * j, lanes)
        s3_re, s3_im = _twiddled(y, r0 + 6 * _M5 * R, 3 * j, lanes)
        s4_re, s4_im = _twiddled(y, r0 + 8 * _M5 * R, 4 * j, lanes)
        s0_re, s0_im = load(y, r0, lanes), load(y, r0 + R, lanes)
        s7_re = s1_re + s4_re
        s7_im = s1_im + s4_im
        s8_re = s2_re + s3_re
        s8_im = s2_im + s3_im
        store(y, r0, s0_re + (s7_re + s8_re))
        store(y, r0 + R, s0_im + (s7_im + s8_im))
        if outputs > 1:
            s10_re = s1_re - s4_re
            s10_im = s1_im - s4_im
            s9_re = s2_re - s3_re
            s9_im = s2_im - s3_im
            s5_re = s0_re + (s7_re * _YA_RE + s8_re * _YB_RE)
            s5_im = s0_im + (s7_im * _YA_RE + s8_im * _YB_RE)
            store(y, r1, s5_re - (s10_im * _YA_IM + s9_im * _YB_IM))
            store(y, r1 + R, s5_im + (s10_re * _YA_IM + s9_re * _YB_IM))
        if outputs > 2:
            s11_re = s0_re + (s7_re * _YB_RE + s8_re * _YA_RE)
            s11_im = s0_im + (s7_im * _YB_RE + s8_im * _YA_RE)
            store(y, r2, s11_re + (s9_im * _YA_IM - s10_im * _YB_IM))
            store(y, r2 + R, s11_im + (s10_re * _YB_IM - s9_re * _YA_IM))


@inline_kernel
def _real4(x: Any, source: Any, lanes: Any) -> Any:
    """Scale four real inputs and do the radix-4 stage without twiddles: points 0, 1 (two parts) and 2."""
    R = len(lanes)
    f0 = load(x, source, lanes) * _SCALE
    f1 = load(x, source + _QUARTER * R, lanes) * _SCALE
    f2 = load(x, source + 2 * _QUARTER * R, lanes) * _SCALE
    f3 = load(x, source + 3 * _QUARTER * R, lanes) * _SCALE
    t = f0 + f2
    s1 = f1 + f3
    return t + s1, f0 - f2, f3 - f1, t - s1


@inline_kernel
def _store_real(y: Any, r0: Any, m: Any, f0: Any, f1: Any, f2: Any, f3: Any, lanes: Any) -> None:
    """The butterfly of column 0: its twiddles are 1 and all its inputs real; the last result is conjugate."""
    R = len(lanes)
    t = f0 + f2
    s3 = f1 + f3
    store(y, r0, t + s3)
    store(y, r0 + R, splat(_ZERO, lanes))
    store(y, r0 + 2 * m * R, f0 - f2)
    store(y, r0 + 2 * m * R + R, f3 - f1)
    store(y, r0 + 4 * m * R, t - s3)
    store(y, r0 + 4 * m * R + R, splat(_ZERO, lanes))


@inline_kernel
def _store_half(y: Any, r0: Any, m: Any, f0: Any, f1: Any, f2: Any, f3: Any, lanes: Any) -> None:
    """The butterfly of column m/2, whose inputs are real as well."""
    k = m // 2 * (_N // (4 * m))
    a_re, a_im = f1 * _TWR[k], f1 * _TWI[k]
    b_re, b_im = f2 * _TWR[2 * k], f2 * _TWI[2 * k]
    c_re, c_im = f3 * _TWR[3 * k], f3 * _TWI[3 * k]
    _store4(y, r0, m, f0 + b_re, b_im, f0 - b_re, -b_im, a_re + c_re, a_im + c_im, a_re - c_re, a_im - c_im, lanes)


@inline_kernel
def _real16(y: Any, x: Any, source: Any, r0: Any, lanes: Any) -> None:
    """Two stages on 16 real inputs; of the results, what the columns of 64 points read: 0 … 8, 10 and 14."""
    R = len(lanes)
    p0, p1_re, p1_im, p2 = _real4(x, source, lanes)
    q0, q1_re, q1_im, q2 = _real4(x, source + 60 * R, lanes)
    u0, u1_re, u1_im, u2 = _real4(x, source + 120 * R, lanes)
    v0, v1_re, v1_im, v2 = _real4(x, source + 180 * R, lanes)
    _store_real(y, r0, _M1, p0, q0, u0, v0, lanes)
    _store_half(y, r0 + 4 * R, _M1, p2, q2, u2, v2, lanes)
    k = _N // (4 * _M1)
    a_re, a_im = _turned(q1_re, q1_im, k)
    b_re, b_im = _turned(u1_re, u1_im, 2 * k)
    c_re, c_im = _turned(v1_re, v1_im, 3 * k)
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
def _real64(y: Any, x: Any, lanes: Any, n0: Any, n1: Any) -> None:
    """Permute, and do the three radix-4 stages on 64 of the real inputs."""
    R = len(lanes)
    first = _M5 * n0 + _M3 * n1
    for n2 in range(4):
        _real16(y, x, (n0 + 5 * n1 + 15 * n2) * R, 2 * (first + _M4 * n2) * R, lanes)
    r0 = 2 * first * R
    step = 2 * _M4 * R
    f0, f1 = load(y, r0, lanes), load(y, r0 + step, lanes)
    f2, f3 = load(y, r0 + 2 * step, lanes), load(y, r0 + 3 * step, lanes)
    _store_real(y, r0, _M4, f0, f1, f2, f3, lanes)
    store(y, r0 + 3 * step, f0 - f2)
    store(y, r0 + 3 * step + R, f1 - f3)
    half = r0 + _M4 * R
    f0, f1 = load(y, half, lanes), load(y, half + step, lanes)
    f2, f3 = load(y, half + 2 * step, lanes), load(y, half + 3 * step, lanes)
    _store_half(y, half, _M4, f0, f1, f2, f3, lanes)
    for j in _OWN:
        own = r0 + 2 * j * R
        t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im = _butterfly4(y, own, _M4, j, lanes)
        _store4(y, own, _M4, t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im, lanes)
    for j in _MIRRORED:
        own = r0 + 2 * j * R
        mirror = r0 + 2 * (_M4 - j) * R
        t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im = _butterfly4(y, own, _M4, j, lanes)
        _store4(y, own, _M4, t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im, lanes)
        _store_mirrored4(y, mirror, _M4, t_re, t_im, s5_re, s5_im, s3_re, s3_im, s4_re, s4_im, lanes)


@kernel
def fft_real(x: Any, y: Any, bins: Any, lanes: Any) -> None:
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
        _radix3(y, lanes, _M5 * n0)
    three = max(0, bins - 2 * _M5)  # so many butterflies have three bins among those wanted
    two = min(_M5, max(0, bins - _M5))
    _radix5(y, lanes, 0, three, 3)
    _radix5(y, lanes, three, two, 2)
    _radix5(y, lanes, two, min(_M5, bins), 1)
