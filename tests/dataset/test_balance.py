"""Balance, sample, stats and pack."""

import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from rnnoise_py.dataset.archive import pack
from rnnoise_py.dataset.balancing import balance
from rnnoise_py.dataset.folder_stats import stats
from rnnoise_py.dataset.picking import sample
from rnnoise_py.dataset.placing import flat_names
from rnnoise_py.errors import InputError, OutputError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three languages: 10 × 1 s at 48 kHz, 5 × 1 s at 16 kHz (smallest), 3 × 4 s with equal names."""
    root = tmp_path / "root"
    for language, count, seconds, rate in (("en", 10, 1, 48_000), ("ru", 5, 1, 16_000), ("de", 3, 4, 8_000)):
        (root / language).mkdir(parents=True)
        for index in range(count):
            name = f"{'same' if language != 'en' else 'own'}_{index}.wav"
            soundfile.write(root / language / name, np.full(rate * seconds, index + 1, np.int16), rate)
    return root


def test_balance_by_duration(root: Path, tmp_path: Path) -> None:
    """Every language gets the hours of the shortest, not its bytes; equal names get their language."""
    report = balance(root, ["en", "ru", "de"], tmp_path / "out", seed=5)
    kept = {language.name: (len(language.kept), language.kept_seconds) for language in report.languages}
    assert kept == {"en": (5, 5.0), "ru": (5, 5.0), "de": (1, 4.0)}
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert sum(name.startswith("own_") for name in names) == 5
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert len(manifest["files"]) == 11
    for entry in manifest["files"]:
        assert (tmp_path / "out" / entry["name"]).read_bytes() == Path(entry["source"]).read_bytes()
    assert "hours" in report.lines()[0]


def test_balance_is_seeded_and_deletes_nothing_of_others(root: Path, tmp_path: Path) -> None:
    """Same seed, same files; --force replaces what it wrote itself and nothing else."""
    for name in ("a", "b"):
        balance(root, ["en", "ru"], tmp_path / name, seed=1)
    listing = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert listing == sorted(path.name for path in (tmp_path / "b").iterdir())
    (tmp_path / "a" / "mine.wav").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        balance(root, ["en", "ru"], tmp_path / "a", seed=2)
    balance(root, ["en", "ru"], tmp_path / "a", seed=2, force=True)
    assert (tmp_path / "a" / "mine.wav").read_text() == "mine"
    assert len(list((tmp_path / "a").iterdir())) == len(listing) + 1
    (tmp_path / "a" / "manifest.json").write_text('{"stage": "merge"}')
    with pytest.raises(InputError, match="another command"):
        balance(root, ["en", "ru"], tmp_path / "a", seed=2, force=True)
    (tmp_path / "a" / "manifest.json").unlink()
    with pytest.raises(OutputError, match="not from an earlier run"):
        balance(root, ["en", "ru"], tmp_path / "a", seed=2, force=True)


def test_links(root: Path, tmp_path: Path) -> None:
    """Hard and symbolic links instead of copies."""
    balance(root, ["en", "ru"], tmp_path / "hard", link="hard")
    assert all(path.stat().st_nlink == 2 for path in (tmp_path / "hard").glob("*.wav"))
    balance(root, ["en", "ru"], tmp_path / "symbolic", link="symbolic")
    assert all(path.is_symlink() and path.exists() for path in (tmp_path / "symbolic").glob("*.wav"))
    with pytest.raises(InputError, match="needed is one of copy, hard, symbolic"):
        balance(root, ["en"], tmp_path / "x", link="soft")


def test_balance_refusals(root: Path, tmp_path: Path) -> None:
    """Missing languages, languages without audio, outputs among inputs."""
    with pytest.raises(InputError, match="does not exist"):
        balance(root, ["en", "fr"], tmp_path / "out")
    with pytest.raises(InputError, match="named twice"):
        balance(root, ["en", "en"], tmp_path / "out")
    (root / "fr").mkdir()
    (root / "fr" / "a.wav").write_text("text")
    with pytest.raises(InputError, match="no audio that can be read"):
        balance(root, ["en", "fr"], tmp_path / "out")
    with pytest.raises(InputError, match="inside the input"):
        balance(root, ["en", "ru"], root / "en" / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ['{"stage": "merge", "files": []}', '{"stage": "balance", "files": {}}'])
def test_a_manifest_of_something_else(root: Path, tmp_path: Path, content: str) -> None:
    """Neither another command's nor one without a list of files, before any file is read."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text(content)
    for force in (True, False):
        with pytest.raises(InputError, match="another command"):
            balance(root, ["gone"], tmp_path / "out", force=force, resume=not force)
    assert (tmp_path / "out" / "manifest.json").read_text() == content


def test_what_cannot_be_linked_says_what_to_do(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hard links need one disk; a copy that fails does not speak of links."""

    def fail(*arguments: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", fail)
    with pytest.raises(OutputError, match="hard links need one disk for both: try --link copy"):
        balance(root, ["en", "ru"], tmp_path / "hard", link="hard")
    monkeypatch.setattr("shutil.copyfile", fail)
    with pytest.raises(OutputError, match="Invalid cross-device link") as caught:
        balance(root, ["en", "ru"], tmp_path / "copy")
    assert "hard links" not in str(caught.value)
    assert "add --resume" in str(caught.value)


@pytest.mark.parametrize(("length", "stays"), [(230, True), (231, False)])
def test_long_names_are_cut(length: int, stays: bool) -> None:
    """So that temporary names fit too."""
    (name,) = flat_names([("en", Path("x" * (length - 4) + ".wav"))])
    assert (len(name) == length) is stays
    assert len(name) <= 230


def test_flat_names_are_unique() -> None:
    """Also where case does not count, within one group, and for very long names."""
    files = [
        ("en", Path("a/x.wav")),
        ("ru", Path("b/X.wav")),
        ("ru", Path("c/x.wav")),
        ("ru", Path("c/en_x.wav")),
        ("ru", Path("y" * 250 + ".wav")),
    ]
    names = flat_names(files)
    assert names[:4] == ["en_x.wav", "ru_X.wav", "ru_x~2.wav", "en_x~2.wav"]
    assert len({name.lower() for name in names}) == 5
    assert all(len(name) <= 235 for name in names)
    assert flat_names(files[:1]) == ["x.wav"]


def test_sample(root: Path, tmp_path: Path) -> None:
    """N files, seeded; more than there are is an error."""
    first = sample(root, 4, tmp_path / "a", seed=1)
    again = sample(root, 4, tmp_path / "b", seed=1)
    other = sample(root, 4, tmp_path / "c", seed=2)
    assert [path.name for path in first] == [path.name for path in again]
    assert [path.name for path in first] != [path.name for path in other]
    assert all(path.is_file() for path in first)
    with pytest.raises(InputError, match="cannot draw 19 of the 18"):
        sample(root, 19, tmp_path / "d")
    assert len(sample(root, 18, tmp_path / "d")) == 18


def test_stats(root: Path) -> None:
    """Files, hours, bytes, formats and rates by folder; unreadable ones are counted."""
    (root / "ru" / "bad.wav").write_text("text")
    result = stats([root])
    rows = {Path(folder.path).name: folder for folder in result.folders}
    assert {name: (row.files, row.seconds) for name, row in rows.items()} == {
        "en": (10, 10.0),
        "ru": (6, 5.0),
        "de": (3, 12.0),
    }
    assert rows["en"].kinds == {("WAV PCM_16", 48_000, 1): 10}
    assert result.total.files == 19
    assert result.total.size == sum(path.stat().st_size for path in root.rglob("*.wav"))
    assert len(result.total.unreadable) == 1
    assert result.as_json()["total"]["seconds"] == 27.0
    assert any("bad.wav" in line for line in result.lines())
    with pytest.raises(InputError, match="does not exist"):
        stats([root / "gone"])


@pytest.mark.parametrize("suffix", ["zip", "tar", "tar.gz", "tgz", "tar.bz2", "tar.xz", "tar.zst"])
def test_pack(root: Path, tmp_path: Path, suffix: str) -> None:
    """Every format holds every file; the same folder gives the same bytes."""
    if suffix == "tar.zst" and shutil.which("zstd") is None:
        pytest.skip("no zstd program")
    archive = tmp_path / f"a.{suffix}"
    assert pack(root, archive) == 18
    expected = sorted(f"root/{path.relative_to(root).as_posix()}" for path in root.rglob("*.wav"))
    if suffix == "zip":
        with zipfile.ZipFile(archive) as content:
            assert sorted(content.namelist()) == expected
            assert content.read("root/en/own_0.wav") == (root / "en/own_0.wav").read_bytes()
    elif suffix != "tar.zst":
        with tarfile.open(archive) as packed:
            assert sorted(packed.getnames()) == expected
            member = packed.extractfile("root/en/own_0.wav")
            assert member is not None
            assert member.read() == (root / "en/own_0.wav").read_bytes()
    pack(root, tmp_path / f"b.{suffix}")
    assert archive.read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    with pytest.raises(OutputError, match="exists: add --force"):
        pack(root, archive)


def test_pack_refusals(root: Path, tmp_path: Path) -> None:
    """Unknown formats and empty folders; nothing is left behind."""
    with pytest.raises(InputError, match="unknown archive format"):
        pack(root, tmp_path / "a.rar")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no files"):
        pack(tmp_path / "empty", tmp_path / "a.zip")
    with pytest.raises(OutputError, match="does not exist"):
        pack(root, tmp_path / "gone" / "a.zip")
    assert not list(tmp_path.glob("*a.*"))
