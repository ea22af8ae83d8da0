"""Slow, obvious twins of the pitch kernels: whitening, search, removal of octave errors."""

from typing import Any

import numpy as np

from tests.naive import Array, D, F, inner_products, larger, ordered_sum, quiet, smaller

# --- whitening --------------------------------------------------------------------------------------


@quiet
def downsample(buffer: Array) -> Array:
    lp = np.zeros(864, F)
    lp[0] = F(0.5) * (F(0.5) * buffer[1] + buffer[0])
    for i in range(1, 864):
        lp[i] = F(0.5) * (F(0.5) * (buffer[2 * i - 1] + buffer[2 * i + 1]) + buffer[2 * i])
    return lp


@quiet
def autocorrelation(lp: Array) -> Array:
    ac = np.zeros(5, F)
    for k in range(5):
        tail = ordered_sum(lp[860 + k :] * lp[860 : 864 - k])
        ac[k] = ordered_sum(lp[:860] * lp[k : 860 + k]) + tail
    return ac


@quiet
def levinson(ac: Array) -> Array:
    lpc = np.zeros(4, F)
    err = ac[0]
    if ac[0] == 0:
        return lpc
    for i in range(4):
        rr = F(0)
        for j in range(i):
            rr = rr + lpc[j] * ac[i - j]
        rr = rr + ac[i + 1]
        r = -rr / err
        lpc[i] = r
        for j in range((i + 1) >> 1):
            t1, t2 = lpc[j], lpc[i - 1 - j]
            lpc[j] = t1 + r * t2
            lpc[i - 1 - j] = t2 + r * t1
        err = err - (r * r) * err
        if err < F(0.001) * ac[0]:
            break
    return lpc


@quiet
def whiten(lp: Array) -> Array:
    ac = autocorrelation(lp)
    ac[0] *= F(1.0001)
    for k in range(1, 5):
        ac[k] -= ac[k] * (F(0.008) * F(k)) * (F(0.008) * F(k))
    lpc = levinson(ac)
    g = F(1)
    for i in range(4):
        g = F(0.9) * g
        lpc[i] = lpc[i] * g
    c = F(0.8)
    taps = [lpc[0] + c, lpc[1] + c * lpc[0], lpc[2] + c * lpc[1], lpc[3] + c * lpc[2], c * lpc[3]]
    x = np.concatenate([np.zeros(5, F), lp])
    y = lp.copy()
    for k, tap in enumerate(taps):
        y = y + tap * x[4 - k : 868 - k]
    return y


# --- pitch search -----------------------------------------------------------------------------------


@quiet
def best_two(xc: Array, y: Array, length: int, lags: int) -> tuple[int, int]:
    syy = F(1)
    for j in range(length):
        syy = syy + y[j] * y[j]
    num, den, best = [F(-1), F(-1)], [F(0), F(0)], [0, 1]
    for i in range(lags):
        if xc[i] > 0:
            v = xc[i] * F(1e-12)
            own = v * v
            if own * den[1] > num[1] * syy:
                if own * den[0] > num[0] * syy:
                    num, den, best = [own, num[0]], [syy, den[0]], [i, best[0]]
                else:
                    num[1], den[1], best[1] = own, syy, i
        syy = syy + (y[i + length] * y[i + length] - y[i] * y[i])
        syy = larger(F(1), syy)
    return best[0], best[1]


def offset_of(before: Any, at: Any, after: Any) -> int:
    if after - before > F(0.7) * (at - before):
        return 1
    if before - after > F(0.7) * (at - after):
        return -1
    return 0


def coarse_search(lp: Array) -> tuple[int, int]:
    """The two lags at a quarter of the rate."""
    x4, y4 = lp[384::2], np.concatenate([lp[0:774:2], np.zeros(1, F)])
    return best_two(inner_products(x4, y4, 147), y4, 240, 147)


@quiet
def fine_search(lp: Array, coarse: tuple[int, int]) -> int:
    """The pitch period before octave errors are removed."""
    xc = np.zeros(294, F)
    for k in range(294):
        if abs(k - 2 * coarse[0]) <= 2 or abs(k - 2 * coarse[1]) <= 2:
            xc[k] = larger(F(-1), ordered_sum(lp[384:] * lp[k : k + 480]))
    best, _ = best_two(xc, lp, 480, 294)
    offset = offset_of(xc[best - 1], xc[best], xc[best + 1]) if 0 < best < 293 else 0
    return 768 - (2 * best - offset)


def pitch_search(lp: Array) -> int:
    return fine_search(lp, coarse_search(lp))


# --- octave -----------------------------------------------------------------------------------------

CHECK = (0, 0, 3, 2, 3, 2, 5, 2, 3, 2, 3, 2, 5, 2, 3, 2)


@quiet
def pitch_gain(xy: Any, xx: Any, yy: Any) -> Any:
    return F(D(xy) / np.sqrt(D(F(1) + xx * yy)))


@quiet
def remove_octave_errors(lp: Array, pitch: int, previous: int, previous_gain: Any) -> tuple[int, Any]:
    """Final period and gain; every candidate's correlation is the exact sum."""

    def product(lag: int) -> Any:
        return ordered_sum(lp[384:] * lp[384 - lag : 864 - lag])

    t0, prev = min(pitch // 2, 383), previous // 2
    xx, xy = product(0), product(t0)
    energies = [xx]
    yy = xx
    for i in range(1, 385):
        yy = yy + lp[384 - i] * lp[384 - i] - lp[864 - i] * lp[864 - i]
        energies.append(larger(F(0), yy))
    best_xy, best_yy, period = xy, energies[t0], t0
    g = g0 = pitch_gain(xy, xx, energies[t0])
    for k in range(2, 16):
        t1 = (2 * t0 + k) // (2 * k)
        if t1 < 30:
            break
        other = (2 * CHECK[k] * t0 + k) // (2 * k)
        if k == 2:
            other = t0 if t1 + t0 > 384 else t0 + t1
        xy = F(0.5) * (product(t1) + product(other))
        yy = F(0.5) * (energies[t1] + energies[other])
        g1 = pitch_gain(xy, xx, yy)
        cont = F(0)
        if abs(t1 - prev) <= 1:
            cont = previous_gain
        elif abs(t1 - prev) <= 2 and 5 * k * k < t0:
            cont = F(0.5) * previous_gain
        # quirk Q-OCTAVE-THRESHOLD: two thresholds, not three
        threshold = larger(F(0.3), F(0.7) * g0 - cont)
        if t1 < 90:
            threshold = larger(F(0.4), F(0.85) * g0 - cont)
        if g1 > threshold:
            best_xy, best_yy, period, g = xy, yy, t1, g1
    best_xy = larger(F(0), best_xy)
    gain = F(1) if best_yy <= best_xy else best_xy / (best_yy + F(1))
    offset = offset_of(product(period - 1), product(period), product(period + 1))
    return max(60, 2 * period + offset), smaller(gain, g)
