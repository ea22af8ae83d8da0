"""From spectra back to samples: the forward FFT on a mirrored spectrum, window, overlap-add.

Source: the contract's denoiser, step 6. Half spectra of R consecutive frames come in lane order, as
:func:`rnnoise_py.dsp.fft.fft_real` leaves them. Only real parts of the last stage are ever used.
"""

from typing import Any

import numpy as np

from rnnoise_py.dsp.fft import _M1, _M3, _M4, _M5, _QUARTER, _YA_IM, _YA_RE, _YB_IM, _YB_RE, _radix3, _radix4, _twiddled
from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.vectors import load, store
from rnnoise_py.spec.constants import FFT_SCALE, FRAME_SIZE, WINDOW_SIZE
from rnnoise_py.spec.tables import HALF_WINDOW

_N = WINDOW_SIZE
_HOP = FRAME_SIZE
_SCALE = FFT_SCALE
_GAIN = np.float32(WINDOW_SIZE)
_W = np.concatenate([HALF_WINDOW, HALF_WINDOW[::-1]])
_ROWS = 16  # rows read before the next lane's turn


@inline_kernel
def _first_stage_mirrored(y: Any, x: Any, lanes: Any, n0: Any, n1: Any) -> None:
    """Mirror, permute, scale, and do the radix-4 stage without twiddles on 64 of the inputs.

    Inputs p, p + 240, p + 480 and p + 720 meet; those above bin 480 are the conjugates of 960 − p.
    """
    R = len(lanes)
    for n2 in range(4):
        for n3 in range(4):
            p = n0 + 5 * n1 + 15 * n2 + 60 * n3
            mirrored = -_SCALE if p > 0 else _SCALE  # bin 480 is its own mirror image
            p0 = 2 * p * R
            p1 = 2 * (p + _QUARTER) * R
            p2 = 2 * (2 * _QUARTER - p) * R
            p3 = 2 * (_QUARTER - p) * R
            r0 = 2 * (_M5 * n0 + _M3 * n1 + _M4 * n2 + _M1 * n3) * R
            f0_re, f0_im = load(x, p0, lanes) * _SCALE, load(x, p0 + R, lanes) * _SCALE
            f1_re, f1_im = load(x, p1, lanes) * _SCALE, load(x, p1 + R, lanes) * _SCALE
            f2_re, f2_im = load(x, p2, lanes) * _SCALE, load(x, p2 + R, lanes) * mirrored
            f3_re, f3_im = load(x, p3, lanes) * _SCALE, load(x, p3 + R, lanes) * -_SCALE
            s0_re, s0_im = f0_re - f2_re, f0_im - f2_im
            t_re, t_im = f0_re + f2_re, f0_im + f2_im
            s1_re, s1_im = f1_re + f3_re, f1_im + f3_im
            d_re, d_im = f1_re - f3_re, f1_im - f3_im
            store(y, r0, t_re + s1_re)
            store(y, r0 + R, t_im + s1_im)
            store(y, r0 + 2 * R, s0_re + d_im)
            store(y, r0 + 3 * R, s0_im - d_re)
            store(y, r0 + 4 * R, t_re - s1_re)
            store(y, r0 + 5 * R, t_im - s1_im)
            store(y, r0 + 6 * R, s0_re - d_im)
            store(y, r0 + 7 * R, s0_im + d_re)


@inline_kernel
def _radix5_samples(y: Any, samples: Any, lanes: Any, j: Any, time0: Any) -> None:
    """Butterfly j of the radix-5 stage: real parts only, reversed in time, scaled and windowed."""
    R = len(lanes)
    r0 = 2 * j * R
    n1 = _N - _M5 - j
    n2 = _N - 2 * _M5 - j
    n3 = _N - 3 * _M5 - j
    n4 = _N - 4 * _M5 - j
    s0_re = load(y, r0, lanes)
    s1_re, s1_im = _twiddled(y, r0 + 2 * _M5 * R, j, lanes)
    s2_re, s2_im = _twiddled(y, r0 + 4 * _M5 * R, 2 * j, lanes)
    s3_re, s3_im = _twiddled(y, r0 + 6 * _M5 * R, 3 * j, lanes)
    s4_re, s4_im = _twiddled(y, r0 + 8 * _M5 * R, 4 * j, lanes)
    s7_re = s1_re + s4_re
    s10_im = s1_im - s4_im
    s8_re = s2_re + s3_re
    s9_im = s2_im - s3_im
    s5_re = s0_re + (s7_re * _YA_RE + s8_re * _YB_RE)
    s6_re = s10_im * _YA_IM + s9_im * _YB_IM
    s11_re = s0_re + (s7_re * _YB_RE + s8_re * _YA_RE)
    s12_re = s9_im * _YA_IM - s10_im * _YB_IM
    store(samples, time0 * R, _GAIN * (s0_re + (s7_re + s8_re)) * _W[time0])
    store(samples, n1 * R, _GAIN * (s5_re - s6_re) * _W[n1])
    store(samples, n2 * R, _GAIN * (s11_re + s12_re) * _W[n2])
    store(samples, n3 * R, _GAIN * (s11_re - s12_re) * _W[n3])
    store(samples, n4 * R, _GAIN * (s5_re + s6_re) * _W[n4])


@kernel
def inverse_fft(spectrum: Any, y: Any, samples: Any, lanes: Any) -> None:
    """Transform R half spectra back to windowed samples.

    Parameters
    ----------
    spectrum
        float32 (2·960·R,), bins 0 … 480 in lane order, real and imaginary rows alternating.
    y
        float32 (2·960·R,), workspace.
    samples
        float32 (960·R,), overwritten: windowed samples in lane order.
    lanes
        Tuple of R zeros.
    """
    for n0 in range(5):
        for n1 in range(3):
            first = _M5 * n0 + _M3 * n1
            _first_stage_mirrored(y, spectrum, lanes, n0, n1)
            _radix4(y, lanes, first, _M3 // (4 * _M1), _M1)
            _radix4(y, lanes, first, 1, _M4)
        _radix3(y, lanes, _M5 * n0)
    _radix5_samples(y, samples, lanes, 0, 0)
    for j in range(1, _M5):
        _radix5_samples(y, samples, lanes, j, _N - j)


@kernel
def overlap_add(samples: Any, memory: Any, count: Any, out: Any, lanes: Any) -> None:
    """Add the first half of each frame to the second half of the frame before.

    Parameters
    ----------
    samples
        float32 (960·R,), windowed frames in lane order, consecutive in time.
    memory
        float32 (480,), second half of the frame before the first; updated.
    count
        Number of frames that count, at most R.
    out
        float32 (≥ 480·count,), overwritten.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    for first in range(0, _HOP, _ROWS):
        for i in range(first, first + _ROWS):
            out[i] = samples[i * R] + memory[i]
            memory[i] = samples[(_HOP + i) * R + count - 1]
        for frame in range(1, count):
            own = out[frame * _HOP + first : frame * _HOP + first + _ROWS]
            for i in range(_ROWS):
                own[i] = samples[(first + i) * R + frame] + samples[(_HOP + first + i) * R + frame - 1]
