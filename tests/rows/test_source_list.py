"""Rows of many input files: each file of rows has a digest of their list, which lies beside them once."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import soundfile

from rnnoise_py.errors import InputError
from rnnoise_py.rows import description, hdf5
from rnnoise_py.rows.description import Description, Sources, from_attributes
from rnnoise_py.stages import features

FILES = 6


def _files(count: int) -> tuple[description.Source, ...]:
    return tuple(
        {"role": ("noise", "clean")[k % 2], "path": f"{k}ü.wav", "size": k, "sha256": f"{k:064x}"} for k in range(count)
    )


@pytest.fixture
def settings(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> features.Settings:
    """Two shards of a folder of speech with more files than a file of rows names."""
    monkeypatch.setattr(description, "MOST_INSIDE", FILES - 1)
    pcm, rate = soundfile.read(data / "clean.flac", dtype="int16")
    (tmp_path / "clean").mkdir()
    for k in range(FILES):
        soundfile.write(tmp_path / f"clean/{k}.wav", pcm[k * 48_000 :][: 48_000 + k], rate)
    return features.Settings(
        clean=tmp_path / "clean",
        noise=data / "noise.flac",
        output=tmp_path / "rows.h5",
        count=3000,
        shards=2,
        workers=1,
    )


def test_few_files_stand_in_every_file() -> None:
    """Up to the limit nothing changes: the list itself is the text."""
    few = Sources(_files(description.MOST_INSIDE))
    assert few.brief is few
    assert few.list_name == ""
    assert json.loads(few.text) == list(few.files)
    assert json.loads(few.pending.text)[0]["sha256"] == description.PENDING_SOURCE


def test_many_files_are_a_digest() -> None:
    """The text is short, as long with digests pending, tells what the list would tell, and is taken back."""
    many = Sources(_files(description.MOST_INSIDE + 1))
    few = Sources(many.files[: description.MOST_INSIDE])
    assert len(many.text) == len(many.pending.text) < 600
    assert many.pending.text == Sources(tuple({**one, "sha256": description.PENDING_SOURCE} for one in many.files)).text
    assert many.identity == many.brief.identity == Sources.from_text(many.text).identity
    assert many.identity.keys() == few.identity.keys()
    assert many.identity["number of noise files"] == 126
    assert Sources.from_text(many.text).text == many.text
    found = from_attributes(json.loads(json.dumps(Description(5, 2, many).attributes)))
    assert found.identity == Description(5, 2, many).identity
    for text in ("{}", '{"list_sha256": "", "roles": 1}', '{"roles": {}}'):
        with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
            Sources.from_text(text)


def test_the_list_lies_beside_the_rows(settings: features.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and manifest name one list by its digest; the rows are those of files that name all, and can be resumed."""
    made = features.run(settings)
    assert made.manifest is not None
    manifest = json.loads(made.manifest.read_text())["sources"]
    for path in made.outputs:
        assert json.loads(hdf5.read_attributes(path)["sources"]) == manifest
    (beside,) = settings.output.parent.glob("sources-*.json")
    assert beside.name == f"sources-{manifest['list_sha256'][:16]}.json"
    assert hashlib.sha256(beside.read_bytes()).hexdigest() == manifest["list_sha256"]
    listed = json.loads(beside.read_text())
    assert [one["role"] for one in listed] == ["clean"] * FILES + ["noise"]
    before = [path.read_bytes() for path in made.outputs]
    beside.unlink()
    again = features.run(_resumed(settings))
    assert [path.read_bytes() for path in again.outputs] == before
    assert beside.exists()
    monkeypatch.setattr(description, "MOST_INSIDE", FILES + 1)
    (settings.output.parent / "whole").mkdir()
    whole = features.run(_resumed(settings, output=settings.output.parent / "whole/rows.h5", resume=False))
    assert whole.digests == made.digests
    assert json.loads(hdf5.read_attributes(whole.outputs[0])["sources"]) == listed


def test_other_files_are_not_gone_on_with(settings: features.Settings) -> None:
    """The digests tell another input as the list does."""
    features.run(settings)
    assert settings.clean is not None
    one = settings.clean / "3.wav"
    one.write_bytes(one.read_bytes()[:-2] + b"\1\2")
    with pytest.raises(InputError, match="digest of the clean files"):
        features.run(_resumed(settings))


def test_a_task_of_an_array_writes_the_list_too(settings: features.Settings) -> None:
    """Each task has the digest of the same list; gathered, they are the shards of one run."""
    whole = features.run(settings)
    names = {path.name: path.read_bytes() for path in settings.output.parent.iterdir() if path.is_file()}
    folder = settings.output.parent / "array"
    folder.mkdir()
    for k in (1, 2):
        features.run(_resumed(settings, output=folder / "rows.h5", shards=1, shard=f"{k}/2", resume=False))
    features.run(_resumed(settings, output=folder / "rows.h5", gather=True, resume=False))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == names
    assert len(whole.outputs) == 2


def _resumed(settings: features.Settings, **changes: Any) -> features.Settings:
    return replace(settings, **{"resume": True, **changes})
