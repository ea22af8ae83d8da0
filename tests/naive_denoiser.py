"""The slow, obvious twin of the denoiser: contract/inference §5 to §8, frame by frame."""

import math

import numpy as np

from rnnoise_py.model import Int8Model
from tests.naive import WINDOW, Array, D, F, band_energy, biquad, interpolate, larger, log_energies, quiet, smaller
from tests.naive_features import NaiveFeatures
from tests.naive_fft import fft, spectrum
from tests.naive_network import NaiveNetwork

HIGHPASS = np.array([-2, 1], F), np.array([-1.99599, 0.99600], F)


@quiet
def strengths(exp: Array, g: Array, ex: Array, ep: Array) -> Array:
    """How much of the spectrum one period ago each band gets."""
    bands = np.zeros(22, F)
    for b in range(22):
        e2, g2 = exp[b] * exp[b], g[b] * g[b]
        r = F(D(e2 * (F(1) - g2)) / (0.001 + D(g2 * (F(1) - e2))))
        r = F(1) if exp[b] > g[b] else r
        r = F(math.sqrt(smaller(F(1), larger(F(0), r))))
        bands[b] = F(D(r) * np.sqrt(D(ex[b]) / (1e-8 + D(ep[b]))))
    return bands


@quiet
def restoring(ex: Array, new: Array) -> Array:
    """Gains that give each band its energy back."""
    return np.array([F(np.sqrt(D(ex[b]) / (1e-8 + D(new[b])))) for b in range(22)], F)


@quiet
def inverse(re: Array, im: Array) -> Array:
    """960 samples: the forward transform of the mirrored spectrum, read backwards."""
    mirror = np.arange(479, 0, -1)
    back, _ = fft(np.concatenate([re, re[mirror]]), np.concatenate([im, -im[mirror]]))
    return F(960) * back[-np.arange(960) % 960]


class NaiveDenoiser:
    """One stream; the state is in plain attributes."""

    def __init__(self, model: Int8Model) -> None:
        self.network, self.features = NaiveNetwork(model), NaiveFeatures()
        self.highpass = np.zeros(2, F)
        self.last, self.overlap, self.last_gains = np.zeros(480, F), np.zeros(480, F), np.zeros(22, F)

    @quiet
    def frame(self, samples: Array) -> tuple[Array, np.float32]:
        """480 samples, ±32768 → 480 samples, one frame late, and the speech probability."""
        x = biquad(samples, self.highpass, *HIGHPASS)
        re, im = spectrum(np.concatenate([self.last, x]) * WINDOW)
        self.last = x
        ex = band_energy((re, im))
        (p_re, p_im), ep, exp = self.features.correlate(x, (re, im), ex)
        logs, total = log_energies(ex)
        vad = F(0)
        if D(total) >= 0.04:
            g, vad = self.network.run(self.features.assemble(logs, exp))
            r = interpolate(strengths(exp, g, ex, ep))
            re, im = re + r * p_re, im + r * p_im
            norm = interpolate(restoring(ex, band_energy((re, im))))
            re, im = re * norm, im * norm
            self.last_gains = np.array([larger(g[b], F(0.6) * self.last_gains[b]) for b in range(22)], F)
            gains = interpolate(self.last_gains)
            re, im = re * gains, im * gains
        y = inverse(re, im) * WINDOW
        out = y[:480] + self.overlap
        self.overlap = y[480:]
        return out, vad
