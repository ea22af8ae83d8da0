"""Muting by speech probabilities: what is open, from when to when, in files and streams."""

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.denoiser import Controls, Denoiser, denoise, denoise_with_vad
from rnnoise_py.denoiser.gate import Gate
from rnnoise_py.errors import InputError

RATE = 48_000
FRAME = 480


@pytest.mark.parametrize(("look_back", "first"), [(0.0, 4), (0.03, 1), (0.2, 0)])
@pytest.mark.parametrize("pieces", [(20,), (7, 13), (1,) * 20])
def test_gate_is_open_around_speech(look_back: float, first: int, pieces: tuple[int, ...]) -> None:
    """From a frame and the look-back before speech to the hang-over after it, with ramps of a frame."""
    gate = Gate(0.5, 0.02, look_back, RATE)
    vad = np.zeros(20, np.float32)
    vad[5:8] = 0.9
    for part in np.split(vad, np.cumsum(pieces)[:-1]):
        gate.feed(part)
    gate.finish()
    gains, kept = gate.gains(0, 20 * FRAME)
    by_frame = gains.reshape(20, FRAME)
    np.testing.assert_array_equal(by_frame[:, -1] > 0.5, [first <= frame < 10 for frame in range(20)])
    assert not by_frame[:first].any()
    if first:
        np.testing.assert_array_equal(np.diff(by_frame[first]) > 0, True)
    np.testing.assert_array_equal(by_frame[first + 1 : 10], 1)
    assert np.flatnonzero(kept.reshape(20, FRAME).all(axis=1)).tolist() == list(range(first, 11))


@pytest.mark.parametrize("heard", [1, 2, 5])
def test_gate_decides_about_all_frames_of_a_short_stream(heard: int) -> None:
    """Also where fewer frames came than it looks back."""
    gate = Gate(0.5, 0.0, 0.1, RATE)
    vad = np.zeros(heard, np.float32)
    vad[-1] = 1
    gate.feed(vad)
    gate.finish()
    np.testing.assert_array_equal(gate.gains(0, heard * FRAME)[0][FRAME:], 1)
    assert len(gate._states) == heard


def words() -> npt.NDArray[np.float32]:
    """Three words with 150 ms of /s/ before 350 ms of a vowel, in faint noise, half a second apart."""
    rng = np.random.default_rng(1)
    hiss = np.diff(np.diff(rng.normal(size=int(0.15 * RATE) + 2)))
    hiss *= 0.03 / hiss.std()
    t = np.arange(int(0.35 * RATE)) / RATE
    vowel = np.zeros(len(t))
    for k in range(1, 40):
        formants = np.exp(-(((120 * k - 400) / 200) ** 2)) + 0.5 * np.exp(-(((120 * k - 2000) / 300) ** 2)) + 0.02
        vowel += np.sin(2 * np.pi * 120 * k * t) / k * formants
    vowel *= 0.12 / vowel.std()
    word = np.concatenate([np.zeros(RATE // 2), hiss, vowel, np.zeros(RATE // 2)])
    return (np.tile(word, 3) + 3e-4 * rng.normal(size=3 * len(word))).astype(np.float32)


def energies(audio: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Energy of each 10 ms."""
    whole: npt.NDArray[np.float32] = (audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME) ** 2).sum(axis=1)
    return whole


def test_words_keep_their_beginnings() -> None:
    """No more than 20 ms of the /s/ are muted by default; without looking back most of it is."""
    noisy = words()
    full = energies(denoise(noisy))
    for look_back, muted in ((Controls().look_back, 2), (0.0, 13)):
        gated = energies(denoise(noisy, controls=Controls(vad_threshold=0.6, look_back=look_back)))
        for onset in (50, 200, 350):
            opened = next(frame for frame in range(onset, onset + 50) if gated[frame] > 0.1 * full[frame])
            assert opened - onset <= muted if look_back else opened - onset >= muted
        assert not gated[:20].any()


@pytest.mark.parametrize("rate", [48_000, 11_025])
@pytest.mark.parametrize("look_back", [0.0, 0.06])
def test_streams_equal_the_whole_later(rate: int, look_back: float) -> None:
    """All pieces, joined, are the file's samples; nothing is given before it is that old."""
    noisy = words()[: rate * 2]
    controls = Controls(vad_threshold=0.6, look_back=look_back, hang_over=0.05, mix=0.9)
    whole = denoise_with_vad(noisy, rate, controls=controls)
    with Denoiser(sample_rate=rate, controls=controls) as denoiser:
        assert denoiser.latency == -(-rate * round(1 + 100 * look_back) // 100)
        parts, taken, given = [], 0, 0
        for first in range(0, len(noisy), 333):
            parts.append(denoiser.process(noisy[first : first + 333]))
            taken, given = min(len(noisy), first + 333), given + len(parts[-1])
            assert given <= max(0, taken - denoiser.latency + rate // 100)
        parts.append(denoiser.flush())
    got = np.concatenate(parts)
    assert len(got) == len(noisy)
    np.testing.assert_allclose(got, whole.audio, atol=0 if rate == RATE else 1e-6)


def test_single_frames_are_late_by_the_latency() -> None:
    """process_frame with a gate: the file's samples, 10 ms and the look-back later; before them silence."""
    noisy = words()[: 150 * FRAME]
    controls = Controls(vad_threshold=0.6, look_back=0.05, mix=0.9)
    expected = denoise(noisy, controls=controls)
    with Denoiser(controls=controls) as denoiser:
        assert denoiser.latency == 6 * FRAME
        got = np.concatenate([denoiser.process_frame(frame) for frame in noisy.reshape(-1, FRAME)])
        assert Denoiser().latency == FRAME
    assert not got[: 6 * FRAME].any()
    np.testing.assert_array_equal(got[6 * FRAME :], expected[: -6 * FRAME])


def test_look_back_is_checked() -> None:
    """Up to a second; without a threshold it holds nothing back."""
    with pytest.raises(InputError, match="look_back"):
        Controls(vad_threshold=0.5, look_back=2.0)
    with Denoiser(controls=Controls(look_back=1.0)) as denoiser:
        assert denoiser.latency == FRAME
