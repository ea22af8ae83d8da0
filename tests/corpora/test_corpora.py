"""Recordings from packages: what is taken, how it lies, and the clips that are drawn from it."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.corpora import catalogue, clips, fetch
from rnnoise_py.corpora.catalogue import GROUPS, NOISE, SPEECH, Source
from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.stages import fetch as stage
from rnnoise_py.synthetic import noise, speech
from rnnoise_py.synthetic.tree import write_wav

#: recordings and speakers that are kept for evaluation: paths in packages that no source may take
RESERVED = (
    ("ktuberling-data", "/usr/share/ktuberling/sounds/lt/eye.wav"),
    ("ktuberling-data", "/usr/share/ktuberling/sounds/nn/eye.ogg"),
    ("ktuberling-data", "/usr/share/ktuberling/sounds/ro/eye.ogg"),
    ("klettres-data", "/usr/share/klettres/en_GB/alpha/a-0.ogg"),
    ("klettres-data", "/usr/share/klettres/lt/alpha/a-0.ogg"),
    ("tuxpaint-stamps-default", "/usr/share/tuxpaint/stamps/food/apple_desc_ro.ogg"),
    ("tuxpaint-stamps-default", "/usr/share/tuxpaint/stamps/food/apple_desc_be.ogg"),
    ("tuxpaint-stamps-default", "/usr/share/tuxpaint/stamps/food/apple_desc_el.ogg"),
    ("supertuxkart-data", "/usr/share/games/supertuxkart/data/sfx/lenautile_restaurant.ogg"),
    ("supertuxkart-data", "/usr/share/games/supertuxkart/data/sfx/rain.ogg"),
    ("supertuxkart-data", "/usr/share/games/supertuxkart/data/sfx/waterfall_loop_2.ogg"),
    ("unknown-horizons", "/usr/share/unknown-horizons/content/audio/sounds/tavern.ogg"),
    ("ufoai-sound", "sound/ambience/arcticwind.ogg"),
    ("torcs-data", "/usr/share/games/torcs/data/sound/road-ride.wav"),
    ("wesnoth-1.16-data", "/usr/share/games/wesnoth/1.16/data/core/sounds/ambient/campfire.ogg"),
    ("lincity-ng-data", "/usr/share/games/lincity-ng/sounds/MarketFull1.wav"),
    ("sonic-pi-samples", "/usr/share/sonic-pi/samples/ambi_sauna.flac"),
)


def _source(group: str, **more: str) -> Source:
    return Source("own", group, "pypi", "own", "1", ("*.wav",), "CC0", "us", **more)  # type: ignore[arg-type]


def _wheel(folder: Path, names: list[str]) -> Path:
    """Write a package with a second of audio under each name."""
    path = folder / "own-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            wav = folder / "one.wav"
            write_wav(wav, speech(1.5, number + 1))
            archive.write(wav, name)
    return path


def test_catalogue_can_be_read() -> None:
    """Names once, groups known, patterns and licences there."""
    names = [one.name for one in catalogue.catalogue()]
    assert len(set(names)) == len(names) > 15
    for one in catalogue.catalogue():
        assert one.group in GROUPS
        assert one.files
        assert one.licence
        assert one.by
    assert {one.group for one in catalogue.chosen([SPEECH])} == {SPEECH}
    with pytest.raises(InputError, match="no corpus is called 'speech'; known are human-speech"):
        catalogue.chosen(["speech"])


@pytest.mark.parametrize(("package", "path"), RESERVED)
def test_reserved_recordings_are_not_taken(package: str, path: str) -> None:
    """What models are judged by is in no training material."""
    assert not [one.name for one in catalogue.catalogue() if one.package == package and one.takes(path)]


def test_recordings_of_a_package(tmp_path: Path) -> None:
    """A folder a speaker, a record with licence and digest; once there it is not fetched again."""
    source = _source(SPEECH, speaker=r"/([ab])-")
    wheel = _wheel(tmp_path, ["own/a-1.wav", "own/a-2.wav", "own/b-1.wav", "own/readme.txt"])
    asked = []

    def download(one: Source, _: Path) -> Path:
        asked.append(one.name)
        return wheel

    for _ in range(2):
        (record,) = fetch.fetch([source], tmp_path / "out", download)
    assert asked == ["own"]
    assert (record["files"], record["licence"], record["by"]) == (3, "CC0", "us")
    assert sorted(path.name for path in (tmp_path / "out" / "own").iterdir()) == ["a", "b", "source.json"]
    assert json.loads((tmp_path / "out" / "own" / "source.json").read_text())["sha256"] == record["sha256"]
    assert not list((tmp_path / "out").glob(".fetching*"))


def test_a_package_without_them_is_refused(tmp_path: Path) -> None:
    """Another version may hold other files."""
    wheel = _wheel(tmp_path, ["own/readme.txt"])
    with pytest.raises(InputError, match="own holds none of the recordings of own"):
        fetch.fetch([_source(NOISE)], tmp_path / "out", lambda *_: wheel)
    assert not (tmp_path / "out" / "own").exists()


def test_a_debian_package(tmp_path: Path) -> None:
    """Unpacked, not installed."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("no dpkg-deb")
    root = tmp_path / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(
        "Package: own\nVersion: 1\nArchitecture: all\nMaintainer: us <us@example.org>\nDescription: sounds\n"
    )
    (root / "usr" / "share" / "own").mkdir(parents=True)
    write_wav(root / "usr" / "share" / "own" / "a.wav", speech(1, 1))
    package = tmp_path / "own_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", root, package], check=True, stdout=subprocess.DEVNULL)
    source = Source("own", NOISE, "debian", "own", "1", ("*/own/*.wav",), "CC0", "us")
    (record,) = fetch.fetch([source], tmp_path / "out", lambda *_: package)
    assert (record["files"], record["version"]) == (1, "1")
    assert (tmp_path / "out" / "own" / "own-a.wav").is_file()


@pytest.fixture
def recordings(tmp_path: Path) -> clips.Recordings:
    """Two speakers and two noises."""
    paths = []
    for number in range(4):
        paths.append(tmp_path / f"{number}.wav")
        made = speech(4, number) if number < 2 else noise("pink", 1 if number == 2 else 6, number)
        write_wav(paths[-1], made)
    return clips.Recordings(((paths[0],), (paths[1],)), (0.5, 0.5), (paths[2], paths[3]), (0.5, 0.5))


def test_clips_are_what_their_seed_says(recordings: clips.Recordings) -> None:
    """The same again, another with another seed; as long as asked for, at one level."""

    def background(seconds: float, seed: int) -> clips.Float32:
        return noise("white", seconds, seed)

    makers: tuple[Callable[[np.random.Generator], clips.Float32], ...] = (
        lambda rng: clips.human_speech(recordings, 5, rng),
        lambda rng: clips.recorded_noise(recordings, 5, rng, background),
        lambda rng: clips.human_crowd(recordings, 5, rng),
    )
    for make in makers:
        first, again, other = (make(np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert len(first) == 5 * SAMPLE_RATE
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)
        assert np.abs(first).max() <= 0.98
        active = first[np.abs(first) > 1e-3 * np.abs(first).max()]
        assert abs(20 * np.log10(np.sqrt(np.mean(active.astype(np.float64) ** 2))) + 26) < 3.5


def test_pauses_are_lowered_speech_is_not() -> None:
    """A recorder's hiss 45 dB below the speech falls by tens of dB, loud frames keep their samples."""
    rng = np.random.default_rng(1)
    said = (0.001 * rng.standard_normal(2 * SAMPLE_RATE)).astype(np.float32)
    tone = np.sin(2 * np.pi * 300 * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    said[:SAMPLE_RATE] += 0.3 * tone
    out = clips.expanded(said)
    middle = slice(SAMPLE_RATE // 4, SAMPLE_RATE // 2)
    assert np.array_equal(out[middle], said[middle])
    quiet = slice(SAMPLE_RATE + SAMPLE_RATE // 4, None)
    fall = 10 * np.log10(np.mean(said[quiet] ** 2) / np.mean(out[quiet] ** 2))
    assert 15 < fall <= 31
    assert clips.level_range(said) > 40


def test_unknown_names_are_one_line(tmp_path: Path) -> None:
    """Before anything is fetched."""
    with pytest.raises(InputError, match="no corpus is called 'gone'"):
        stage.run(stage.Settings(names=("gone",), output=tmp_path / "out"))
    assert not (tmp_path / "out").exists()
