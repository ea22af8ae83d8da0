"""The synthesizer as a whole: same files for any number of workers, after any kill, whatever lies about."""

import csv
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from rnnoise_py.dataset import Config, read_config
from rnnoise_py.dataset.clip import Clip, first_source, make_clip
from rnnoise_py.dataset.excerpt import read_excerpt
from rnnoise_py.dataset.mixing import Mixture
from rnnoise_py.dataset.sources import build_lists
from rnnoise_py.dataset.stream import Passed, Piece
from rnnoise_py.dataset.synthesis import synthesize, with_output
from rnnoise_py.errors import InputError, OutputError, RNNoiseError
from rnnoise_py.synthetic import speech
from tests.dataset_tree import CATEGORIES, add_bad_files, write_config, write_tree

FILTER_TAIL = 1e-5  # a window that is resampled misses what its filter would see beyond 50 ms
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tree(tmp_path_factory.mktemp("tree"))


def _config(tree: Path, out: Path, **keys: object) -> Config:
    config, _ = read_config(write_config(out.with_suffix(".cfg"), tree, out, **keys))
    return config


def _files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def made(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run it once, in this process; the others are compared with it."""
    out = tmp_path_factory.mktemp("made") / "out"
    summary = synthesize(_config(tree, out), seed=3)
    assert summary.clips == 7
    return out


def test_names_counts_and_levels(made: Path) -> None:
    """Seven clips as announced, named as the original names them, at the level in the name."""
    for kind in ("clean", "noise"):
        names = sorted(path.name for path in (made / kind).iterdir())
        assert names == [f"{kind}_fileid_{i}.wav" for i in range(7)]
    for path in (made / "noisy").iterdir():
        found = re.fullmatch(r"(.+)_(.+)_snr(-?\d+)_tl(-?\d+)_fileid_(\d)\.wav", path.name)
        assert found
        assert -5 <= int(found[3]) < 20
        noisy, rate = soundfile.read(path)
        assert (rate, len(noisy)) == (48_000, 96_000)
        clean, _ = soundfile.read(made / "clean" / f"clean_fileid_{found[5]}.wav")
        noise, _ = soundfile.read(made / "noise" / f"noise_fileid_{found[5]}.wav")
        assert np.abs(noisy - clean - noise).max() < 2.5 / 32_768
        assert 20 * np.log10(np.sqrt((noisy**2).mean())) == pytest.approx(int(found[4]), abs=1.0)


def test_logs_say_what_is_there(made: Path) -> None:
    """Table, rows and manifest agree with the files, and name sources, SNR, level, seed."""
    with (made / "logs" / "clips.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["id"] for row in rows] == [str(i) for i in range(7)]
    for row in rows:
        assert (made / "noisy" / row["noisy"]).is_file()
        assert f"_snr{row['snr_db']}_tl{row['level_dbfs']}_fileid_{row['id']}.wav" in row["noisy"]
        assert row["seed"] == f"3:{row['id']}"
        assert row["noise_category"] in CATEGORIES
        assert "utterance" in row["clean_sources"]
    manifest = json.loads((made / "logs" / "manifest.json").read_text())
    assert manifest["clips"] == 7
    assert sum(manifest["snr"].values()) == sum(manifest["level"].values()) == 7
    assert manifest["seed"] == 3


def test_two_workers_give_the_same_bytes(tree: Path, made: Path, tmp_path: Path) -> None:
    """Clips, tables and manifest are byte-identical for one and two workers."""
    synthesize(_config(tree, tmp_path / "out"), seed=3, workers=2)
    assert _files(tmp_path / "out") == _files(made)


def test_another_seed_gives_other_clips(tree: Path, made: Path, tmp_path: Path) -> None:
    """The seed decides."""
    synthesize(_config(tree, tmp_path / "out", fileindex_end=1), seed=4)
    name = "clean/clean_fileid_0.wav"
    assert (tmp_path / "out" / name).read_bytes() != (made / name).read_bytes()


def _command(config: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "rnnoise_py", "dataset", "synthesize", str(config), "--seed", "3", *options]


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_random_moments_and_resumed(tree: Path, made: Path, tmp_path: Path, workers: int) -> None:
    """SIGKILL whenever it pleases, resume, again and again: the same bytes, and nothing left over."""
    out = tmp_path / "out"
    config = write_config(tmp_path / "a.cfg", tree, out)
    rng = random.Random(time.time_ns())
    killed = 0
    for _ in range(3):
        run = subprocess.Popen(
            _command(config, "--resume", "--workers", str(workers)),
            cwd=REPOSITORY,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + 30
        seen = len(list(out.rglob("*.wav")))
        while run.poll() is None and len(list(out.rglob("*.wav"))) <= seen and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.15))
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            killed += 1
        run.communicate()
        # what stands under its final name is whole
        for path in out.rglob("*.wav"):
            if not path.name.startswith("."):
                assert path.stat().st_size == 44 + 2 * 96_000
        assert killed == 0 or run.returncode in {0, -signal.SIGKILL}
    command = _command(config, "--resume")
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert _files(out) == _files(made)


def test_killed_parent_leaves_no_workers(tree: Path, tmp_path: Path) -> None:
    """When only the parent is killed, its workers leave by themselves."""
    config = write_config(tmp_path / "a.cfg", tree, tmp_path / "out", total_hours=1)
    run = subprocess.Popen(
        _command(config, "--workers", "2"),
        cwd=REPOSITORY,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while run.poll() is None and not list((tmp_path / "out").rglob("*.wav")):
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    for _ in range(100):
        try:
            os.killpg(run.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        os.killpg(run.pid, signal.SIGKILL)
        pytest.fail("workers are still there")


def test_interrupt_is_quiet(tree: Path, tmp_path: Path) -> None:
    """Ctrl-C ends with code 130 and no traceback; what was finished is kept for --resume."""
    config = write_config(tmp_path / "a.cfg", tree, tmp_path / "out", total_hours=1)
    run = subprocess.Popen(
        _command(config, "--workers", "2"),
        cwd=REPOSITORY,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while run.poll() is None and not list((tmp_path / "out").rglob("*.wav")):
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=30)
    assert run.returncode == 130, errors
    assert "Traceback" not in errors


def test_resume_finds_missing_clips(tree: Path, made: Path, tmp_path: Path) -> None:
    """A clip that was deleted or cut is made again."""
    config = _config(tree, tmp_path / "out")
    synthesize(config, seed=3)
    (tmp_path / "out/clean/clean_fileid_3.wav").unlink()
    (tmp_path / "out/noise/noise_fileid_5.wav").write_bytes(b"short")
    summary = synthesize(config, seed=3, resume=True)
    assert summary.kept == 5
    assert _files(tmp_path / "out") == _files(made)


def test_resume_refuses_another_run(tree: Path, tmp_path: Path) -> None:
    """Another seed, config or source list cannot be resumed; without --resume a full folder is refused."""
    config = _config(tree, tmp_path / "out", fileindex_end=0)
    synthesize(config, seed=3)
    with pytest.raises(InputError, match="cannot be resumed: its seed was 3, now it is 4"):
        synthesize(config, seed=4, resume=True)
    with pytest.raises(OutputError, match="not empty"):
        synthesize(config, seed=3)
    with pytest.raises(InputError, match="choose one"):
        synthesize(config, seed=3, resume=True, force=True)
    with pytest.raises(InputError, match="its fileindex_end was 0, now it is 1"):
        synthesize(_config(tree, tmp_path / "out", fileindex_end=1), seed=3, resume=True)
    (tmp_path / "out/clean/mine.txt").write_text("keep")
    synthesize(config, seed=4, force=True)
    assert (tmp_path / "out/clean/mine.txt").read_text() == "keep"
    assert len(list((tmp_path / "out/noisy").iterdir())) == 1


def test_bad_files_are_named_and_counted(tmp_path: Path) -> None:
    """Every kind of bad file among the sources: skipped, with its reason in the table; exit code 1."""
    tree = write_tree(tmp_path / "tree")
    bad = add_bad_files(tree / "speech" / "english")
    config = write_config(tmp_path / "a.cfg", tree, tmp_path / "out", total_hours=0.02)
    done = subprocess.run(_command(config), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    with (tmp_path / "out/logs/passed_over.csv").open(newline="") as stream:
        unreadable = [row for row in csv.DictReader(stream) if row["kind"] == "unreadable"]
    assert len(unreadable) == bad
    assert all(Path(row["path"]).name in row["reason"] for row in unreadable)
    assert len(list((tmp_path / "out/clean").iterdir())) == 36


def test_only_bad_files_is_an_error_not_a_loop(tmp_path: Path) -> None:
    """A list without a usable file ends at once, also when all are clipped."""
    tree = write_tree(tmp_path / "tree")
    add_bad_files(tmp_path / "bad")
    with pytest.raises(InputError, match="none of the 10 speech files"):
        synthesize(_config(tree, tmp_path / "a", speech_dir=tmp_path / "bad"))
    (tmp_path / "loud").mkdir()
    soundfile.write(tmp_path / "loud" / "a.wav", np.sign(np.sin(np.arange(96_000) / 30)), 48_000)
    with pytest.raises(InputError, match="unreadable or clipped"):
        synthesize(_config(tree, tmp_path / "b", noise_dir=tmp_path / "loud"))
    (tmp_path / "silent").mkdir()
    soundfile.write(tmp_path / "silent" / "a.wav", np.zeros(96_000), 48_000)
    with pytest.raises(InputError, match="low activity"):
        synthesize(_config(tree, tmp_path / "c", speech_dir=tmp_path / "silent"))


def test_broken_noise_category_does_not_stop_the_run(tmp_path: Path) -> None:
    """A category without a usable file is passed over; the others serve."""
    tree = write_tree(tmp_path / "tree")
    bad = tree / "noise" / "broken"
    bad.mkdir()
    (bad / "a.wav").write_bytes(b"text")
    summary = synthesize(_config(tree, tmp_path / "out"), seed=3)
    assert summary.clips == 7
    assert "broken" not in summary.categories


def test_missing_folders_before_any_work(tree: Path, tmp_path: Path) -> None:
    """A missing folder, an empty one, or outputs among the sources: an error, and nothing is created."""
    for keys, message in (
        ({"speech_dir": tmp_path / "gone"}, "speech_dir: folder"),
        ({"noise_dir": tmp_path / "gone"}, "noise_dir: folder"),
        ({"clean_singing": tmp_path / "gone"}, "use_singing_data=0"),
        ({"noise_types_excluded": "steady, typing, street"}, "no noise files"),
        ({"rir_probability": 0.5}, "rir_table_csv"),
        ({"clean_destination": tree / "speech" / "english" / "out"}, "inside the source folder"),
    ):
        with pytest.raises(InputError, match=message):
            synthesize(_config(tree, tmp_path / "out", **keys))
        assert not (tmp_path / "out").exists()


def test_groups_and_choices(tree: Path, tmp_path: Path) -> None:
    """Singing is added and chosen by its path; compatible mode keeps the groups one after the other."""
    for name in ("male", "female"):
        (tmp_path / "singing" / name).mkdir(parents=True)
        soundfile.write(tmp_path / "singing" / name / f"{name}.wav", np.zeros(480), 48_000)

    def singers(choice: int) -> list[str]:
        config = _config(tree, tmp_path / "x", clean_singing=tmp_path / "singing", singing_choice=choice)
        return sorted(path.stem for path in build_lists(config, 1).speech if "singing" in str(path))

    assert [singers(choice) for choice in (1, 2, 3)] == [["male"], ["female"], ["female", "male"]]
    keys = {"clean_singing": tmp_path / "singing", "mixed_groups": False}
    order = build_lists(_config(tree, tmp_path / "x", **keys), 1).speech
    assert all("singing" in str(path) for path in order[-2:])
    orders = {build_lists(_config(tree, tmp_path / "x", mixed_groups=True), seed).speech for seed in (1, 2)}
    assert len(orders) == 2


def test_tables_instead_of_folders(tree: Path, tmp_path: Path) -> None:
    """speech_csv and noise_csv name the files in a column `filename`."""
    paths = sorted((tree / "speech").rglob("*.wav"))[:2]
    table = tmp_path / "speech.csv"
    table.write_text("number,filename\n" + "".join(f"1,{path}\n" for path in paths))
    lists = build_lists(_config(tree, tmp_path / "x", speech_csv=table), 1)
    assert sorted(lists.speech) == paths
    table.write_text("number,name\n1,2\n")
    with pytest.raises(InputError, match="no column `filename`"):
        build_lists(_config(tree, tmp_path / "x", speech_csv=table), 1)


def test_reverberation_from_a_table(tree: Path, tmp_path: Path) -> None:
    """Rooms are chosen by kind and T60, channels count from 1, and the room stands in the log."""
    response = np.zeros((4_000, 2))
    response[100, 1], response[0, 0] = 0.5, 1.0
    soundfile.write(tmp_path / "room.wav", response, 16_000)
    table = tmp_path / "rooms.csv"
    rooms = ("room.wav,2,0.5,9,1", "other.wav,1,0.5,9,0", "long.wav,1,3,9,1")
    table.write_text("\n".join(["wavfile,channel,T60_WB,C50_WB,isRealRIR", *rooms]))
    keys = {"rir_table_csv": table, "rir_probability": 1, "rir_choice": 1, "fileindex_end": 0}
    config = _config(tree, tmp_path / "out", **keys)
    assert [(room.path.name, room.channel) for room in build_lists(config, 1).responses] == [("room.wav", 1)]
    synthesize(config)
    row = json.loads((tmp_path / "out/logs/clips.jsonl").read_text().splitlines()[1])
    assert row["room"] == {"path": str(tmp_path / "room.wav"), "channel": 2}


def test_fixed_snr_and_level(tree: Path, tmp_path: Path) -> None:
    """randomize_snr: False takes the SNR given, else the mean of the bounds; equal bounds leave one level."""
    keys = {"randomize_snr": False, "target_level_lower": -28, "target_level_upper": -28}
    lists = build_lists(_config(tree, tmp_path / "x", **keys), 1)
    mean = make_clip(_config(tree, tmp_path / "x", **keys), lists, 1, 0)
    assert (mean.mixture.snr, mean.mixture.level) == (7.5, -28)
    assert "_snr7.5_tl-28_fileid_0.wav" in mean.names["noisy"]
    given = make_clip(_config(tree, tmp_path / "x", snr=4, **keys), lists, 1, 0)
    assert given.mixture.snr == 4
    bounds = {"snr_lower": 3, "snr_upper": 5}
    config = _config(tree, tmp_path / "x", **bounds)
    assert {make_clip(config, lists, 1, number).mixture.snr for number in range(12)} == {3.0, 4.0}


def test_starts_are_spread_evenly(tree: Path, tmp_path: Path) -> None:
    """A run starts once at every part of the list, however few clips it has; groups follow in order."""
    config = _config(tree, tmp_path / "x", fileindex_start=100, fileindex_end=109)
    assert [first_source(config, 50, number) for number in range(100, 110)] == list(range(0, 50, 5))
    apart = _config(tree, tmp_path / "x", fileindex_start=100, fileindex_end=109, mixed_groups=False)
    assert [first_source(apart, 50, number) for number in range(100, 110)] == list(range(10))


def test_long_and_foreign_names_fit(tmp_path: Path) -> None:
    """Stems are cut at 100 bytes, never within a character, so that any name can be written."""
    pieces = [Piece(Path("日" * 80 + ".wav"), 0, 1)] * 3
    mixture = Mixture(np.zeros(1), np.zeros(1), np.zeros(1), -5.0, -35, 1.0, lowered=False)
    clip = Clip(1_234_567, mixture, pieces, pieces, "", (None, None), None, Passed())
    name = clip.names["noisy"]
    assert len(name.encode()) <= 240
    assert name == f"{'日' * 33}_{'日' * 33}_snr-5_tl-35_fileid_1234567.wav"


def test_test_set_keeps_speech_whole(tree: Path, tmp_path: Path) -> None:
    """is_test_set: clean clips are not cropped, the noise follows their length."""
    config = _config(tree, tmp_path / "out", is_test_set=True, audio_length=0.5, fileindex_end=1)
    synthesize(config)
    lengths = {path.stat().st_size for path in (tmp_path / "out").rglob("*_0.wav")}
    assert len(lengths) == 1
    assert lengths.pop() > 2 * 48_000


def test_compatible_mode_runs(tree: Path, tmp_path: Path) -> None:
    """The original's behaviour at 16 kHz: one clip more than announced."""
    path = write_config(tmp_path / "a.cfg", tree, tmp_path / "out", sampling_rate=16_000)
    overrides = {"rir_probability": "0", "all_formats": "1"}
    config, warnings = read_config(path, compatible=True, overrides=overrides)
    assert not warnings
    assert synthesize(config).clips == 8
    assert soundfile.info(next((tmp_path / "out/noisy").iterdir())).samplerate == 16_000


def test_unchanged_16_khz_config_warns_once(tree: Path, tmp_path: Path) -> None:
    """16 kHz is obeyed, with one warning on stderr."""
    config = write_config(tmp_path / "a.cfg", tree, tmp_path / "out", sampling_rate=16_000, fileindex_end=0)
    done = subprocess.run(_command(config), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("warning") == 1
    assert "16000" in done.stderr
    assert soundfile.info(tmp_path / "out/clean/clean_fileid_0.wav").samplerate == 16_000


@pytest.mark.parametrize(
    ("suffix", "rate"), [("wav", 48_000), ("flac", 48_000), ("ogg", 48_000), ("wav", 44_100), ("flac", 16_000)]
)
def test_window_of_a_long_source_is_the_part_of_the_whole(tmp_path: Path, suffix: str, rate: int) -> None:
    """Only the window is read, yet it holds what the whole holds there."""
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, speech(4, 3)[: 4 * rate], rate)
    whole, offset = read_excerpt(path, 48_000, None, 0.5)
    assert offset == 0.0
    for position in (0.0, 0.3, 0.999):
        part, offset = read_excerpt(path, 48_000, 20_000, position)
        start = round(offset * 48_000)
        assert len(part) == 20_000
        assert start == int(position * (4 * 48_000 - 20_000 + 1))
        off = np.abs(part - whole[start : start + 20_000]).max()
        assert off <= (0 if rate == 48_000 else FILTER_TAIL)


def test_unwritable_target(tree: Path) -> None:
    """A folder that nobody can create, not even root, is one line."""
    config = with_output(_config(tree, tree.parent / "unwritable"), Path("/proc/rnnoise"))
    with pytest.raises(OutputError, match="cannot be created"):
        synthesize(config)


def test_disk_full(tree: Path, tmp_path: Path) -> None:
    """A disk that takes no more: one line, code 2, no half-written file; with room, --resume finishes."""
    config = write_config(tmp_path / "a.cfg", tree, tmp_path / "out", fileindex_end=1)

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        _command(config),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        preexec_fn=small_files,
        check=False,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot write" in done.stderr
    assert not list((tmp_path / "out").rglob("*.wav"))
    assert not list((tmp_path / "out").rglob("*.part"))
    synthesize(_config(tree, tmp_path / "out", fileindex_end=1), seed=3, resume=True)


def test_destination_that_cannot_be_made(tree: Path, tmp_path: Path) -> None:
    """A file where a folder should be is an error that names it."""
    (tmp_path / "file").write_text("")
    config = with_output(_config(tree, tmp_path / "x"), tmp_path / "file")
    with pytest.raises(RNNoiseError, match="file"):
        synthesize(config)
