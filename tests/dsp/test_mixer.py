"""Gains, filters and sum of speech and noise."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnoise_py.dsp.mixer import mix_frames
from rnnoise_py.rows.mixer import NOISY_HISTORY
from rnnoise_py.spec.constants import HIGHPASS_A, HIGHPASS_B
from tests import naive
from tests.lane_arrays import Array, F, assert_same

Pcm = Any


def _mix(speech: Pcm, noise: Pcm, gains: Array, filters: Array, memory: Array) -> tuple[Array, Array, Array, Array]:
    """One shard: gains (2,), filters (2, 4), memory (4, 2), updated."""
    mixed = _mix_shards(speech[None], noise[None], gains.reshape(2, 1).copy(), filters, memory.reshape(2, 4))
    return tuple(part[0] for part in mixed)


def _mix_shards(
    speech: Pcm, noise: Pcm, gains: Array, filters: Array, memory: Array
) -> tuple[Array, Array, Array, Array]:
    """Shards side by side, into the middle of what is there: speech and noise (S, frames, 480)."""
    shards, count = speech.shape[:2]
    pcm = np.concatenate([speech, noise]).reshape(2 * shards, -1)
    clean, other, noisy = (np.full((shards, n + 480 * (count + 2)), np.nan, F) for n in (480, 480, NOISY_HISTORY))
    energies = np.full((shards, count + 2), np.nan, F)
    mix_frames(pcm, 1, gains, filters, memory, clean, other, noisy, energies, (0,) * (2 * shards), (0,) * shards)
    parts = [x[:, x.shape[1] - 480 * (count + 1) : -480].reshape(shards, count, 480) for x in (clean, other, noisy)]
    written = sum(int(np.isfinite(x).sum()) for x in (clean, other, noisy, energies))
    assert written == shards * count * (3 * 480 + 1), "and nothing else is touched"
    return parts[0], parts[1], parts[2], energies[:, 1:-1]


@naive.quiet
def _naive_mix(speech: Pcm, noise: Pcm, gains: Array, filters: Array, memory: Array) -> tuple[list[Array], ...]:
    highpass = np.array(HIGHPASS_B, F), np.array(HIGHPASS_A, F)
    out: tuple[list[Any], ...] = ([], [], [], [])
    for frame in range(len(speech)):
        parts = []
        for source, pcm in enumerate((speech, noise)):
            a, b = filters[source, :2], filters[source, 2:]
            x = naive.biquad(gains[source] * pcm[frame].astype(F), memory[2 * source], *highpass)
            parts.append(naive.biquad(x, memory[2 * source + 1], b, a))
        own = speech[frame].astype(F)
        for target, value in zip(out, (*parts, parts[0] + parts[1], naive.ordered_sum(own * own)), strict=True):
            target.append(value)
    return out


@pytest.mark.parametrize("kind", ["ordinary", "full scale", "silence", "muted speech", "tiny gains"])
def test_equals_naive_twin(kind: str) -> None:
    """Four filters in one loop give the bits of four filters one after the other."""
    rng = np.random.default_rng(21)
    frames = 4
    speech, noise = rng.integers(-20000, 20000, (2, frames, 480)).astype(np.int16)
    gains = rng.uniform(0.01, 3, 2).astype(F)
    filters = rng.uniform(-0.375, 0.375, (2, 4)).astype(F)
    memory = rng.uniform(-100, 100, (4, 2)).astype(F)
    if kind == "full scale":
        speech[:], noise[:] = np.where(np.arange(480) // 31 % 2, 32767, -32768), -32768
    elif kind == "silence":
        speech[:], noise[:], memory[:] = 0, 0, 0
    elif kind == "muted speech":
        speech[:], gains[0] = 0, 0
    elif kind == "tiny gains":
        gains[:], memory[:] = F(1e-38), F(1e-40)
    own, twin = memory.copy(), memory.copy()
    got = _mix(speech, noise, gains, filters, own)
    expected = _naive_mix(speech, noise, gains, filters, twin)
    for name, a, b in zip(("clean", "noise", "noisy", "energies"), got, expected, strict=True):
        assert_same(a, b, name)
    assert_same(own, twin, "memories")


@pytest.mark.parametrize("shards", [2, 3, 4])
def test_shards_beside_each_other_are_shards_alone(shards: int) -> None:
    """Each has its own samples, gains, filters and memory, and gives the bits it gives alone."""
    rng = np.random.default_rng(23)
    speech, noise = rng.integers(-20000, 20000, (2, shards, 3, 480)).astype(np.int16)
    speech[1] = 0
    gains = rng.uniform(0.01, 3, (2 * shards, 1)).astype(F)
    filters = rng.uniform(-0.375, 0.375, (2 * shards, 4)).astype(F)
    memory = rng.uniform(-100, 100, (2 * shards, 4)).astype(F)
    after = memory.copy()
    together = _mix_shards(speech, noise, gains, filters, after)
    for k in range(shards):
        own = slice(k, None, shards)
        alone = memory[own].reshape(4, 2)
        expected = _mix(speech[k], noise[k], gains[own, 0], filters[own].copy(), alone)
        for name, a, b in zip(("clean", "noise", "noisy", "energies"), together, expected, strict=True):
            assert_same(a[k], b, name)
        assert_same(after[own].reshape(4, 2), alone, "memories")


def test_recorded_frames(golden: Callable[[str], Any], golden_pcm: Callable[[str], Any]) -> None:
    """The golden audio becomes the 40 recorded filtered frames; noise starts at frame 150 (quirk Q-NOISE-SKIP)."""
    stages = golden("stages.npz")
    speech = golden_pcm("clean")[: 480 * 40].reshape(40, 480)
    noise = golden_pcm("noise")[480 * 150 : 480 * 190].reshape(40, 480)
    gains = np.array([stages["speech_gain"][0], stages["noise_gain"][0]])
    got = _mix(speech, noise, gains, np.zeros((2, 4), F), np.zeros((4, 2), F))
    for name, frames in zip(("clean", "noise", "noisy"), got[:3], strict=True):
        assert_same(frames, stages[name][:40], name)


def test_pieces_equal_the_whole() -> None:
    """Mixing one frame at a time with the memory carried on changes nothing."""
    rng = np.random.default_rng(22)
    speech, noise = rng.integers(-9000, 9000, (2, 5, 480)).astype(np.int16)
    gains, filters = rng.random(2).astype(F), rng.uniform(-0.3, 0.3, (2, 4)).astype(F)
    whole, memory = np.zeros((4, 2), F), np.zeros((4, 2), F)
    expected = _mix(speech, noise, gains, filters, whole)
    for i in range(5):
        own = slice(i, i + 1)
        got = _mix(speech[own], noise[own], gains, filters, memory)
        for a, b in zip(got, expected, strict=True):
            assert_same(a, b[own])
    assert_same(memory, whole)
