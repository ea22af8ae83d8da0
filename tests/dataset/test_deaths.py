"""Killed, interrupted, two at once, outputs that are inputs: merge, balance, sample, synthesize, pack."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.dataset import balance, merge, pack, sample, synthesize
from rnnoise_py.dataset.config import Config
from rnnoise_py.dataset.journal import Journal, read_rows
from rnnoise_py.dataset.synthesis import with_output
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.runs.atomic import output_folder
from rnnoise_py.runs.lock import lock, locked_folder
from rnnoise_py.runs.provenance import read_manifest
from tests.command_line import run_here
from tests.killed import contents, run_killed

FILES = 4
WHOLE_MERGE = ["all_clean.raw", "all_noise.raw", "files.csv", "manifest.json"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders of short files, no two alike; one of ``noise`` is no audio."""
    root = tmp_path_factory.mktemp("root")
    for seed, kind in enumerate(("clean", "noise")):
        (root / kind).mkdir()
        for index in range(FILES):
            hiss = 0.1 * np.random.default_rng([seed, index]).standard_normal(4_800 + 480 * index)
            soundfile.write(root / kind / f"{kind}_{index}.wav", hiss, 48_000)
    (root / "noise" / "noise_0.wav").write_bytes(b"no sound")
    return root


@pytest.fixture(scope="module")
def merged(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an undisturbed merge gives."""
    out = tmp_path_factory.mktemp("merged")
    merge([root / "clean"], [root / "noise"], out)
    return contents(out)


def _merge(root: Path, out: Path) -> tuple[object, ...]:
    return ("dataset", "merge", "-q", "--clean", root / "clean", "--noise", root / "noise", "-o", out)


@pytest.mark.parametrize(
    ("place", "count"),
    [
        ("rnnoise_py.dataset.merging:Journal.add", 0),  # the first file is in the stream, but not in the log
        ("rnnoise_py.dataset.merging:Journal.add", FILES),  # all of clean
        ("rnnoise_py.dataset.merging:Journal.add", 2 * FILES - 1),
        ("rnnoise_py.dataset.merging:os.replace", 1),  # the table has its name
        ("rnnoise_py.dataset.merging:os.replace", 2),  # clean too
        ("rnnoise_py.dataset.merging:os.replace", 3),  # noise too, no manifest
    ],
)
def test_a_killed_merge_goes_on(
    root: Path, merged: dict[str, bytes], tmp_path: Path, place: str, count: int, capfdbinary: Any
) -> None:
    """Wherever it dies: the same bytes as undisturbed, nothing left over; without --resume it starts over."""
    out = tmp_path / "out"
    assert run_killed(place, count, *_merge(root, out), "--workers", 1) == -9
    assert not (out / "manifest.json").exists()
    shutil.copytree(out, tmp_path / "again")
    done = run_here(capfdbinary, *_merge(root, out), "--resume")
    assert done.code == 1, done.err  # one file was left out
    assert contents(out) == merged
    finals = [name for name in WHOLE_MERGE if (tmp_path / "again" / name).exists()]
    force = ["--force"] if finals else []
    assert run_here(capfdbinary, *_merge(root, tmp_path / "again"), *force).code == 1
    assert contents(tmp_path / "again") == merged


def test_what_is_resumed_is_the_same_merge(root: Path, merged: dict[str, bytes], tmp_path: Path) -> None:
    """Other folders, other files, damaged streams, another command's folder are refused; a finished one is read."""
    out = tmp_path / "out"
    assert run_killed("rnnoise_py.dataset.merging:Journal.add", 2, *_merge(root, out), "--workers", 1) == -9
    with pytest.raises(InputError, match=r"cannot be resumed: its noise input was .*noise, now it is"):
        merge([root / "clean"], [root / "clean"], out, resume=True)
    other = tmp_path / "other"
    shutil.copytree(root, other)
    with pytest.raises(InputError, match="cannot be resumed: its clean input"):
        merge([other / "clean"], [root / "noise"], out, resume=True)
    partial = out / ".all_clean.raw.partial"
    whole = partial.read_bytes()
    for content in (whole[:4_000], b"\1" + whole[1:]):
        partial.write_bytes(content)
        with pytest.raises(InputError, match="its streams are damaged"):
            merge([root / "clean"], [root / "noise"], out, resume=True)
    partial.write_bytes(whole + b"more")
    report = merge([root / "clean"], [root / "noise"], out, resume=True)
    assert contents(out) == merged
    again = merge([root / "clean"], [root / "noise"], out, resume=True)
    assert again.as_json() == report.as_json()
    with pytest.raises(InputError, match="now it is"):
        merge([root / "noise"], [root / "clean"], out, resume=True)
    with pytest.raises(InputError, match="choose one"):
        merge([root / "clean"], [root / "noise"], out, resume=True, force=True)


def test_a_changed_input_is_noticed(root: Path, tmp_path: Path) -> None:
    """A file of the same name and size that was written since."""
    mine = tmp_path / "mine"
    shutil.copytree(root, mine)
    out = tmp_path / "out"
    assert run_killed("rnnoise_py.dataset.merging:Journal.add", 2, *_merge(mine, out), "--workers", 1) == -9
    path = mine / "clean" / "clean_0.wav"
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(1, 1))
    with pytest.raises(InputError, match="its list of input files was"):
        merge([mine / "clean"], [mine / "noise"], out, resume=True)


def _placed(out: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents(out).items() if name != "manifest.json"}


@pytest.mark.parametrize(
    ("place", "count"),
    [
        ("rnnoise_py.dataset.placing:write_manifest", 0),
        ("rnnoise_py.dataset.placing:_place", 0),  # what was there is deleted, nothing is placed yet
        ("rnnoise_py.dataset.placing:_place", 2),
        ("rnnoise_py.dataset.placing:write_manifest", 1),  # all is placed, but it does not say so
    ],
)
@pytest.mark.parametrize("how", ["--resume", "--force"])
def test_a_killed_balance_can_be_repeated(
    root: Path, tmp_path: Path, place: str, count: int, how: str, capfdbinary: Any
) -> None:
    """First or with --force over an earlier run: it goes on or starts over, other files are left alone."""
    out = tmp_path / "out"
    balance(root, ["clean", "noise"], out, seed=1)
    (out / "mine.wav").write_text("mine")
    command = ("dataset", "balance", root, "--speech", "clean,noise", "-o", out, "--seed", 2, "-q")
    assert run_killed(place, count, *command, "--force") == -9
    nothing_changed = place.endswith("write_manifest") and count == 0
    assert read_manifest(out / "manifest.json").get("complete", True) is nothing_changed
    if how == "--resume" and nothing_changed:
        assert run_here(capfdbinary, *command, how).code == 2  # it is still the run of seed 1
        return
    done = run_here(capfdbinary, *command, how)
    assert done.code == 1, done.err  # one file of ten was left out
    balance(root, ["clean", "noise"], tmp_path / "whole", seed=2)
    assert _placed(out) == {**_placed(tmp_path / "whole"), "mine.wav": b"mine"}
    assert read_manifest(out / "manifest.json") == read_manifest(tmp_path / "whole" / "manifest.json")


def test_a_killed_sample_goes_on(root: Path, tmp_path: Path, capfdbinary: Any) -> None:
    """The rest is added, what is there is not copied again; another seed is another run."""
    out = tmp_path / "out"
    command = ("dataset", "sample", root / "clean", "-n", 3, "-o", out)
    assert run_killed("rnnoise_py.dataset.placing:_place", 1, *command) == -9
    first = next(path for path in out.iterdir() if path.suffix == ".wav")
    date = first.stat().st_mtime_ns
    assert run_here(capfdbinary, *command, "--seed", 2, "--resume").code == 2
    assert run_here(capfdbinary, *command).code == 2
    done = run_here(capfdbinary, *command, "--resume")
    assert done.code == 0, done.err
    assert first.stat().st_mtime_ns == date
    assert sorted(path.name for path in out.glob("*.wav")) == sorted(
        Path(line).name for line in done.out.decode().split()
    )


def _holder(folder: Path) -> "subprocess.Popen[bytes]":
    """Another process that holds the lock of a folder."""
    program = (
        "import sys, time; from pathlib import Path; from rnnoise_py.runs.lock import lock, locked_folder\n"
        "with locked_folder(Path(sys.argv[1])):\n print(flush=True)\n time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Path]:
    """A folder that another run is writing, with a temporary file of it."""
    folder = tmp_path / "busy"
    folder.mkdir()
    process = _holder(folder)
    (folder / f".x.wav.{process.pid}.part").write_text("half")
    yield folder
    process.kill()
    process.wait()


def test_two_at_once_are_one_line(root: Path, busy: Path, tmp_path: Path, capfdbinary: Any) -> None:
    """Every command that writes a folder refuses one that another is writing, whatever its options."""
    (tmp_path / "a.cfg").write_text(f"[noisy_speech]\nspeech_dir: {root / 'clean'}\nnoise_dir: {root / 'noise'}\n")
    commands = (
        ("merge", "--clean", root / "clean", "--noise", root / "noise", "-o", busy),
        ("balance", root, "--speech", "clean,noise", "-o", busy),
        ("sample", root / "clean", "-n", 1, "-o", busy),
        ("synthesize", tmp_path / "a.cfg", "--set", f"clean_destination={busy}", "--set", "total_hours=0.01"),
        ("made-up", "-o", busy, "--speech-files", 1, "--noise-files", 0),
    )
    before = contents(busy)
    for command in commands:
        for option in ("--force", "--resume"):
            if (command[0], option) == ("made-up", "--resume"):
                continue
            done = run_here(capfdbinary, "dataset", *command, option)
            assert (done.code, len(done.error_lines)) == (2, 1), done.err
            assert done.error_lines[0].endswith("is being written by another run: wait for it")
    assert contents(busy) == before


def test_what_a_dead_run_left_is_removed(tmp_path: Path) -> None:
    """Temporary files that no living process holds, and no others."""
    folder = tmp_path / "out"
    folder.mkdir()
    names = (".a.wav.0123abcd.part", ".b.wav.89abcdef.part", ".mine.part", "c.wav")
    for name in names:
        (folder / name).write_text("half")
    handle = os.open(folder / names[1], os.O_RDWR)
    assert lock(handle)
    with output_folder(folder, force=True):
        assert sorted(contents(folder)) == sorted(names[1:])
    os.close(handle)
    with pytest.raises(OutputError, match="not empty"), output_folder(folder, force=False):
        pass


def test_a_lock_goes_with_its_process(tmp_path: Path) -> None:
    """Killed is free."""
    process = _holder(tmp_path)
    with pytest.raises(OutputError, match="another run"), locked_folder(tmp_path):
        pass
    process.kill()
    process.wait()
    with locked_folder(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_no_output_is_an_input_of_merge(root: Path, tmp_path: Path) -> None:
    """The output folder behind a link in an input folder; an output file that is a hard link to an input."""
    clean, out = tmp_path / "clean", tmp_path / "out"
    shutil.copytree(root / "clean", clean)
    merge([clean], [root / "noise"], out)
    (clean / "more").symlink_to(out)
    before = contents(out)
    with pytest.raises(OutputError, match="is also an input"):
        merge([clean], [root / "noise"], out, force=True)
    assert contents(out) == before
    (clean / "more").unlink()
    os.link(out / "all_noise.raw", clean / "linked.raw")
    with pytest.raises(OutputError, match="is also an input"):
        merge([clean], [root / "noise"], out, force=True)
    assert contents(out) == before


def test_no_output_is_an_input_of_balance_and_sample(root: Path, tmp_path: Path) -> None:
    """Files that lie in the output folder, however the way there."""
    speech = tmp_path / "speech"
    for name in ("a", "b"):
        shutil.copytree(root / "clean", speech / name)
    out = tmp_path / "out"
    balance(speech, ["a", "b"], out)
    (speech / "a" / "more").symlink_to(out)
    before = contents(out)
    with pytest.raises(InputError, match="lies inside the output"):
        balance(speech, ["a", "b"], out, force=True)
    (tmp_path / "link").symlink_to(out)
    with pytest.raises(InputError, match="lies inside"):
        sample(tmp_path / "link", 2, out, force=True)
    assert contents(out) == before


def _config(root: Path, out: Path, **keys: Any) -> Config:
    seconds = {"audio_length": 1, "total_hours": 2 / 3600, "clean_activity_threshold": 0}
    config = Config(**{**seconds, "speech_dir": (root / "clean",), "noise_dir": (root / "noise",), **keys})
    return with_output(config, out)


def test_no_output_is_an_input_of_synthesize(root: Path, tmp_path: Path) -> None:
    """A source folder with a link to a destination; a table that names a clip of an earlier run."""
    clean, out = tmp_path / "clean", tmp_path / "out"
    shutil.copytree(root / "clean", clean)
    synthesize(_config(root, out, speech_dir=(clean,)))
    (clean / "more").symlink_to(out / "clean")
    before = contents(out)
    with pytest.raises(InputError, match="lies in clean_destination"):
        synthesize(_config(root, out, speech_dir=(clean,)), force=True)
    table = tmp_path / "speech.csv"
    table.write_text(f"filename\n{out / 'clean' / 'clean_fileid_0.wav'}\n")
    with pytest.raises(InputError, match="lies in clean_destination"):
        synthesize(_config(root, out, speech_csv=table), force=True)
    assert contents(out) == before


def test_pack_follows_no_link_out_of_the_folder(tmp_path: Path, capfdbinary: Any) -> None:
    """Files and folders behind links are left out and named; links within count; --follow-links packs them all."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_text("secret")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.wav").write_text("a")
    (folder / "same.wav").symlink_to("a.wav")
    (folder / "b.txt").symlink_to(secret / "key.txt")
    (folder / "c").symlink_to(secret)
    done = run_here(capfdbinary, "dataset", "pack", folder, tmp_path / "a.zip")
    assert done.code == 1
    assert done.err.count("leads out of the folder") == 2
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["folder/a.wav", "folder/same.wav"]
        assert archive.read("folder/same.wav") == b"a"
    assert pack(folder, tmp_path / "a.tar", follow_links=True) == 4
    with tarfile.open(tmp_path / "a.tar") as packed:
        assert len(packed.getnames()) == 4
    (folder / "a.wav").unlink()
    (folder / "same.wav").unlink()
    with pytest.raises(InputError, match="add --follow-links"):
        pack(folder, tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


def test_an_archive_replaces_none_of_its_files(tmp_path: Path) -> None:
    """By any name; an earlier archive in the folder itself is left out and replaced."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.wav").write_text("a")
    assert pack(folder, folder / "all.zip") == 1
    assert pack(folder, folder / "all.zip", force=True) == 1
    (folder / "b.zip").write_text("b")
    (tmp_path / "link.zip").symlink_to(folder / "b.zip")
    with pytest.raises(OutputError, match="is also an input"):
        pack(folder, tmp_path / "link.zip", force=True)
    assert (folder / "b.zip").read_text() == "b"


def _is_row(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("id"), int)


@pytest.mark.parametrize("torn", [b"{", b'{"id": 7}', b'{"id": 7, "text": "\xff'])
def test_a_torn_line_of_a_journal_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    """The rows before it are there, the next one stands in a line of its own."""
    path = tmp_path / "log.jsonl"
    with Journal(path, {"seed": 1}, _is_row) as journal:
        journal.add({"id": 3})
        journal.add({"id": 1})
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    assert [row["id"] for row in read_rows(path, _is_row)] == [3, 1]
    with Journal(path, {"seed": 1}, _is_row) as journal:
        assert path.read_bytes() == whole
        assert (len(journal), 3 in journal, 7 in journal) == (2, True, False)
        journal.add({"id": 7})
        assert [row["id"] for row in journal.rows()] == [1, 3, 7]
        journal.sort()
    assert [json.loads(line).get("id") for line in path.read_bytes().splitlines()] == [None, 1, 3, 7]


def test_a_full_disk_takes_back_the_half_line(tmp_path: Path) -> None:
    """Files may not become longer: the journal is as before, and goes on when there is room."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "log.jsonl"
    with Journal(path, {"seed": 1}, _is_row) as journal:
        journal.add({"id": 0})
        before = path.read_bytes()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 4, limits[1]))
        try:
            with pytest.raises(OutputError, match="cannot write"):
                journal.add({"id": 1})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert (path.read_bytes(), 1 in journal) == (before, False)
        journal.add({"id": 1})
    assert [row["id"] for row in read_rows(path, _is_row)] == [0, 1]
    with pytest.raises(InputError, match=r"cannot read the log .*: No such file"):
        list(read_rows(tmp_path / "none.jsonl", _is_row))


def test_a_journal_of_another_run_is_refused(tmp_path: Path) -> None:
    """What differs is named; a first line of something else too."""
    path = tmp_path / "log.jsonl"
    Journal(path, {"seed": 1}, _is_row).__exit__(None, None, None)
    with pytest.raises(InputError, match="its seed was 1, now it is 2"):
        Journal(path, {"seed": 2}, _is_row)
    for head in (b"[]", b"{}", b'{"run": 1}', b"x"):
        path.write_bytes(head + b"\n")
        with pytest.raises(InputError, match="no log"):
            Journal(path, {"seed": 1}, _is_row)


def test_a_torn_first_line_starts_the_journal_over(tmp_path: Path) -> None:
    """Nothing was in it."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"run": {"se')
    with Journal(path, {"seed": 1}, _is_row) as journal:
        assert len(journal) == 0
        journal.add({"id": 0})
    assert [row["id"] for row in read_rows(path, _is_row)] == [0]


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"id": ' + b"9" * 5_000 + b"}", b'{"id": "x"}', b"null", b"\xff"])
def test_a_journal_of_something_else_is_one_line(tmp_path: Path, line: bytes) -> None:
    """Nested, huge, of other types: refused, and left as it is."""
    path = tmp_path / "log.jsonl"
    content = b'{"run": {"seed": 1}}\n' + line + b"\n"
    path.write_bytes(content)
    for read in (lambda: Journal(path, {"seed": 1}, _is_row), lambda: list(read_rows(path, _is_row))):
        with pytest.raises(InputError, match="is no log of such a run") as caught:
            read()
        assert "\n" not in str(caught.value)
    assert path.read_bytes() == content
