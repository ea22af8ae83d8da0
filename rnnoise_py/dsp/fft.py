"""The 960-point forward FFT, scaled by 1/960: mixed radix 5·3·4·4·4, decimation in time.

Source of the butterflies and of their order of operations: the contract's FFT section; nothing may be
re-associated. Buffers are flat: the real part of point p in lane l is ``y[(2*p)*R + l]``, the imaginary part
``y[(2*p + 1)*R + l]``. One buffer and strides that are known when the kernel is compiled let LLVM see that
the butterflies do not overlap, so the loops over lanes become vector code.

A real signal needs no arithmetic on its zero imaginary parts, and only bins 0 … 480 of the last stage.
"""

from typing import Any

import numpy as np

from rnnoise_py.constants import FFT_SCALE, FREQ_SIZE, WINDOW_SIZE
from rnnoise_py.dsp.jit import inline_kernel, kernel
from rnnoise_py.tables import TWIDDLES_IM, TWIDDLES_RE

_ZERO = np.float32(0)
_HALF = np.float32(0.5)
_SCALE = FFT_SCALE
_TWR = TWIDDLES_RE
_TWI = TWIDDLES_IM
_N = WINDOW_SIZE
_BINS = FREQ_SIZE
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


@inline_kernel
def _radix4(y: Any, lanes: Any, first: Any, groups: Any, m: Any) -> None:
    """The radix-4 stage with twiddles on ``groups`` groups of 4·m points from point ``first``, in place."""
    R = len(lanes)
    stride = _N // (4 * m)
    for group in range(groups):
        for j in range(m):
            ar, ai = _TWR[j * stride], _TWI[j * stride]
            br, bi = _TWR[2 * j * stride], _TWI[2 * j * stride]
            cr, ci = _TWR[3 * j * stride], _TWI[3 * j * stride]
            base = 2 * (first + group * 4 * m + j) * R
            for lane in range(R):
                r0 = base + lane
                r1 = r0 + 2 * m * R
                r2 = r0 + 4 * m * R
                r3 = r0 + 6 * m * R
                a_re = y[r1] * ar - y[r1 + R] * ai
                a_im = y[r1] * ai + y[r1 + R] * ar
                b_re = y[r2] * br - y[r2 + R] * bi
                b_im = y[r2] * bi + y[r2 + R] * br
                c_re = y[r3] * cr - y[r3 + R] * ci
                c_im = y[r3] * ci + y[r3 + R] * cr
                s5_re = y[r0] - b_re
                s5_im = y[r0 + R] - b_im
                t_re = y[r0] + b_re
                t_im = y[r0 + R] + b_im
                s3_re = a_re + c_re
                s3_im = a_im + c_im
                s4_re = a_re - c_re
                s4_im = a_im - c_im
                y[r2] = t_re - s3_re
                y[r2 + R] = t_im - s3_im
                y[r0] = t_re + s3_re
                y[r0 + R] = t_im + s3_im
                y[r1] = s5_re + s4_im
                y[r1 + R] = s5_im - s4_re
                y[r3] = s5_re - s4_im
                y[r3 + R] = s5_im + s4_re


@inline_kernel
def _radix3(y: Any, lanes: Any, first: Any) -> None:
    """The radix-3 stage on the 192 points from ``first``, in place."""
    R = len(lanes)
    for j in range(_M3):
        ar, ai = _TWR[5 * j], _TWI[5 * j]
        br, bi = _TWR[10 * j], _TWI[10 * j]
        base = 2 * (first + j) * R
        for lane in range(R):
            r0 = base + lane
            r1 = r0 + 2 * _M3 * R
            r2 = r0 + 4 * _M3 * R
            a_re = y[r1] * ar - y[r1 + R] * ai
            a_im = y[r1] * ai + y[r1 + R] * ar
            b_re = y[r2] * br - y[r2 + R] * bi
            b_im = y[r2] * bi + y[r2 + R] * br
            s3_re = a_re + b_re
            s3_im = a_im + b_im
            s0_re = (a_re - b_re) * _E3
            s0_im = (a_im - b_im) * _E3
            u_re = y[r0] - s3_re * _HALF
            u_im = y[r0 + R] - s3_im * _HALF
            y[r0] = y[r0] + s3_re
            y[r0 + R] = y[r0 + R] + s3_im
            y[r2] = u_re + s0_im
            y[r2 + R] = u_im - s0_re
            y[r1] = u_re - s0_im
            y[r1 + R] = u_im + s0_re


@inline_kernel
def _radix5(y: Any, lanes: Any, first: Any, last: Any, outputs: Any) -> None:
    """The radix-5 stage for butterflies first … last-1, in place; only the first ``outputs`` of each."""
    R = len(lanes)
    for j in range(first, last):
        t1r, t1i = _TWR[j], _TWI[j]
        t2r, t2i = _TWR[2 * j], _TWI[2 * j]
        t3r, t3i = _TWR[3 * j], _TWI[3 * j]
        t4r, t4i = _TWR[4 * j], _TWI[4 * j]
        base = 2 * j * R
        for lane in range(R):
            r0 = base + lane
            r1 = r0 + 2 * _M5 * R
            r2 = r0 + 4 * _M5 * R
            r3 = r0 + 6 * _M5 * R
            r4 = r0 + 8 * _M5 * R
            s0_re = y[r0]
            s0_im = y[r0 + R]
            s1_re = y[r1] * t1r - y[r1 + R] * t1i
            s1_im = y[r1] * t1i + y[r1 + R] * t1r
            s2_re = y[r2] * t2r - y[r2 + R] * t2i
            s2_im = y[r2] * t2i + y[r2 + R] * t2r
            s3_re = y[r3] * t3r - y[r3 + R] * t3i
            s3_im = y[r3] * t3i + y[r3 + R] * t3r
            s4_re = y[r4] * t4r - y[r4 + R] * t4i
            s4_im = y[r4] * t4i + y[r4 + R] * t4r
            s7_re = s1_re + s4_re
            s7_im = s1_im + s4_im
            s10_re = s1_re - s4_re
            s10_im = s1_im - s4_im
            s8_re = s2_re + s3_re
            s8_im = s2_im + s3_im
            s9_re = s2_re - s3_re
            s9_im = s2_im - s3_im
            y[r0] = s0_re + (s7_re + s8_re)
            y[r0 + R] = s0_im + (s7_im + s8_im)
            s5_re = s0_re + (s7_re * _YA_RE + s8_re * _YB_RE)
            s5_im = s0_im + (s7_im * _YA_RE + s8_im * _YB_RE)
            s6_re = s10_im * _YA_IM + s9_im * _YB_IM
            s6_im = -(s10_re * _YA_IM + s9_re * _YB_IM)
            y[r1] = s5_re - s6_re
            y[r1 + R] = s5_im - s6_im
            if outputs > 2:
                s11_re = s0_re + (s7_re * _YB_RE + s8_re * _YA_RE)
                s11_im = s0_im + (s7_im * _YB_RE + s8_im * _YA_RE)
                s12_re = s9_im * _YA_IM - s10_im * _YB_IM
                s12_im = s10_re * _YB_IM - s9_re * _YA_IM
                y[r2] = s11_re + s12_re
                y[r2 + R] = s11_im + s12_im
                if outputs > 3:
                    y[r3] = s11_re - s12_re
                    y[r3 + R] = s11_im - s12_im
                    y[r4] = s5_re + s6_re
                    y[r4 + R] = s5_im + s6_im


@inline_kernel
def _first_stage_real(y: Any, x: Any, lanes: Any, n0: Any, n1: Any) -> None:
    """Permute, scale, and do the radix-4 stage without twiddles on 64 of the real inputs."""
    R = len(lanes)
    for n2 in range(4):
        for n3 in range(4):
            source = (n0 + 5 * n1 + 15 * n2 + 60 * n3) * R
            base = 2 * (_M5 * n0 + _M3 * n1 + _M4 * n2 + _M1 * n3) * R
            for lane in range(R):
                f0 = x[source + lane] * _SCALE
                f1 = x[source + _QUARTER * R + lane] * _SCALE
                f2 = x[source + 2 * _QUARTER * R + lane] * _SCALE
                f3 = x[source + 3 * _QUARTER * R + lane] * _SCALE
                s0 = f0 - f2
                t = f0 + f2
                s1 = f1 + f3
                d = f1 - f3
                r0 = base + lane
                y[r0] = t + s1
                y[r0 + R] = _ZERO
                y[r0 + 2 * R] = s0
                y[r0 + 3 * R] = -d
                y[r0 + 4 * R] = t - s1
                y[r0 + 5 * R] = _ZERO
                y[r0 + 6 * R] = s0
                y[r0 + 7 * R] = d


@kernel
def fft_real(x: Any, y: Any, lanes: Any) -> None:
    """Transform R real signals; only bins 0 … 480 of the result are meaningful.

    Parameters
    ----------
    x
        float32 (960·R,), samples in lane order.
    y
        float32 (2·960·R,), overwritten: points in lane order, real and imaginary rows alternating.
    lanes
        Tuple of R zeros.
    """
    for n0 in range(5):  # depth first: 64 points of 16 lanes stay in the first-level cache
        for n1 in range(3):
            first = _M5 * n0 + _M3 * n1
            _first_stage_real(y, x, lanes, n0, n1)
            _radix4(y, lanes, first, _M3 // (4 * _M1), _M1)
            _radix4(y, lanes, first, 1, _M4)
        _radix3(y, lanes, _M5 * n0)
    _radix5(y, lanes, 0, _BINS - 2 * _M5, 3)
    _radix5(y, lanes, _BINS - 2 * _M5, _M5, 2)
