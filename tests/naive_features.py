"""The slow, obvious twin of the features of a noisy frame: contract/features §7 to §15."""

import numpy as np

from tests.naive import (
    WINDOW,
    Array,
    F,
    band_correlation,
    band_energy,
    cepstrum,
    normalized,
    pitch_cepstrum,
    quiet,
    variability,
)
from tests.naive_fft import spectrum
from tests.naive_pitch import downsample, pitch_search, remove_octave_errors, whiten

Spectrum = tuple[Array, Array]


class NaiveFeatures:
    """What the features of a frame remember of the frames before."""

    def __init__(self) -> None:
        self.pitch_buffer = np.zeros(1728, F)
        self.pitch, self.gain = 0, F(0)
        self.ring, self.slot = np.zeros((8, 22), F), 0

    @quiet
    def correlate(self, noisy: Array, x: Spectrum, ex: Array) -> tuple[Spectrum, Array, Array]:
        """Find the pitch of a frame; the spectrum one period ago, its energies, the normalized correlation."""
        self.pitch_buffer = np.concatenate([self.pitch_buffer[480:], noisy])
        lp = whiten(downsample(self.pitch_buffer))
        self.pitch, self.gain = remove_octave_errors(lp, pitch_search(lp), self.pitch, self.gain)
        past = 768 - self.pitch
        p = spectrum(self.pitch_buffer[past : past + 960] * WINDOW)
        ep = band_energy(p)
        return p, ep, normalized(band_correlation(x, p), ex, ep)

    @quiet
    def assemble(self, logs: Array, exp: Array) -> Array:
        """The 42 features; the ring moves on."""
        c0 = cepstrum(logs)
        c1, c2 = self.ring[(self.slot - 1) % 8], self.ring[(self.slot - 2) % 8]
        f = np.zeros(42, F)
        f[:22] = c0
        f[:6] = (c0 + c1 + c2)[:6]
        f[22:28] = (c0 - c2)[:6]
        f[28:34] = (c0 - F(2) * c1 + c2)[:6]
        f[34:40] = pitch_cepstrum(exp)
        f[40] = F(0.01 * (self.pitch - 300))
        self.ring[self.slot] = c0
        self.slot = (self.slot + 1) % 8
        f[41] = variability(self.ring)
        return f
