"""The denoise command: files, folders, pipes, VAD files, controls, and every kind of bad input."""

import dataclasses
import io
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from rnnoise_py.cli import main
from rnnoise_py.denoiser import Controls, denoise, kernels
from rnnoise_py.denoiser.backend import BULK
from rnnoise_py.errors import RNNoiseError
from rnnoise_py.lanes.cache import cache_folder
from rnnoise_py.model import Int8Model, write_model
from tests.command_line import command, environment

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def model(golden: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded model as a file."""
    activations = golden("denoise.json")["synthetic_a"]["activations"]
    path = tmp_path_factory.mktemp("model") / "model.rnnn"
    write_model(Int8Model.from_arrays(golden("denoise.npz"), activations, prefix="synthetic_a__"), path)
    return path


@pytest.fixture(scope="module")
def pcm(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> npt.NDArray[np.int16]:
    """Two seconds and a bit of noisy speech."""
    return golden_pcm("noisy")[48_000:145_003]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``rnnoise-py denoise`` in this process; return exit code and stderr."""

    def call(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["rnnoise-py", "denoise", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        return int(stop.value.code or 0), capsys.readouterr().err

    return call


@pytest.mark.parametrize(
    ("name", "rate", "channels", "subtype"),
    [
        ("a.wav", 48_000, 1, "PCM_16"),
        ("b.wav", 44_100, 2, "FLOAT"),
        ("c.flac", 16_000, 1, "PCM_24"),
        ("d.wav", 8_000, 3, "DOUBLE"),
        ("e.aiff", 48_000, 1, "PCM_16"),
        ("f.ogg", 48_000, 1, "VORBIS"),
        ("g.wav", 22_050, 1, "ULAW"),
        ("h.w64", 96_000, 2, "PCM_32"),
        ("i.wav", 48_000, 1, "PCM_U8"),
    ],
)
def test_files_keep_what_they_are(
    name: str, rate: int, channels: int, subtype: str, run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path
) -> None:
    """Rate, channels, coding, container and length of the output are the input's."""
    audio = np.stack([np.roll(pcm, 100 * channel) for channel in range(channels)], axis=1)
    soundfile.write(tmp_path / name, audio, rate, subtype)
    target = tmp_path / f"out{Path(name).suffix}"
    code, said = run(tmp_path / name, target, "--model", model)
    assert code == 0, said
    assert "× real time" in said
    before, after = soundfile.info(tmp_path / name), soundfile.info(target)
    for field in ("samplerate", "channels", "subtype", "format"):
        assert getattr(before, field) == getattr(after, field)
    if subtype != "VORBIS":
        assert before.frames == after.frames
    if subtype in ("FLOAT", "PCM_16"):
        dtype = "int16" if subtype == "PCM_16" else "float32"
        given, got = soundfile.read(tmp_path / name, dtype=dtype)[0], soundfile.read(target, dtype=dtype)[0]
        np.testing.assert_array_equal(got, denoise(given, rate, model))


def test_bare_pcm_and_other_suffixes(run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """.raw in, .wav out and back; a shorter file than a frame works."""
    (tmp_path / "in.raw").write_bytes(pcm[:400].tobytes())
    assert run(tmp_path / "in.raw", tmp_path / "out.wav", "--model", model)[0] == 0
    assert run(tmp_path / "out.wav", tmp_path / "out.raw", "--model", model)[0] == 0
    assert soundfile.info(tmp_path / "out.wav").subtype == "PCM_16"
    assert len((tmp_path / "out.raw").read_bytes()) == 800


def test_no_compiler_and_no_library_are_needed(
    model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path, compared: Callable[[str, int], None]
) -> None:
    """With no program in PATH the shipped kernels denoise, to the bits of the numba backend."""
    soundfile.write(tmp_path / "in.wav", pcm, 48_000)
    arguments = command("denoise", tmp_path / "in.wav", tmp_path / "out.wav", "--model", model)
    caches = {"XDG_CACHE_HOME": str(tmp_path), "NUMBA_CACHE_DIR": str(cache_folder().parent)}
    apart = environment(PATH=str(tmp_path), RNNOISE_LIBRARY="", **caches)
    done = subprocess.run(arguments, env=apart, capture_output=True, text=True, check=True)
    assert "(numba" in done.stderr
    got = soundfile.read(tmp_path / "out.wav", dtype="int16")[0]
    np.testing.assert_array_equal(got, denoise(pcm, model=model, backend="numba"))
    compared("samples denoised without a compiler", len(got))


def test_first_run_says_that_it_compiles(
    run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without compiled kernels of the denoiser there is a note; with them, or with -q, there is none."""
    soundfile.write(tmp_path / "in.wav", pcm[:2_000], 48_000)
    arguments = (tmp_path / "in.wav", tmp_path / "out.wav", "--model", model, "--backend", "numba", "--force")
    compiled: list[int] = []
    monkeypatch.setattr(kernels, "are_compiled", lambda kind: kind in compiled)
    monkeypatch.setattr(kernels, "compile_kernels", lambda _: None)
    assert run(*arguments)[1].startswith("compiling the kernels, once: about half a minute\ncompiled in 0 s\n")
    assert run(*arguments, "-q") == (0, "")
    compiled.append(BULK)
    assert "compiling" not in run(*arguments)[1]


def test_controls(run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """Mix, attenuation limit, muting, cutting and raw latency reach the samples."""
    source = tmp_path / "in.wav"
    soundfile.write(source, pcm, 48_000)

    def out(*options: object) -> npt.NDArray[np.int16]:
        target = tmp_path / "out.wav"
        code, said = run(source, target, "--model", model, "-q", "--force", *options)
        assert (code, said) == (0, "")
        return np.asarray(soundfile.read(target, dtype="int16")[0])

    wet = out()
    np.testing.assert_array_equal(out("--mix", 0), pcm)
    np.testing.assert_array_equal(out("--max-attenuation", 0), pcm)
    half = out("--mix", 0.5)
    assert np.abs(half - (wet.astype(float) + pcm) / 2).max() <= 1
    limited = out("--max-attenuation", 20)
    assert np.abs(limited - (0.9 * wet.astype(float) + 0.1 * pcm)).max() <= 1
    np.testing.assert_array_equal(out("--raw-latency")[480:], wet[:-480])
    np.testing.assert_array_equal(out("--vad-threshold", 0), wet)
    assert not out("--vad-threshold", 1).any()
    assert len(out("--vad-threshold", 1, "--cut")) == 0


def test_vad_files(run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """CSV has a line for each 10 ms, JSON the same values and segments."""
    source = tmp_path / "in.wav"
    soundfile.write(source, pcm, 48_000)
    for name in ("v.csv", "v.json"):
        assert run(source, tmp_path / "out.wav", "--model", model, "--vad", tmp_path / name, "--force")[0] == 0
    frames = -(-len(pcm) // 480)
    lines = (tmp_path / "v.csv").read_text().splitlines()
    content = json.loads((tmp_path / "v.json").read_text())
    assert lines[0] == "start,end,vad,segment"
    assert len(lines) == frames + 1
    assert [float(line.split(",")[2]) for line in lines[1:]] == pytest.approx(content["vad"], abs=1e-6)
    inside = sum(round((end - start) * 100) for start, end in content["segments"])
    assert inside == sum(line.split(",")[3] != "0" for line in lines[1:])


def test_folder_runs_go_on_after_failures(run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """Good files of a folder tree are done by two workers, bad ones listed at the end with exit code 1."""
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.wav", "b.flac", "deep/a.wav"):
        soundfile.write(folder / name, pcm[:10_000], 48_000)
    out = tmp_path / "out"
    assert run(folder, "-o", out, "--model", model, "--workers", 2, "--vad", "csv")[0] == 0
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.*")) == [
        "a.wav",
        "a.wav.csv",
        "b.flac",
        "b.flac.csv",
        "deep/a.wav",
        "deep/a.wav.csv",
    ]
    expected = denoise(pcm[:10_000], model=model)
    np.testing.assert_array_equal(soundfile.read(out / "deep" / "a.wav", dtype="int16")[0], expected)
    (folder / "bad.wav").write_text("no audio")
    (folder / "empty.wav").touch()
    code, said = run(folder, "-o", out, "--model", model)
    assert (code, "not empty" in said) == (2, True)
    code, said = run(folder, "-o", out, "--model", model, "--force")
    assert code == 1
    assert "bad.wav" in said
    assert "2 of 5 files failed" in said
    assert not list(out.rglob("*.part"))
    assert not (out / "bad.wav").exists()


def test_where_every_file_fails_nothing_is_left(
    run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path
) -> None:
    """No input can be used: exit code 2 and no folder; one can: no folder for those that cannot."""
    folder, out = tmp_path / "in", tmp_path / "new" / "out"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.wav", "deep/b.wav"):
        (folder / name).write_text("no audio")
    code, said = run(folder, "-o", out, "--model", model, "-q")
    assert (code, said.count("cannot be read as audio")) == (2, 2)
    assert "error: none of the 2 files can be denoised" in said
    code, said = run(folder / "a.wav", "-o", out, "--model", model, "-q")
    assert (code, said.count("\n"), "cannot be read as audio" in said) == (2, 1, True)
    assert list(tmp_path.iterdir()) == [folder]
    out.mkdir(parents=True)
    assert run(folder, "-o", out, "--model", model, "-q")[0] == 2
    assert out.is_dir()
    soundfile.write(folder / "c.wav", pcm[:2_000], 48_000)
    assert run(folder, "-o", out, "--model", model, "-q")[0] == 1
    assert [path.name for path in out.iterdir()] == ["c.wav"]


def test_truncated_files_are_said(run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """A WAV cut short is denoised as far as it goes, with one warning line; of many files there is one line too."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.wav", "b.wav", "whole.wav"):
        soundfile.write(folder / name, pcm[:4_800], 48_000)
    for name in ("a.wav", "b.wav"):
        (folder / name).write_bytes((folder / name).read_bytes()[: 44 + 2 * 1_000])
    code, said = run(folder / "a.wav", tmp_path / "a.wav", "--model", model, "-q")
    reason = f"{folder / 'a.wav'} is cut short: 0.0792 s are missing; what is there is taken\n"
    assert (code, said) == (0, f"rnnoise-py: warning: {reason}")
    assert soundfile.info(tmp_path / "a.wav").frames == 1_000
    code, said = run(folder, "-o", tmp_path / "out", "--model", model, "-q")
    assert (
        code,
        said.count("\n"),
        f"2 files are cut short or damaged; the first, {folder / 'a.wav'}, is cut" in said,
    ) == (0, 1, True)


def test_inputs_are_never_overwritten(run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """Another input's output, a VAD file, or a link in the output folder must not replace what is read."""
    one, out = tmp_path / "x", tmp_path / "out"
    for folder in (one / "sub", out / "sub"):
        folder.mkdir(parents=True)
        soundfile.write(folder / "b.wav", pcm[:2_000], 48_000)
    before = (out / "sub" / "b.wav").read_bytes()
    model_json = tmp_path / "model.json"
    shutil.copy(model, model_json)
    cases: list[tuple[object, ...]] = [
        (one, out / "sub", "-o", out, "--model", model),
        (one / "sub" / "b.wav", tmp_path / "o.wav", "--vad", model_json, "--model", model_json),
        (one / "sub" / "b.wav", model_json, "--model", model_json),
        (one / "sub" / "b.wav", tmp_path / "o.wav", "--vad", tmp_path / "l.csv", "--library", tmp_path / "l.csv"),
        (one / "sub" / "b.wav", tmp_path / "l.csv", "--vad", tmp_path / "l.csv", "--model", model),
    ]
    (tmp_path / "l.csv").touch()
    for arguments in cases:
        code, said = run(*arguments, "--force", "-q")
        assert (code, said.count("\n")) == (2, 1), (arguments, said)
        assert "is also an input" in said or "are one file" in said, said
    assert (out / "sub" / "b.wav").read_bytes() == before
    assert model_json.read_bytes() == model.read_bytes()
    assert not (out / "b.wav").exists()


def test_an_output_is_replaced_only_by_force(run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """Audio and VAD file of a single input, as in every command."""
    source, out, vad = tmp_path / "in.wav", tmp_path / "out.wav", tmp_path / "v.csv"
    soundfile.write(source, pcm[:2_000], 48_000)
    assert run(source, out, "--model", model, "--vad", vad)[0] == 0
    content = out.read_bytes()
    for given in ((), ("--vad", vad)):
        out.write_bytes(b"mine")
        code, said = run(source, out, "--model", model, *given)
        assert (code, f"output {out} exists: add --force to replace it" in said) == (2, True)
        assert out.read_bytes() == b"mine"
    assert run(source, out, "--model", model, "--vad", vad, "--force")[0] == 0
    assert out.read_bytes() == content


def test_the_step_is_a_function(model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """From Python: paths, seconds, weights and what failed as data; nothing is printed; the model is read once."""
    from rnnoise_py.model import read_model
    from rnnoise_py.runs.progress import Reporter
    from rnnoise_py.stages import denoise as step

    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.wav", "b.wav", "c.wav"):
        soundfile.write(folder / name, pcm[:4_800], 48_000)
    (folder / "bad.wav").write_text("no audio")
    reporter = Reporter()
    with pytest.MonkeyPatch.context() as patch:
        reads: list[Path] = []

        def count(path: Path) -> Int8Model:
            reads.append(path)
            return read_model(path)

        patch.setattr("rnnoise_py.denoiser.models.read_model", count)
        settings = step.Settings(
            inputs=(folder,), output_folder=tmp_path / "out", model=model, backend="numba", vad=Path("json"), workers=2
        )
        result = step.run(settings, reporter)
    assert len(reads) == 1
    assert result.outputs == tuple(tmp_path / "out" / f"{name}.wav" for name in "abc")
    assert result.vad_files == tuple(path.with_name(f"{path.name}.json") for path in result.outputs)
    assert result.seconds == pytest.approx(0.3)
    assert (result.clipped, result.backend) == (0, "numba")
    assert result.weights == read_model(model).digest
    assert (result.incomplete, len(result.failed), len(reporter.warnings)) == (True, 1, 2)
    assert "bad.wav" in result.failed[0]
    assert settings.controls == Controls()
    changes: tuple[dict[str, Any], ...] = ({"output": tmp_path / "o.wav"}, {"output_folder": None}, {"inputs": ()})
    for change in changes:
        with pytest.raises(RNNoiseError):
            step.run(dataclasses.replace(settings, **change))


@pytest.mark.parametrize("container", ["mp3", "ogg", "opus", "w64", "caf"])
def test_the_coding_follows_the_container(
    container: str, run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path
) -> None:
    """From every container into every other one, and into each of the common ones: readable, and as long."""
    source = tmp_path / f"in.{container}"
    options = {"opus": {"format": "OGG", "subtype": "OPUS"}}.get(container, {})
    soundfile.write(source, pcm[:24_000], 48_000, **options)
    frames = soundfile.info(source).frames
    for suffix, subtype in (
        ("wav", "PCM_16"),
        ("flac", "PCM_16"),
        ("ogg", "VORBIS"),
        ("mp3", "MPEG_LAYER_III"),
        ("aiff", "PCM_16"),
        ("opus", "OPUS"),
        ("raw", None),
        ("w64", "PCM_16"),
    ):
        target = tmp_path / f"out.{suffix}"
        code, said = run(source, target, "--model", model, "-q")
        assert (code, said) == (0, ""), (suffix, said)
        if subtype is None:
            assert target.stat().st_size == 2 * frames
        else:
            found = soundfile.info(target)
            assert (found.samplerate, found.channels) == (48_000, 1)
            assert found.frames >= frames
            if {container, suffix} != {"ogg", "opus"}:
                assert found.subtype == subtype


def test_a_file_that_came_out_short_is_not_kept(
    run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What libsndfile lost without a word (an Ogg on a full disk) is found when it is read back."""
    from rnnoise_py.denoiser.writer import AudioWriter

    soundfile.write(tmp_path / "in.ogg", pcm[:48_000], 48_000)
    write = AudioWriter.write

    def lose(self: AudioWriter, audio: npt.NDArray[Any]) -> None:
        write(self, audio[: len(audio) // 2])
        self.frames += len(audio) - len(audio) // 2

    monkeypatch.setattr(AudioWriter, "write", lose)
    code, said = run(tmp_path / "in.ogg", tmp_path / "out.ogg", "--model", model, "-q")
    assert (code, "frames are missing. Is the disk full?" in said) == (2, True), said
    assert [path.name for path in tmp_path.iterdir()] == ["in.ogg"]


def test_unusable_input_is_one_line_and_exit_2(
    run: Run, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path
) -> None:
    """Every bad input says what is wrong in one line, exits with 2 and writes nothing."""
    good = tmp_path / "good.wav"
    soundfile.write(good, pcm[:2_000], 48_000)
    text = tmp_path / "text.wav"
    text.write_text("no audio at all")
    empty = tmp_path / "empty.wav"
    empty.touch()
    header = tmp_path / "header.wav"
    soundfile.write(header, np.zeros(0, np.int16), 48_000)
    nan = tmp_path / "nan.wav"
    soundfile.write(nan, np.full(1_000, np.nan, np.float32), 48_000, "FLOAT")
    riff = tmp_path / "riff.raw"
    shutil.copy(good, riff)
    odd = tmp_path / "odd.raw"
    odd.write_bytes(b"abc")
    slow = tmp_path / "slow.wav"
    soundfile.write(slow, pcm[:100], 10)
    stereo = tmp_path / "stereo.wav"
    soundfile.write(stereo, np.zeros((1_000, 2), np.int16), 48_000)
    vad = tmp_path / "vad.csv"
    vad.touch()
    out = tmp_path / "out.wav"
    with_model = ("--model", model)
    cases: list[tuple[tuple[object, ...], str]] = [
        ((tmp_path / "none.wav", out, *with_model), "cannot read"),
        ((text, out, *with_model), "cannot be read as audio"),
        ((empty, out, *with_model), "empty"),
        ((header, out, *with_model), "no samples"),
        ((nan, out, *with_model), "not finite"),
        ((riff, out, *with_model), "header"),
        ((odd, out, *with_model), "odd number"),
        ((slow, out, *with_model), "sample rate"),
        ((good, good, *with_model), "also an input"),
        ((good, tmp_path / "no" / "out.wav", *with_model), "does not exist"),
        ((good, tmp_path / "out.xyz", *with_model), "no audio format"),
        ((stereo, tmp_path / "out.raw", *with_model), "bare PCM"),
        ((good, out, "--model", text), "no model"),
        ((good, out, "--model", tmp_path / "none.rnnn"), "does not exist"),
        ((good, out, *with_model, "--library", text), "no shared library"),
        ((good, out, *with_model, "--mix", 2), "mix"),
        ((good, out, *with_model, "--vad-threshold", -1), "vad-threshold"),
        ((good, out, *with_model, "--max-attenuation", -3), "max-attenuation"),
        ((good, out, *with_model, "--cut"), "cut needs"),
        ((good, out, *with_model, "--vad", tmp_path / "vad.txt"), "neither"),
        ((good, *with_model), "1 paths"),
        ((good, "-", *with_model), "a pipe"),
        ((good, good, "-o", tmp_path / "two", *with_model), "would both become"),
        ((good, text, *with_model), "exists: add --force"),
        ((good, out, *with_model, "--vad", vad), "exists: add --force"),
        ((tmp_path, out, *with_model), "is a folder"),
        ((good, out, *with_model, "--backend", "numba", "--library", text), "runs no library"),
        ((tmp_path, "-o", good, *with_model), "is a file"),
    ]
    before = sorted(tmp_path.iterdir())
    for arguments, message in cases:
        code, said = run(*arguments, "-q")
        assert code == 2, (arguments, said)
        assert message in said, (arguments, said)
        assert said.strip().count("\n") == 0, said
        assert sorted(tmp_path.iterdir()) == before, arguments


def test_a_model_is_required(run: Run, pcm: npt.NDArray[np.int16], tmp_path: Path, monkeypatch: Any) -> None:
    """Without --model the shipped one is used; while there is none the error says what to do."""
    soundfile.write(tmp_path / "in.wav", pcm[:2_000], 48_000)
    monkeypatch.setattr("rnnoise_py.denoiser.models.default_model_path", lambda: tmp_path / "none")
    code, said = run(tmp_path / "in.wav", tmp_path / "out.wav")
    assert (code, "a model is required" in said) == (2, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_nothing(model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """No space: an error, and nothing under the final name."""
    from rnnoise_py.audio import open_audio
    from rnnoise_py.denoiser.writer import AudioWriter
    from rnnoise_py.errors import OutputError

    source = tmp_path / "in.wav"
    soundfile.write(source, pcm, 48_000)
    full = tmp_path / "full.wav"
    full.symlink_to("/dev/full")

    def write() -> None:
        writer = AudioWriter(full, tmp_path / "out.wav", audio)
        for _ in range(20):
            writer.write(pcm)
        writer.close()

    with open_audio(source) as audio, pytest.raises((OutputError, OSError)):
        write()
    assert not (tmp_path / "out.wav").exists()
    assert model.exists()


def pipe(arguments: list[object], data: bytes) -> "subprocess.CompletedProcess[bytes]":
    """Run the command in a process of its own with ``data`` on stdin."""
    return subprocess.run(
        [sys.executable, "-m", "rnnoise_py", "denoise", "-", "-", *map(str, arguments)],
        input=data,
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "RNNOISE_LIBRARY": ""},
    )


def test_pipe_equals_the_whole(model: Path, pcm: npt.NDArray[np.int16]) -> None:
    """Raw PCM in, as much raw PCM out, the samples of one call; an odd end is an error."""
    done = pipe(["--model", model], pcm.tobytes())
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.frombuffer(done.stdout, np.int16), denoise(pcm, model=model))
    assert b"real time" in done.stderr
    odd = pipe(["--model", model], pcm[:480].tobytes() + b"x")
    assert (odd.returncode, odd.stderr.count(b"\n")) == (2, 1)
    assert pipe(["--model", model], b"").returncode == 2


@pytest.mark.parametrize("name", ["noisy.wav", "noisy.flac", "noisy.aiff"])
def test_pipe_refuses_headers(name: str, model: Path, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """The header of an audio file is not denoised as sound: one line, exit code 2, no samples."""
    soundfile.write(tmp_path / name, pcm[:4_800], 48_000)
    done = pipe(["--model", model], (tmp_path / name).read_bytes())
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert b"header, but a pipe carries bare 16-bit PCM" in done.stderr


def test_pipe_takes_a_byte_at_a_time(model: Path, pcm: npt.NDArray[np.int16]) -> None:
    """Less than a header's bytes in a read, or in all, are samples as any others."""
    from rnnoise_py.denoiser import Denoiser
    from rnnoise_py.denoiser.pipe import denoise_pipe

    for count in (1, 481):
        readable, writable = os.pipe()
        out = io.BytesIO()

        def feed(end: int, content: bytes) -> None:
            for byte in content:
                os.write(end, bytes([byte]))
            os.close(end)

        feeder = threading.Thread(target=feed, args=(writable, pcm[:count].tobytes()))
        feeder.start()
        with os.fdopen(readable, "rb") as source, Denoiser(model, "numba") as denoiser:
            assert denoise_pipe(source, out, denoiser) == count
        feeder.join()
        np.testing.assert_array_equal(np.frombuffer(out.getvalue(), np.int16), denoise(pcm[:count], model=model))


def test_pipe_answers_before_its_input_ends(model: Path, pcm: npt.NDArray[np.int16]) -> None:
    """In real time: a frame comes out as soon as the next one has come in."""
    command = [sys.executable, "-m", "rnnoise_py", "denoise", "-", "-", "--model", str(model), "-q"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], bufsize=0
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pcm[:960].tobytes())
        first = process.stdout.read(960)
        process.stdin.close()
        rest = process.stdout.read()
    np.testing.assert_array_equal(np.frombuffer(first, np.int16), denoise(pcm[:960], model=model)[:480])
    assert len(rest) == 960


def test_seed_recordings_keep_length_and_rate(run: Run, shared: Path, model: Path, tmp_path: Path) -> None:
    """The 8 kHz telephone recordings go through as they are."""
    folder = shared / "seed" / "noisy_speech"
    assert run(folder, "-o", tmp_path / "out", "--model", model, "--workers", 2)[0] == 0
    for source in sorted(folder.glob("*.wav")):
        before, after = soundfile.info(source), soundfile.info(tmp_path / "out" / source.name)
        assert (before.frames, before.samplerate) == (after.frames, after.samplerate)
        audio = soundfile.read(source, dtype="int16")[0]
        expected = denoise(audio, before.samplerate, model, controls=Controls())
        np.testing.assert_array_equal(soundfile.read(tmp_path / "out" / source.name, dtype="int16")[0], expected)
