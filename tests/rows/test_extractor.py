"""Training rows: the whole assembly beside its twin, in blocks of any size, by any workers, from any state."""

import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.audio import ArrayPcm
from rnnoise_py.errors import InputError
from rnnoise_py.rows.extractor import RowExtractor, RowsState, iter_training_rows, training_rows
from rnnoise_py.spec.layout import GAIN, ROW_SIZE, VAD
from tests.lane_arrays import Array, assert_same
from tests.naive_rows import NaiveRows

Int16 = npt.NDArray[np.int16]
Mix = tuple[Int16, Int16]
EDGE_CASES = ("one_frame_files", "silent_clean", "silent_noise", "both_silent", "full_scale_square", "dc", "impulses")


TWIN = "rows: Python = slow twin"


@pytest.fixture(scope="module")
def mix(golden_pcm: Callable[[str], Int16]) -> Mix:
    return golden_pcm("clean"), golden_pcm("noise")[: 480 * 700 + 3]


@pytest.fixture(scope="module")
def rows(mix: Mix) -> Array:
    """6000 rows, over two re-draws."""
    return training_rows(*mix, 6000)


def _naive(twin: NaiveRows, count: int) -> Array:
    return np.stack([twin.next() for _ in range(count)])


def _from_state(twin: NaiveRows, state: RowsState) -> NaiveRows:
    """Put the twin where an extractor stands: draws and files by going there, the rest from its state."""
    mixer, history = state.mixer, state.history
    twin.skip(mixer.row)
    twin.memories = mixer.memory.copy()
    twin.vad_count = mixer.vad_count
    twin.last = {"speech": mixer.clean, "noise": mixer.noise, "noisy": mixer.noisy[-480:]}
    twin.pitch_buffer = np.concatenate([np.zeros(480, np.float32), mixer.noisy])
    twin.pitch, twin.gain = int(history.period[0]), history.gain[0]
    twin.ring, twin.slot = history.ring.T.copy(), int(history.slot[0])
    return twin


def _state_at(mix: Mix, row: int, seed: int = 1) -> RowsState:
    extractor = RowExtractor(ArrayPcm(mix[0]), ArrayPcm(mix[1]), seed)
    for _ in extractor.blocks(row):
        pass
    return extractor.state


def test_twin_meets_recorded_rows(golden_pcm: Callable[[str], Int16], golden: Callable[[str], Any]) -> None:
    """The twin itself equals recorded rows, from the start and across the first re-draw."""
    stages, mix = golden("stages.npz"), (golden_pcm("clean"), golden_pcm("noise"))
    assert_same(_naive(NaiveRows(*mix), 25), stages["row"][:25])
    assert stages["row_index"][40] == 2815
    twin = _from_state(NaiveRows(*mix), _state_at(mix, 2815))
    assert_same(_naive(twin, 15), stages["row"][40:55])


def test_equals_naive_twin_from_the_start(mix: Mix, rows: Array, compared: Callable[[str, int], None]) -> None:
    """The first rows, where buffers and rings are still filling."""
    assert_same(rows[:40], _naive(NaiveRows(*mix), 40))
    compared(TWIN, 40)


@pytest.mark.parametrize("first_row", [2815, 5637])
def test_equals_naive_twin_across_redraws(
    mix: Mix, rows: Array, first_row: int, compared: Callable[[str, int], None]
) -> None:
    """From a state just before a re-draw over it."""
    twin = _from_state(NaiveRows(*mix), _state_at(mix, first_row))
    assert_same(rows[first_row : first_row + 16], _naive(twin, 16))
    compared(TWIN, 16)


@pytest.mark.parametrize("seed", [4, 13, 99])
def test_equals_naive_twin_with_other_seeds(mix: Mix, seed: int) -> None:
    """Other draws, muted sources among them."""
    state = _state_at(mix, 2818, seed)
    twin = _from_state(NaiveRows(*mix, seed), state)
    extractor = RowExtractor(ArrayPcm(mix[0]), ArrayPcm(mix[1]), seed, state=state)
    assert_same(next(extractor.blocks(12)), _naive(twin, 12))


@pytest.mark.parametrize("name", EDGE_CASES)
def test_equals_naive_twin_on_edge_cases(
    name: str, golden: Callable[[str], Any], compared: Callable[[str, int], None]
) -> None:
    """Awkward files: the first rows and two dozen after a hundred; silence returns nothing early."""
    cases = golden("edge_cases.npz")
    mix = cases[f"{name}__clean"], cases[f"{name}__noise"]
    assert_same(training_rows(*mix, 20), _naive(NaiveRows(*mix), 20))
    twin = _from_state(NaiveRows(*mix), _state_at(mix, 100))
    assert_same(training_rows(*mix, 124)[100:], _naive(twin, 24))
    compared(TWIN, 44)


def test_silence_masks_the_gains_only(golden: Callable[[str], Any]) -> None:
    """Quirk Q-SILENT-CONTINUES: silent rows are written with features, and gains of −1."""
    cases = golden("edge_cases.npz")
    rows = training_rows(cases["both_silent__clean"], cases["both_silent__noise"], 50)
    assert (rows[:, GAIN.columns] == -1).all()
    assert rows[20, :42].any()
    assert set(rows[:, VAD.start].tolist()) == {0.5, 0.0}


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("block_rows", [1, 15, 16, 17, 255, 256, 257, 2047, 2048, 2049, 10_000])
def test_blocks_and_workers_do_not_matter(mix: Mix, rows: Array, block_rows: int, workers: int) -> None:
    """Around every edge, the blocks put together are the same rows."""
    count = min(len(rows), 3 * block_rows + 41)
    blocks = list(iter_training_rows(*mix, count, block_rows=block_rows, workers=workers))
    assert [len(b) for b in blocks[:-1]] == [block_rows] * (len(blocks) - 1)
    assert 0 < len(blocks[-1]) <= block_rows
    assert all(b.dtype == np.float32 and b.shape[1] == ROW_SIZE for b in blocks)
    assert_same(np.concatenate(blocks), rows[:count])


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 255, 256, 257, 2047, 2048, 2049, 4097])
def test_any_count(mix: Mix, rows: Array, count: int) -> None:
    """As many rows as wanted, the same from the start."""
    assert_same(training_rows(*mix, count, workers=2), rows[:count])


def test_blocks_are_not_overwritten(mix: Mix, rows: Array) -> None:
    """A block that was yielded stays as it is."""
    first, *rest = iter_training_rows(*mix, 900, block_rows=300)
    assert len(rest) == 2
    assert_same(first, rows[:300])


@pytest.mark.parametrize("workers", [1, 2])
def test_extraction_resumes_at_any_row(mix: Mix, rows: Array, workers: int) -> None:
    """Cut at random rows and near re-draws, each part from the state of the part before."""
    rng = np.random.default_rng(41)
    cuts = sorted({0, 1, 2820, 2821, 2822, 5643, len(rows), *rng.integers(2, len(rows), 8).tolist()})
    state, sources = None, (ArrayPcm(mix[0]), ArrayPcm(mix[1]))
    for first, last in pairwise(cuts):
        extractor = RowExtractor(*sources, workers=workers, state=state)
        part = np.concatenate(list(extractor.blocks(last - first, 777)))
        assert_same(part, rows[first:last], f"rows {first} … {last - 1}")
        state = extractor.state


def test_a_state_outlives_its_extractor(mix: Mix, rows: Array) -> None:
    """A snapshot is not moved on by what follows, and serves twice."""
    sources = ArrayPcm(mix[0]), ArrayPcm(mix[1])
    extractor = RowExtractor(*sources)
    next(extractor.blocks(100))
    state = extractor.state
    next(extractor.blocks(100))
    for _ in range(2):
        assert_same(next(RowExtractor(*sources, state=state).blocks(50)), rows[100:150])
    assert_same(next(extractor.blocks(50)), rows[200:250])


def test_an_abandoned_extraction_ends(mix: Mix) -> None:
    """Dropping the blocks midway leaves no thread waiting for a turn that never comes."""
    for _ in range(30):
        blocks = RowExtractor(ArrayPcm(mix[0]), ArrayPcm(mix[1]), workers=3).blocks(6000, 256)
        next(blocks)
        del blocks


@pytest.mark.parametrize("workers", [1, 2])
def test_no_rows_left_is_no_block(mix: Mix, workers: int) -> None:
    """A resumed extraction may have nothing left to do."""
    assert list(RowExtractor(ArrayPcm(mix[0]), ArrayPcm(mix[1]), workers=workers).blocks(0)) == []


def test_float_and_int16_are_told_apart_by_dtype(mix: Mix, rows: Array) -> None:
    """int16/32768 as float32 or float64 gives the bits of int16."""
    for dtype in (np.float32, np.float64):
        floats = [(pcm / 32768).astype(dtype) for pcm in mix]
        assert_same(training_rows(floats[0], floats[1], 60), rows[:60])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("call", [training_rows, iter_training_rows])
def test_floats_beyond_full_scale_warn(call: Callable[..., Any], dtype: Any) -> None:
    """Each signal that is clipped is named with how many of its samples are, at the line of the caller; ±1 is fine."""
    clean, noise = np.ones(960, dtype), np.zeros(960, dtype)
    clean[:3] = 2.5
    noise[7] = -3_000
    with pytest.warns(UserWarning, match="reaches") as caught:
        call(clean, noise, 1)
    assert [warning.filename for warning in caught] == [__file__] * 2
    assert "clean reaches ±2.5, beyond ±1: 3 of 960 samples are clipped" in str(caught[0].message)
    assert "noise reaches 3000: it looks like integers" in str(caught[1].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        call(np.ones(960, dtype), -np.ones(960, dtype), 1)


def test_seed_zero_is_seed_one(mix: Mix, rows: Array) -> None:
    """Quirk Q-SEED-ZERO, through the whole assembly."""
    assert_same(training_rows(*mix, 2850, 0), rows[:2850])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"count": 0}, "count 0"),
        ({"count": -3}, "count -3"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"block_rows": 0}, "block_rows 0"),
        ({"workers": 0}, "workers 0"),
        ({"count": 10.0}, "count 10.0"),
        ({"seed": 1.5}, "seed 1.5 is no whole number"),
        ({"seed": "1"}, "seed '1' is no whole number"),
        ({"workers": "2"}, "workers '2'"),
        ({"clean": "clean.wav"}, r"clean is a str: give an array .*open_pcm"),
        ({"noise": [0, 1]}, "noise is a list"),
        ({"clean": np.zeros(479, np.int16)}, "clean has 479 samples"),
        ({"noise": np.zeros((480, 2), np.int16)}, "noise has 2 dimensions"),
        ({"clean": np.zeros(480, np.int32)}, "clean has dtype int32"),
        ({"clean": np.full(480, np.nan)}, "clean holds samples that are not finite"),
        ({"clean": np.full(480, 1e300)}, r"clean reaches 1e\+300, which no audio does"),
        ({"noise": np.full(480, np.inf, np.float32)}, "noise holds samples that are not finite"),
    ],
)
def test_unusable_arguments_are_refused(change: dict[str, Any], words: str) -> None:
    """One line that says what was given; at the call, not at the first block."""
    given: dict[str, Any] = {
        "clean": np.zeros(960, np.int16),
        "noise": np.zeros(960, np.int16),
        "count": 5,
        "seed": 1,
        "block_rows": 10,
        "workers": 1,
    }
    with pytest.raises(InputError, match=words) as caught:
        iter_training_rows(**(given | change))
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_two_thousand_rows_equal_naive_twin(
    golden_pcm: Callable[[str], Int16], compared: Callable[[str, int], None]
) -> None:
    """A long run of everything computed anew, from before the first re-draw until well after it."""
    mix = golden_pcm("clean"), golden_pcm("noise")
    twin = _from_state(NaiveRows(*mix, 2), _state_at(mix, 1822, 2))
    assert_same(training_rows(*mix, 3822, 2)[1822:], _naive(twin, 2000))
    compared(TWIN, 2000)
