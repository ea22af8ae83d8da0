"""Slow, obvious twins of the kernels: the contract's text, line by line, in numpy's float32.

Nothing is shared with the package, not even a constant. Where a loop over results is written as one array
operation (lags, bins, butterflies), the terms of each single sum are still added one after the other. Those of the
FFT, of pitch and of row assembly are in modules of their own.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

F = np.float32
D = np.float64
Array = npt.NDArray[np.float32]
T = TypeVar("T", bound=Callable[..., Any])

EDGES = [4 * e for e in (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 34, 40, 48, 60, 78, 100)]


def quiet(function: T) -> T:
    """IEEE arithmetic without numpy's warnings: dividing by zero is part of the contract."""
    wrapped: T = np.errstate(all="ignore")(function)
    return wrapped


def larger(a: Any, b: Any) -> Any:
    """The contract's max, which differs from others when a NaN is compared."""
    return a if a > b else b


def smaller(a: Any, b: Any) -> Any:
    """The contract's min."""
    return a if a < b else b


@quiet
def ordered_sum(terms: Array) -> Any:
    """One accumulator, from +0, in index order."""
    assert terms.dtype == F
    return np.cumsum(np.concatenate([np.zeros(1, F), terms]), dtype=F)[-1]


@quiet
def inner_products(x: Array, y: Array, lags: int) -> Array:
    """``Σ_j x[j]·y[k + j]`` for each lag k."""
    sums = np.zeros(lags, F)
    for j in range(len(x)):
        sums = sums + x[j] * y[j : j + lags]
    return sums


# --- rand -------------------------------------------------------------------------------------------


def rand_values(seed: int, count: int) -> list[int]:
    """The first values of glibc's ``rand()`` after ``srand(seed)``."""
    seed = seed or 1
    r = [seed - 2**32 if seed >= 2**31 else seed]
    for i in range(1, 31):
        r.append(16807 * r[i - 1] % 2147483647)
    for i in range(31, 34):
        r.append(r[i - 31])
    for i in range(34, 344 + count):
        r.append((r[i - 31] + r[i - 3]) % 2**32)
    return [word >> 1 for word in r[344:]]


# --- biquad, window ---------------------------------------------------------------------------------


@quiet
def biquad(x: Array, memory: Array, b: Array, a: Array) -> Array:
    """Filter x; ``memory`` is updated."""
    y = np.zeros_like(x)
    m0, m1 = memory
    for i, sample in enumerate(x):
        y[i] = sample + m0
        m0 = F(D(m1) + (D(b[0]) * D(sample) - D(a[0]) * D(y[i])))
        m1 = F(D(b[1]) * D(sample) - D(a[1]) * D(y[i]))
    memory[:] = m0, m1
    return y


def half_window() -> Array:
    angles = [0.5 * math.pi * (i + 0.5) / 480 for i in range(480)]
    return np.array([math.sin(0.5 * math.pi * math.sin(a) * math.sin(a)) for a in angles], F)


WINDOW: Array = np.concatenate([half_window(), half_window()[::-1]])


@quiet
def windowed(x: Array) -> Array:
    return x * WINDOW


# --- bands, DCT -------------------------------------------------------------------------------------


@quiet
def band_correlation(x: tuple[Array, Array], p: tuple[Array, Array]) -> Array:
    terms: list[list[Any]] = [[] for _ in range(22)]
    for b in range(21):
        size = EDGES[b + 1] - EDGES[b]
        for j in range(size):
            k = EDGES[b] + j
            frac = F(j) / F(size)
            t = x[0][k] * p[0][k]
            t = t + x[1][k] * p[1][k]
            terms[b].append((F(1) - frac) * t)
            terms[b + 1].append(frac * t)
    bands = np.array([ordered_sum(np.array(t, F)) for t in terms], F)
    bands[0] *= F(2)
    bands[21] *= F(2)
    return bands


def band_energy(x: tuple[Array, Array]) -> Array:
    return band_correlation(x, x)


@quiet
def interpolate(bands: Array) -> Array:
    """Band values spread over the 481 bins."""
    bins = np.zeros(481, F)
    for b in range(21):
        size = EDGES[b + 1] - EDGES[b]
        for j in range(size):
            frac = F(j) / F(size)
            bins[EDGES[b] + j] = (F(1) - frac) * bands[b] + frac * bands[b + 1]
    return bins


def dct_table() -> Array:
    table = np.array([[math.cos((i + 0.5) * j * math.pi / 22) for j in range(22)] for i in range(22)], F)
    table[:, 0] = [F(D(value) * math.sqrt(0.5)) for value in table[:, 0]]
    return table


DCT = dct_table()


@quiet
def dct(values: Array) -> Array:
    return np.array([F(D(ordered_sum(values * DCT[:, i])) * math.sqrt(2 / 22)) for i in range(22)], F)


# --- cepstrum, variability --------------------------------------------------------------------------


def log10_floor(energy: Any) -> Any:
    return F(math.log10(1e-2 + float(energy)))


@quiet
def log_energies(energies: Array) -> tuple[Array, Any]:
    """Floored log energies and the total."""
    logs = np.zeros(22, F)
    log_max, follow = F(-2), F(-2)
    for b in range(22):
        value = log10_floor(energies[b])
        logs[b] = F(larger(D(log_max - F(7)), larger(D(follow) - 1.5, D(value))))
        log_max = larger(log_max, logs[b])
        follow = F(larger(D(follow) - 1.5, D(logs[b])))
    return logs, ordered_sum(energies)


@quiet
def cepstrum(logs: Array) -> Array:
    c = dct(logs)
    c[0] -= F(12)
    c[1] -= F(4)
    return c


@quiet
def normalized(correlation: Array, ex: Array, ep: Array) -> Array:
    roots = [np.sqrt(0.001 + D(ex[b] * ep[b])) for b in range(22)]
    return np.array([F(D(correlation[b]) / roots[b]) for b in range(22)], F)


@quiet
def pitch_cepstrum(exp: Array) -> Array:
    t = dct(exp)[:6]
    t[0], t[1] = F(D(t[0]) - 1.3), F(D(t[1]) - 0.9)
    return t


@quiet
def variability(ring: Array) -> Any:
    """Of an (8, 22) ring by physical slot (quirk Q-RING-SLOTS)."""
    total = F(0)
    for i in range(8):
        nearest = F(1e15)
        for j in range(8):
            if j != i:
                difference = ring[i] - ring[j]
                nearest = smaller(nearest, ordered_sum(difference * difference))
        total = total + nearest
    return F(D(total / F(8)) - 2.1)


# --- targets ----------------------------------------------------------------------------------------


def vad_label(energy: Any, count: int) -> tuple[Any, int]:
    if energy > F(1e9):
        count = 0
    elif energy > F(1e8):
        count -= 5
    elif energy > F(1e7):
        count += 1
    else:
        count += 2
    count = min(max(count, 0), 15)
    return (F(0) if count >= 10 else F(0.5) if count > 0 else F(1)), count


@quiet
def gain_target(ey: Any, ex: Any) -> Any:
    gain = F(math.sqrt((float(ey) + 1e-3) / (float(ex) + 1e-3)))
    return F(1) if gain > 1 else gain
