"""Which recordings there are: mixes of everything with everything, published sets, manifests that are hostile."""

import json
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.report.conditions import LARGEST_MANIFEST, Condition, read_conditions
from rnnoise_py.report.published import find_set
from rnnoise_py.report.recordings import find_recordings, mixed_recordings
from rnnoise_py.stages.compare import Settings

SNRS = [0.0, 5.0, 12.0]


def folders(tmp_path: Path, clean: int, noises: int) -> tuple[Path, Path]:
    """Make empty files: nothing is decoded here."""
    pair = tmp_path / "clean", tmp_path / "noise"
    for folder, count in zip(pair, (clean, noises), strict=True):
        for number in range(count):
            path = folder / f"kind{number}" / "one.wav" if folder.name == "noise" else folder / f"voice{number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return pair


@pytest.mark.parametrize(("clean", "noises"), [(1, 3), (3, 3), (4, 6), (5, 1)])
def test_every_noise_meets_every_snr(tmp_path: Path, clean: int, noises: int) -> None:
    """With each clean file: "by SNR" and "by noise" do not depend on each other."""
    mixes, words = mixed_recordings(*folders(tmp_path, clean, noises), SNRS, 1)
    assert len(mixes) == clean * noises * len(SNRS)
    assert words == f"{len(mixes)} mixes: {clean} clean × {noises} noise files × 3 SNRs"
    met = Counter((mix.noise_type, mix.snr) for mix in mixes)
    assert met == dict.fromkeys(product([f"kind{k}" for k in range(noises)], SNRS), clean)
    assert len({mix.name for mix in mixes}) == len(mixes)
    for pair in {(mix.path, mix.noise) for mix in mixes}:  # the SNR is all that differs
        assert len({mix.seed for mix in mixes if (mix.path, mix.noise) == pair}) == 1


def test_an_even_part_of_the_mixes(tmp_path: Path) -> None:
    """Noises equally often, clean files as evenly as can be, each pair at every SNR; the same pairs as in the whole."""
    places = folders(tmp_path, 5, 4)
    every, _ = mixed_recordings(*places, SNRS, 7)
    for most in (3, 12, 25, 36, 59):
        some, words = mixed_recordings(*places, SNRS, 7, most)
        assert len(some) == most // 3 * 3
        assert words.startswith(f"{len(some)} of 60 mixes: ")
        assert set(some) <= set(every)
        by_noise = Counter(mix.noise_type for mix in some)
        assert max(by_noise.values()) - min(by_noise.values()) <= 3
        assert len(by_noise) == min(4, most // 3)
        assert len({mix.path for mix in some}) == min(5, most // 3) or most // 3 < 5
        assert set(Counter((mix.path, mix.noise) for mix in some).values()) == {3}
    assert mixed_recordings(*places, SNRS, 7, 1000)[0] == every
    assert mixed_recordings(*places, SNRS, 8, 12)[0] != mixed_recordings(*places, SNRS, 7, 12)[0]
    with pytest.raises(InputError, match="needed is 3 or more"):
        mixed_recordings(*places, SNRS, 7, 2)
    with pytest.raises(InputError, match="it needs clean, noise and snr"):
        Settings(inputs=places[:1], models=("default",), output=tmp_path / "out", mixes=5)


@pytest.mark.parametrize(
    "layout",
    [
        ("noisy_testset_wav", "clean_testset_wav"),
        ("noisy", "clean"),
        ("noisy_testset_wav/noisy_testset_wav", "clean_testset_wav/clean_testset_wav"),
    ],
)
def test_voicebank(tmp_path: Path, layout: tuple[str, str]) -> None:
    """Its folders, the same names in both, noise and SNR by its log."""
    for folder in layout:
        (tmp_path / folder).mkdir(parents=True)
        for name in ("p232_001", "p257_434"):
            (tmp_path / folder / f"{name}.wav").touch()
    where = (tmp_path / layout[0]).parent
    (where / "log_testset.txt").write_text("p232_001 living 17.5\np257_434 bus 2.5\n\nodd line of four words\n")
    noisy, clean = find_set("voicebank", tmp_path)
    recordings, remarks = find_recordings([noisy], clean)
    assert [(one.name, one.noise_type, one.snr) for one in recordings] == [
        ("p232_001", "living", 17.5),
        ("p257_434", "bus", 2.5),
    ]
    assert all(one.clean is not None and one.clean.name == one.path.name for one in recordings)
    assert remarks == []
    settings = Settings(corpus=("voicebank", str(tmp_path)), models=("default",), output=tmp_path / "out")
    assert settings.corpus == ("voicebank", str(tmp_path))


def test_sets_that_are_none(tmp_path: Path) -> None:
    """An unknown name, a folder of something else, recordings besides."""
    (tmp_path / "noisy").mkdir()
    given = {"models": ("default",), "output": tmp_path / "out"}
    for corpus, reason in (
        (("voicebank", str(tmp_path)), "noisy_testset_wav"),
        (("demand", "."), "there is no set 'demand'"),
    ):
        with pytest.raises(InputError, match=reason):
            Settings(corpus=corpus, **given)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a set has its recordings"):
        Settings(corpus=("voicebank", "."), inputs=(tmp_path,), **given)  # type: ignore[arg-type]


HOSTILE: dict[str, tuple[str, str | bytes, str]] = {
    "nested": ("manifest.json", "[" * 100_000 + "]" * 100_000, "nested too deeply"),
    "nested objects": ("manifest.json", '{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
    "digits": ("manifest.json", '[{"id": ' + "7" * 5_000 + ', "snr": 1}]', "too many digits"),
    "half": ("manifest.json", '[{"id": "a"', "no JSON"),
    "bytes": ("manifest.json", b"\xff\xfe[1]", "no UTF-8"),
    "field": ("clips.csv", "id,snr\n" + "a" * 200_000 + ",1\n", "no CSV"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_manifests_are_passed_over(tmp_path: Path, case: str) -> None:
    """One remark of one line; what is known from elsewhere is used."""
    name, content, reason = HOSTILE[case]
    inside = tmp_path / "recordings"
    inside.mkdir()
    (inside / "a_snr5.wav").touch()
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else str(content).encode())
    ((recording,), remarks) = find_recordings([inside], None)
    assert recording.snr == 5
    (remark,) = remarks
    assert reason in remark
    assert "\n" not in remark


def test_large_manifests_are_not_read(tmp_path: Path) -> None:
    """A sparse file of gigabytes."""
    with (tmp_path / "manifest.json").open("wb") as stream:
        stream.truncate(LARGEST_MANIFEST + 1)
    conditions, (remark,) = read_conditions([tmp_path / "x"])
    assert conditions == {}
    assert "more than 64 MB" in remark


def test_odd_numbers_are_none(tmp_path: Path) -> None:
    """Numbers that are no SNR, names that turn text round."""
    entries = [
        {"id": "a", "snr": 10**400, "noise": "fan"},
        {"id": "b", "snr": float("nan"), "noise": "r\u202eain\x1b"},
        {"id": "c", "snr": "1e999"},
        {"id": 7, "snr": "5"},
        {"id": ["d"], "snr": 5},
    ]
    (tmp_path / "manifest.json").write_text(json.dumps(entries))
    conditions, remarks = read_conditions([tmp_path])
    assert remarks == []
    assert conditions == {"a": Condition(None, "fan"), "b": Condition(None, "r\\u202eain\\x1b"), "7": Condition(5.0)}
