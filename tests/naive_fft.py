"""The slow, obvious twin of the FFT: stage by stage, all butterflies of a stage at once."""

import math
from typing import Any

import numpy as np

from tests.naive import Array, F, quiet


def twiddle(k: Any) -> tuple[Array, Array]:
    phases = [(-2 * math.pi / 960) * int(i) for i in np.ravel(k)]
    return np.array([math.cos(p) for p in phases], F), np.array([math.sin(p) for p in phases], F)


TWIDDLE_RE, TWIDDLE_IM = twiddle(np.arange(960))

Complex = tuple[Any, Any]  # real and imaginary parts: numpy's own complex product may be fused


def times(a: Complex, k: Any) -> Complex:
    """Multiply by the k-th twiddles."""
    br, bi = TWIDDLE_RE[k], TWIDDLE_IM[k]
    return a[0] * br - a[1] * bi, a[0] * bi + a[1] * br


def plus(a: Complex, b: Complex) -> Complex:
    return a[0] + b[0], a[1] + b[1]


def minus(a: Complex, b: Complex) -> Complex:
    return a[0] - b[0], a[1] - b[1]


def scaled(a: Complex, s: Any) -> Complex:
    return a[0] * s, a[1] * s


def _radix4_first(f: list[Complex]) -> list[Complex]:
    s0, t = minus(f[0], f[2]), plus(f[0], f[2])
    s1, d = plus(f[1], f[3]), minus(f[1], f[3])
    return [plus(t, s1), (s0[0] + d[1], s0[1] - d[0]), minus(t, s1), (s0[0] - d[1], s0[1] + d[0])]


def _radix4(f: list[Complex], js: Any) -> list[Complex]:
    a, b, c = times(f[1], js), times(f[2], 2 * js), times(f[3], 3 * js)
    s5, t = minus(f[0], b), plus(f[0], b)
    s3, s4 = plus(a, c), minus(a, c)
    return [plus(t, s3), (s5[0] + s4[1], s5[1] - s4[0]), minus(t, s3), (s5[0] - s4[1], s5[1] + s4[0])]


def _radix3(f: list[Complex], js: Any) -> list[Complex]:
    a, b = times(f[1], js), times(f[2], 2 * js)
    s3, s0 = plus(a, b), scaled(minus(a, b), TWIDDLE_IM[320])
    u = minus(f[0], scaled(s3, F(0.5)))
    return [plus(f[0], s3), (u[0] - s0[1], u[1] + s0[0]), (u[0] + s0[1], u[1] - s0[0])]


def _radix5(f: list[Complex], js: Any) -> list[Complex]:
    ya, yb = (TWIDDLE_RE[192], TWIDDLE_IM[192]), (TWIDDLE_RE[384], TWIDDLE_IM[384])
    s0 = f[0]
    s1, s2, s3, s4 = (times(f[k], k * js) for k in (1, 2, 3, 4))
    s7, s10, s8, s9 = plus(s1, s4), minus(s1, s4), plus(s2, s3), minus(s2, s3)
    s5 = plus(s0, plus(scaled(s7, ya[0]), scaled(s8, yb[0])))
    s6 = s10[1] * ya[1] + s9[1] * yb[1], -(s10[0] * ya[1] + s9[0] * yb[1])
    s11 = plus(s0, plus(scaled(s7, yb[0]), scaled(s8, ya[0])))
    s12 = s9[1] * ya[1] - s10[1] * yb[1], s10[0] * yb[1] - s9[0] * ya[1]
    return [plus(s0, plus(s7, s8)), minus(s5, s6), plus(s11, s12), minus(s11, s12), plus(s5, s6)]


@quiet
def fft(re: Array, im: Array) -> tuple[Array, Array]:
    """The 960-point complex transform: all 960 bins."""
    y_re, y_im = np.zeros(960, F), np.zeros(960, F)
    scale = F(1) / F(960)
    for n in range(960):
        n0, n1, n2, n3, n4 = n % 5, n // 5 % 3, n // 15 % 4, n // 60 % 4, n // 240
        place = 192 * n0 + 64 * n1 + 16 * n2 + 4 * n3 + n4
        y_re[place], y_im[place] = re[n] * scale, im[n] * scale
    butterflies: list[tuple[int, int, Any]] = [
        (4, 1, None),
        (4, 4, _radix4),
        (4, 16, _radix4),
        (3, 64, _radix3),
        (5, 192, _radix5),
    ]
    for radix, m, butterfly in butterflies:
        groups = 960 // (radix * m)
        parts_re, parts_im = y_re.reshape(groups, radix, m), y_im.reshape(groups, radix, m)
        f = [(parts_re[:, k].copy(), parts_im[:, k].copy()) for k in range(radix)]
        out = _radix4_first(f) if butterfly is None else butterfly(f, np.arange(m) * groups)
        for k in range(radix):
            parts_re[:, k], parts_im[:, k] = out[k]
    return y_re, y_im


def spectrum(x: Array) -> tuple[Array, Array]:
    """Bins 0 … 480 of 960 real samples."""
    re, im = fft(x, np.zeros(960, F))
    return re[:481], im[:481]
