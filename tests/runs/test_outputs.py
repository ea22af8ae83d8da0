"""No output is an input, whatever either is called."""

import os
from pathlib import Path

import pytest

from rnnoise_py.errors import OutputError
from rnnoise_py.runs.outputs import check_outputs


def test_outputs_that_are_no_inputs_pass(tmp_path: Path) -> None:
    """Other files, new ones, the same name in another folder, and inputs that are missing or none."""
    (tmp_path / "sub").mkdir()
    source, other = tmp_path / "a.wav", tmp_path / "sub" / "a.wav"
    source.touch()
    other.touch()
    check_outputs([other, tmp_path / "new.wav"], [source, None, tmp_path / "missing.wav"])
    check_outputs([], [source])


@pytest.mark.parametrize("kind", ["itself", "spelled", "linked", "hard-linked", "folder linked"])
def test_an_input_is_found_under_any_name(kind: str, tmp_path: Path) -> None:
    """The same path, another spelling, a link, a hard link, a link to its folder."""
    (tmp_path / "sub").mkdir()
    source = tmp_path / "sub" / "a.wav"
    source.touch()
    output = {
        "itself": source,
        "spelled": tmp_path / "sub" / ".." / "sub" / "a.wav",
        "linked": tmp_path / "link.wav",
        "hard-linked": tmp_path / "hard.wav",
        "folder linked": tmp_path / "folder" / "a.wav",
    }[kind]
    if kind == "linked":
        output.symlink_to(source)
    if kind == "hard-linked":
        os.link(source, output)
    if kind == "folder linked":
        (tmp_path / "folder").symlink_to(tmp_path / "sub")
    with pytest.raises(OutputError, match="is also an input"):
        check_outputs([tmp_path / "new.wav", output], [tmp_path / "missing", source])


def test_two_outputs_are_two_files(tmp_path: Path) -> None:
    """Whether they are there or not, and however they are spelled."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "sub")
    new, again = tmp_path / "sub" / "v.csv", tmp_path / "linked" / "v.csv"
    for _ in range(2):
        with pytest.raises(OutputError, match="are one file"):
            check_outputs([new, again], [])
        new.touch()
