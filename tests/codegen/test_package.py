"""An exported folder: what is in it, that it is the same every time, what is never overwritten."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from rnnoise_py.cli import app
from rnnoise_py.codegen.package import export_model
from rnnoise_py.errors import ModelError, OutputError
from rnnoise_py.model import read_model, write_model
from tests.conftest import REPOSITORY
from tests.model_samples import SYNTHETIC, models, synthetic

MODEL_FILES = ("rnn_data.c", "model.rnnn", "model.rnn", "weights.hdf5")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Write a model to export."""
    write_model(synthetic("synthetic_b"), tmp_path / "mine.hdf5")
    return tmp_path / "mine.hdf5"


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _export(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["export", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("tag", SYNTHETIC)
def test_every_model_in_the_folder_is_the_model(tag: str, tmp_path: Path) -> None:
    """Exported from one file, every file of the folder reads back as that model."""
    write_model(synthetic(tag), tmp_path / "in.rnnn")
    _export("-q", tmp_path / "in.rnnn", "-o", tmp_path / "out")
    for name in MODEL_FILES:
        assert read_model(tmp_path / "out" / name) == synthetic(tag)


def test_the_folder_is_self_contained_and_the_same_every_time(weights: Path, tmp_path: Path) -> None:
    """Two exports from other places and formats agree in every byte; no paths, no dates, nothing built."""
    _export("-q", weights, "-o", tmp_path / "one")
    (tmp_path / "elsewhere").mkdir()
    write_model(read_model(weights), tmp_path / "elsewhere" / "other.rnn")
    _export("-q", tmp_path / "elsewhere" / "other.rnn", "-o", tmp_path / "two")
    one = _tree(tmp_path / "one")
    assert one == _tree(tmp_path / "two")
    assert {"Makefile", "README.txt", "rnnoise.pc.in", "rnn_data.h", "include/rnnoise.h", *MODEL_FILES} <= set(one)
    assert "src/rnn_data.c" not in one
    for name, content in one.items():
        assert not name.startswith(("build", "."))
        assert str(tmp_path).encode() not in content
        assert str(REPOSITORY).encode() not in content
    assert not re.search(r"20\d\d-\d\d", one["README.txt"].decode())


@pytest.mark.parametrize(
    ("formats", "files"), [(["text"], {"model.rnnn"}), (["packed", "keras"], {"model.rnn", "weights.hdf5"})]
)
def test_chosen_formats(formats: list[str], files: set[str], weights: Path, tmp_path: Path) -> None:
    """``--format`` writes what it names and nothing else."""
    _export("-q", weights, "-o", tmp_path / "out", *(f"--format={name}" for name in formats))
    assert set(_tree(tmp_path / "out")) == files


def test_json_and_report(weights: Path, tmp_path: Path) -> None:
    """The result as JSON on stdout: digest, sizes, what quantization lost by layer."""
    result = CliRunner().invoke(app, ["export", str(weights), "-o", str(tmp_path / "out"), "--json"])
    summary = json.loads(result.stdout)
    assert summary["digest"] == synthetic("synthetic_b").digest
    assert summary["parameters"] == 87_503
    assert set(summary["quantization"]["layers"]) == set(summary["layers"])
    assert summary["quantization"]["largest_error"] == 0
    assert "vad_gru: 3528 weights, 0 clipped" in result.stderr


def test_a_folder_with_files_needs_force(weights: Path, tmp_path: Path) -> None:
    """Nothing is written over without ``--force``; with it, other files stay."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "diary.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        export_model(weights, out)
    assert set(_tree(out)) == {"diary.txt"}
    export_model(weights, out, force=True)
    assert read_model(out / "model.rnn") == synthetic("synthetic_b")
    assert (out / "diary.txt").read_text() == "mine"


def test_the_input_is_never_overwritten(weights: Path, tmp_path: Path) -> None:
    """Exporting weights.hdf5 into its own folder would replace floats by rounded ones."""
    out = tmp_path / "out"
    out.mkdir()
    weights.rename(out / "weights.hdf5")
    before = _tree(out)
    with pytest.raises(OutputError, match="is also an input"):
        export_model(out / "weights.hdf5", out, force=True)
    assert _tree(out) == before


def test_exporting_again_leaves_unchanged_sources_alone(weights: Path, tmp_path: Path) -> None:
    """So make compiles only the new model."""
    out = tmp_path / "out"
    export_model(weights, out)
    before = (out / "Makefile").stat().st_mtime_ns
    export_model(weights, out, force=True)
    assert (out / "Makefile").stat().st_mtime_ns == before


def test_a_model_too_large_for_packed(tmp_path: Path) -> None:
    """By default the packed file is left out with a remark; asked for, it is an error, nothing written."""
    from hypothesis import find

    large = find(models(largest=128), lambda m: m.denoise_gru.neurons == 128)
    write_model(large, tmp_path / "large.rnnn")
    with pytest.raises(ModelError, match="sizes up to 127"):
        export_model(tmp_path / "large.rnnn", tmp_path / "none", formats=["text", "packed"])
    assert not (tmp_path / "none").exists()
    remarks = export_model(tmp_path / "large.rnnn", tmp_path / "out").remarks
    assert "model.rnn was left out" in remarks[0]
    assert not (tmp_path / "out" / "model.rnn").exists()
    assert read_model(tmp_path / "out" / "rnn_data.c") == large


def test_clipped_weights_are_reported(weights: Path, tmp_path: Path) -> None:
    """A weight beyond ±0.5 is clipped, counted, warned of."""
    import h5py

    with h5py.File(weights, "r+") as file:
        values = file["model_weights/vad_gru/vad_gru/kernel:0"]
        values[0, :4] = [0.6, -0.6, 0.499, -0.5]
    opened, remarks, _ = export_model(weights, tmp_path / "out", formats=["text"])
    assert opened.quantization is not None
    report = {layer.layer: layer for layer in opened.quantization.layers}["vad_gru"]
    assert (report.clipped, report.at_limit) == (2, 1)
    assert report.largest_error == pytest.approx(0.6 - 127 / 256)
    assert opened.model.vad_gru.weights[0, :4].tolist() == [127, -128, 127, -128]
    assert "2 weights outside" in remarks[0]
    with pytest.warns(UserWarning, match="2 weights outside"):
        read_model(weights)
