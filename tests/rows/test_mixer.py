"""The mixer: draws, places in the files, state."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.audio import ArrayPcm
from rnnoise_py.dsp.rand import new_rand, rand_next
from rnnoise_py.rows.draws import Draw, first_draw, next_draw
from rnnoise_py.rows.mixer import Mixer, MixerBuffers
from rnnoise_py.rows.programme import LoopReader
from rnnoise_py.spec.constants import FREQ_SIZE
from tests.lane_arrays import F, assert_same
from tests.naive import rand_values
from tests.naive_rows import NaiveRows

PCM = (np.arange(480 * 160 + 77) % 20011 - 9000).astype(np.int16)  # 160 whole frames and a part
Int16 = npt.NDArray[np.int16]


class Watched(ArrayPcm):
    """A source that notes which frames are read."""

    def __init__(self, array: Int16) -> None:
        super().__init__(array)
        self.frames: list[int] = []

    def read(self, start: int, count: int) -> Int16:
        assert start % 480 == count % 480 == 0
        self.frames += range(start // 480, (start + count) // 480)
        return super().read(start, count)


def _draws(seed: int, count: int) -> list[Draw]:
    """The first re-draws of a seed, after the initial one."""
    rand, draws = new_rand(seed), [first_draw()]
    for _ in range(count):
        draws.append(next_draw(rand, draws[-1]))
    return draws[1:]


def _naive_draws(seed: int, count: int) -> list[NaiveRows]:
    twins = []
    for i in range(count):
        twin = NaiveRows(PCM, PCM, seed)
        for _ in range(i + 1):
            twin.counter = 2821
            twin.redraw()
        twins.append(twin)
    return twins


def _seed_whose_first_draw(wanted: Callable[[Draw], bool]) -> int:
    return next(seed for seed in range(1, 400) if wanted(_draws(seed, 1)[0]))


@pytest.mark.parametrize("seed", [1, 2, 3, 42, 4294967295, 20261123])
def test_draws_equal_naive_twin(seed: int) -> None:
    """Twelve re-draws: gains, filters, low-pass and its band."""
    for draw, twin in zip(_draws(seed, 12), _naive_draws(seed, 12), strict=True):
        assert_same([draw.speech_gain, draw.noise_gain], [twin.speech_gain, twin.noise_gain])
        assert_same(draw.filters, [twin.filters["speech"], twin.filters["noise"]])
        assert (draw.lowpass, draw.band_lp) == (twin.lowpass, twin.band_lp)


def test_recorded_draw(golden: Callable[[str], Any]) -> None:
    """The first re-draw of the reference, at row 2821."""
    stages = golden("stages.npz")
    first, draw = first_draw(), _draws(1, 1)[0]
    for i, row in enumerate(stages["row_index"]):
        own = draw if row >= 2821 else first
        assert_same([own.speech_gain, own.noise_gain], [stages["speech_gain"][i], stages["noise_gain"][i]])
        assert (own.lowpass, own.band_lp) == (stages["lowpass"][i], stages["band_lp"][i])


def test_thirteen_values_a_draw() -> None:
    """Each re-draw takes exactly thirteen values, whatever is muted."""
    for seed in range(1, 30):
        rand = new_rand(seed)
        next_draw(rand, first_draw())
        expected = new_rand(seed)
        for _ in range(13):
            rand_next(expected)
        assert rand.tolist() == expected.tolist()


def test_lowpass_may_lie_above_the_last_bin() -> None:
    """Quirk Q-LOWPASS-OVER: the highest low-pass is 50 times the lowest, six times the last bin."""
    lowpasses = [draw.lowpass for seed in range(1, 60) for draw in _draws(seed, 4)]
    assert min(lowpasses) >= 60
    assert FREQ_SIZE < max(lowpasses) <= 3006


def test_band_lp_keeps_its_value_when_no_edge_is_above() -> None:
    """Quirk Q-BAND-LP: the same low-pass gives different bands, by what was drawn before."""
    seen = set()
    for seed in range(1, 60):
        before = first_draw()
        for draw in _draws(seed, 6):
            if draw.lowpass >= 400:
                assert draw.band_lp == before.band_lp
                seen.add(draw.band_lp)
            before = draw
    assert len(seen) > 5
    assert 22 in seen


def test_readers_wrap_and_drop_the_partial_frame() -> None:
    """Quirk Q-PARTIAL-DROPPED: 160 frames, then the first again."""
    source = Watched(PCM)
    reader = LoopReader(source)
    out = np.concatenate([reader.read(7), reader.read(493)]).reshape(500, 480)
    assert source.frames == [i % 160 for i in range(500)]
    assert (out == PCM[: 160 * 480].reshape(160, 480)[np.arange(500) % 160]).all()


@pytest.mark.parametrize(("frames", "start"), [(1, 0), (149, 0), (150, 0), (151, 150), (160, 150)])
def test_noise_starts_after_the_skip_once(frames: int, start: int) -> None:
    """Quirk Q-NOISE-SKIP: only longer files are skipped into, and a wrap restarts at frame 0."""
    noise = Watched(PCM[: 480 * frames + 11])
    Mixer(ArrayPcm(PCM), noise).mix(400, MixerBuffers(400))
    assert noise.frames == [(start + i) % frames for i in range(400)]


@pytest.mark.parametrize("muted", ["speech", "noise", "both"])
def test_a_muted_source_is_not_read(muted: str) -> None:
    """Quirk Q-MUTED-NOT-READ: it stands still until the next draw, then goes on where it was."""

    def wanted(draw: Draw) -> bool:
        return (draw.speech_gain == 0, draw.noise_gain == 0) == (muted != "noise", muted != "speech")

    seed = _seed_whose_first_draw(wanted)
    clean, noise = Watched(PCM), Watched(PCM[: 480 * 151])
    mixer = Mixer(clean, noise, seed)
    buffers = MixerBuffers(3000)
    mixer.mix(2821, buffers)
    read = len(clean.frames), len(noise.frames)
    assert read == (2821, 2821)
    mixer.mix(2822, buffers)
    assert len(clean.frames) == (2821 if muted != "noise" else 2821 + 2822)
    assert len(noise.frames) == (2821 if muted != "speech" else 2821 + 2822)
    after = _draws(seed, 2)[1]
    mixer.mix(1, buffers)
    for source, gain, frames, start in ((clean, after.speech_gain, 160, 0), (noise, after.noise_gain, 151, 150)):
        if gain != 0:
            assert source.frames == [(start + i) % frames for i in range(len(source.frames))]


@pytest.mark.parametrize("row", [1, 15, 2820, 2821, 2822, 5642, 5643, 5644, 9000])
@pytest.mark.parametrize("seed", [1, 5, 29])
def test_resuming_at_any_row_equals_going_on(row: int, seed: int) -> None:
    """A mixer made from a state gives the same samples, labels and next state."""
    going = Mixer(ArrayPcm(PCM), ArrayPcm(PCM[: 480 * 153]), seed)
    done, buffers = 0, MixerBuffers(600)
    while done < row:
        done += min(600, row - done)
        going.mix(done - going.state.row, buffers)
    resumed = Mixer(ArrayPcm(PCM), ArrayPcm(PCM[: 480 * 153]), seed, going.state)
    expected, got = going.mix(20, buffers), resumed.mix(20, MixerBuffers(20))
    assert_same(got.noisy[: 1248 + 20 * 480], expected.noisy[: 1248 + 20 * 480])
    for name in ("clean", "noise"):
        assert_same(getattr(got, name)[: 21 * 480], getattr(expected, name)[: 21 * 480])
    for name in ("lowpass", "band_lp", "noise_gain", "vad"):
        assert getattr(got, name)[:20].tolist() == getattr(expected, name)[:20].tolist()
    for field in fields(going.state):
        assert np.array_equal(getattr(going.state, field.name), getattr(resumed.state, field.name)), field.name


def test_naive_draw_values_are_in_order() -> None:
    """The first values of seed 1 decide what the reference's first draw is known to be."""
    values = rand_values(1, 13)
    draw = _draws(1, 1)[0]
    assert draw.speech_gain == F(10.0 ** ((-40 + values[0] % 60) / 20))
