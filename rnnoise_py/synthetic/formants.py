"""The formant synthesizer's kernel: a glottal pulse and noise through a cascade of resonators."""

from math import cos, exp, pi
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.spec.constants import SAMPLE_RATE

Float64 = npt.NDArray[np.float64]

HOP: Final = 240  # samples a control step: 5 ms
UPDATE: Final = 48  # samples between two settings of the resonators: 1 ms
FORMANTS: Final = 8  # resonators in the cascade
#: columns of the control tracks
PITCH, VOICE, ASPIRATION, FRICATION, FRICATION_HZ, FRICATION_WIDTH, FIRST_FORMANT = range(7)
TRACKS: Final = FIRST_FORMANT + FORMANTS

_STEP = np.float64(1.0 / SAMPLE_RATE)
_OPEN = np.float64(0.6)  # open quotient of the glottal cycle
_PULSE = np.float64(27.0 / 4.0)  # peak of t² (1 − t) is 4/27


@kernel
def render(tracks: Float64, white: Float64, jitter: Float64, widths: Float64, out: Float64) -> None:
    """Synthesize one utterance.

    Parameters
    ----------
    tracks
        ``(steps, TRACKS)`` control values every HOP samples: Hz for the pitch and the formants, linear for
        the levels; interpolated between steps.
    white
        ``(samples,)`` Gaussian noise of unit variance.
    jitter
        ``(cycles,)`` relative deviation of each glottal cycle; used in a circle.
    widths
        ``(FORMANTS,)`` bandwidths in Hz.
    out
        ``(samples,)`` is filled; ``samples`` is at most ``(steps − 1)·HOP``.

    Source: D. H. Klatt, "Software for a cascade/parallel formant synthesizer", 1980 (the cascade and the
    pulse ``t²(1 − t)`` of its later version).
    """
    state = np.zeros((FORMANTS + 2, 2))
    coefficients = np.zeros((FORMANTS + 2, 3))
    now = np.zeros(TRACKS)
    phase = np.float64(0.0)
    cycle = 0
    for n in range(len(out)):
        if n % UPDATE == 0:
            step = n // HOP
            share = np.float64(n - step * HOP) / np.float64(HOP)
            for k in range(TRACKS):
                now[k] = tracks[step, k] + share * (tracks[step + 1, k] - tracks[step, k])
            for k in range(FORMANTS + 1):
                hertz = now[FRICATION_HZ] if k == FORMANTS else now[FIRST_FORMANT + k]
                width = now[FRICATION_WIDTH] if k == FORMANTS else widths[k]
                radius = exp(-pi * width * _STEP)
                coefficients[k, 2] = -radius * radius
                coefficients[k, 1] = np.float64(2.0) * radius * cos(np.float64(2.0) * pi * hertz * _STEP)
                coefficients[k, 0] = np.float64(1.0) - coefficients[k, 1] - coefficients[k, 2]
                if k == FORMANTS:  # the frication resonator has its gain at the centre, none at 0 Hz
                    coefficients[k, 0] = (np.float64(1.0) - radius) * np.float64(6.0)
        phase += now[PITCH] * (np.float64(1.0) + jitter[cycle]) * _STEP
        if phase >= np.float64(1.0):
            phase -= np.float64(1.0)
            cycle += 1
            if cycle == len(jitter):
                cycle = 0
        pulse = np.float64(0.0)
        breath = np.float64(0.5)
        if phase < _OPEN:
            t = phase / _OPEN
            pulse = _PULSE * (np.float64(2.0) * t - np.float64(3.0) * t * t)  # derivative of the flow
            breath = np.float64(1.0)
        value = now[VOICE] * pulse + now[ASPIRATION] * breath * white[n]
        for k in range(FORMANTS):
            y = coefficients[k, 0] * value + coefficients[k, 1] * state[k, 0]
            y += coefficients[k, 2] * state[k, 1]
            state[k, 1] = state[k, 0]
            state[k, 0] = y
            value = y
        k = FORMANTS
        hiss = now[FRICATION] * white[n]
        if now[VOICE] > np.float64(0.0):
            hiss *= breath
        y = coefficients[k, 0] * hiss + coefficients[k, 1] * state[k, 0] + coefficients[k, 2] * state[k, 1]
        difference = y - state[k, 1]  # a zero at 0 Hz and at Nyquist
        state[k, 1] = state[k, 0]
        state[k, 0] = y
        out[n] = value + difference


@kernel
def decaying_modes(starts: npt.NDArray[np.int64], parameters: Float64, out: Float64) -> None:
    """Add damped sines: knocks, keys, plucked notes, drops.

    Parameters
    ----------
    starts
        First sample of each.
    parameters
        ``(events, 4)``: Hz, decay in seconds to 1/e, amplitude, attack in seconds.
    out
        ``(samples,)`` is added to.
    """
    for event in range(len(starts)):
        radius = exp(-_STEP / parameters[event, 1])
        turn = np.float64(2.0) * pi * parameters[event, 0] * _STEP
        two_cos = np.float64(2.0) * cos(turn)
        amplitude = parameters[event, 2]
        rise = np.float64(1.0) / max(np.float64(1.0), parameters[event, 3] * np.float64(SAMPLE_RATE))
        older = -cos(pi / np.float64(2.0) - turn)  # sin(−turn): the recursion starts at sin(0)
        newer = np.float64(0.0)
        attack = np.float64(0.0)
        for n in range(starts[event], len(out)):
            attack = min(np.float64(1.0), attack + rise)
            out[n] += amplitude * attack * newer
            next_value = two_cos * newer - older
            older = newer
            newer = next_value
            amplitude *= radius
            if amplitude < np.float64(1e-5):
                break


def tracks_for(samples: int) -> Float64:
    """Return empty control tracks for ``samples`` samples: ``(steps, TRACKS)`` float64."""
    tracks = np.zeros((samples // HOP + 2, TRACKS))
    tracks[:, PITCH] = 100.0
    tracks[:, FRICATION_HZ] = 5000.0
    tracks[:, FRICATION_WIDTH] = 2000.0
    return tracks
