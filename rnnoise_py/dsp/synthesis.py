"""From spectra back to samples: the forward FFT on a mirrored spectrum, window, overlap-add.

Source: contract/inference §8. Half spectra of R consecutive frames come in lane order, as
:func:`rnnoise_py.dsp.fft.fft_real` leaves them. Only real parts of the last stage are ever used.
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
    radix3,
    radix4,
    twiddled,
)
from rnnoise_py.dsp.window import WINDOW
from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.types import Float32Array, Lanes
from rnnoise_py.lanes.vectors import load, store
from rnnoise_py.spec.constants import FFT_SCALE, FRAME_SIZE, WINDOW_SIZE

_UNSCALE = np.float32(WINDOW_SIZE)  # undoes FFT_SCALE
_ROWS = 16  # samples read of all lanes before the next lane's turn


@inline_kernel
def _first_stage_mirrored(y: Float32Array, x: Float32Array, lanes: Lanes, n0: int, n1: int) -> None:
    """Mirror, permute, scale, and do the radix-4 stage without twiddles on 64 of the inputs.

    Inputs p, p + 240, p + 480 and p + 720 meet; those above bin 480 are the conjugates of 960 − p.
    """
    R = len(lanes)
    for n2 in range(4):
        for n3 in range(4):
            p = n0 + 5 * n1 + 15 * n2 + 60 * n3
            mirrored = -FFT_SCALE if p > 0 else FFT_SCALE  # bin 480 is its own mirror image
            p0 = 2 * p * R
            p1 = 2 * (p + QUARTER) * R
            p2 = 2 * (2 * QUARTER - p) * R
            p3 = 2 * (QUARTER - p) * R
            r0 = 2 * (SPAN_5 * n0 + SPAN_3 * n1 + SPAN_4B * n2 + SPAN_4A * n3) * R
            f0_re, f0_im = load(x, p0, lanes) * FFT_SCALE, load(x, p0 + R, lanes) * FFT_SCALE
            f1_re, f1_im = load(x, p1, lanes) * FFT_SCALE, load(x, p1 + R, lanes) * FFT_SCALE
            f2_re, f2_im = load(x, p2, lanes) * FFT_SCALE, load(x, p2 + R, lanes) * mirrored
            f3_re, f3_im = load(x, p3, lanes) * FFT_SCALE, load(x, p3 + R, lanes) * -FFT_SCALE
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
def _radix5_samples(y: Float32Array, samples: Float32Array, lanes: Lanes, j: int, time0: int) -> None:
    """Butterfly j of the radix-5 stage: real parts only, reversed in time, scaled and windowed."""
    R = len(lanes)
    r0 = 2 * j * R
    time1 = WINDOW_SIZE - SPAN_5 - j
    time2 = WINDOW_SIZE - 2 * SPAN_5 - j
    time3 = WINDOW_SIZE - 3 * SPAN_5 - j
    time4 = WINDOW_SIZE - 4 * SPAN_5 - j
    s0_re = load(y, r0, lanes)
    s1_re, s1_im = twiddled(y, r0 + 2 * SPAN_5 * R, j, lanes)
    s2_re, s2_im = twiddled(y, r0 + 4 * SPAN_5 * R, 2 * j, lanes)
    s3_re, s3_im = twiddled(y, r0 + 6 * SPAN_5 * R, 3 * j, lanes)
    s4_re, s4_im = twiddled(y, r0 + 8 * SPAN_5 * R, 4 * j, lanes)
    s7_re = s1_re + s4_re
    s10_im = s1_im - s4_im
    s8_re = s2_re + s3_re
    s9_im = s2_im - s3_im
    s5_re = s0_re + (s7_re * YA_RE + s8_re * YB_RE)
    s6_re = s10_im * YA_IM + s9_im * YB_IM
    s11_re = s0_re + (s7_re * YB_RE + s8_re * YA_RE)
    s12_re = s9_im * YA_IM - s10_im * YB_IM
    store(samples, time0 * R, _UNSCALE * (s0_re + (s7_re + s8_re)) * WINDOW[time0])
    store(samples, time1 * R, _UNSCALE * (s5_re - s6_re) * WINDOW[time1])
    store(samples, time2 * R, _UNSCALE * (s11_re + s12_re) * WINDOW[time2])
    store(samples, time3 * R, _UNSCALE * (s11_re - s12_re) * WINDOW[time3])
    store(samples, time4 * R, _UNSCALE * (s5_re + s6_re) * WINDOW[time4])


@kernel
def inverse_fft(spectrum: Float32Array, y: Float32Array, samples: Float32Array, lanes: Lanes) -> None:
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
            first = SPAN_5 * n0 + SPAN_3 * n1
            _first_stage_mirrored(y, spectrum, lanes, n0, n1)
            for m in (SPAN_4A, SPAN_4B):
                radix4(y, lanes, first, SPAN_3 // (4 * m), m)
        radix3(y, lanes, SPAN_5 * n0)
    for j in range(SPAN_5):
        _radix5_samples(y, samples, lanes, j, WINDOW_SIZE - j if j else 0)


@kernel
def overlap_add(samples: Float32Array, memory: Float32Array, count: int, out: Float32Array, lanes: Lanes) -> None:
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
    for first in range(0, FRAME_SIZE, _ROWS):
        for i in range(first, first + _ROWS):
            out[i] = samples[i * R] + memory[i]
            memory[i] = samples[(FRAME_SIZE + i) * R + count - 1]
        for frame in range(1, count):
            part = out[frame * FRAME_SIZE + first : frame * FRAME_SIZE + first + _ROWS]
            for i in range(_ROWS):
                part[i] = samples[(first + i) * R + frame] + samples[(FRAME_SIZE + first + i) * R + frame - 1]
