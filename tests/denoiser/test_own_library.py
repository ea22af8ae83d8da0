"""The library that the package builds for itself: once, by one process, kept as this user's, the same bits."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.denoiser import Denoiser, denoise, engine, kernels, open_engine, own_library
from rnnoise_py.denoiser.backend import BULK, ONE, NumbaBackend
from rnnoise_py.denoiser.library import ENVIRONMENT
from rnnoise_py.denoiser.models import find_model
from rnnoise_py.errors import InputError
from rnnoise_py.lanes.cache import cache_folder
from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.stages import warm_up
from tests.bits import assert_bit_identical
from tests.command_line import run_apart

own = own_library.own_library


class Notes(Reporter):
    """Keeps what is noted."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        """Keep it."""
        self.notes.append(message)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder; compiled kernels stay where they are. Small optimization, for speed."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cache_folder().parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("OPT", "-O0")
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    return tmp_path / "cache" / "rnnoise-py" / "library"


@pytest.fixture
def compiler() -> None:
    """Skip where there is none."""
    if shutil.which("make") is None or not any(map(shutil.which, ("gcc", "cc", "clang"))):
        pytest.skip("needs make and a C compiler")


@pytest.mark.usefixtures("compiler")
def test_it_is_built_once_and_gives_the_same_bits(
    cache: Path, golden_pcm: Callable[[str], npt.NDArray[np.int16]]
) -> None:
    """The first call builds and says so, the second does not; native by default, the bits of numba."""
    said = Notes()
    with reporting(said):
        first = own()
        assert first is not None
        assert said.notes == ["building librnnoise, once: a few seconds"]
        assert own() == first
    assert len(said.notes) == 1
    assert first.parent == cache
    assert [path.suffix for path in sorted(cache.iterdir())] == [".lib", ".lock"]
    noisy = golden_pcm("noisy")[48_000:72_000]
    with Denoiser() as denoiser:
        assert denoiser.backend == "native"
        assert denoiser.engine.weights == find_model(None)[0].digest
    assert_bit_identical(denoise(noisy), denoise(noisy, backend="numba"))
    content = first.read_bytes()
    first.unlink()  # it is mapped
    first.write_bytes(content + b"\0")  # no longer what was recorded
    with reporting(said):
        assert own() == first
    assert len(said.notes) == 2


@pytest.mark.usefixtures("compiler")
def test_two_processes_build_one(cache: Path) -> None:
    """The second waits for the first."""
    program = "from rnnoise_py.denoiser.own_library import own_library; print(own_library())"
    both = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate() for process in both]
    assert said[0][0] == said[1][0]
    assert Path(said[0][0].strip()).is_file()
    assert "".join(err for _, err in said).count("building librnnoise") == 1


def test_without_a_compiler_numba_runs(cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No word about it with auto; native says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    said = Notes()
    with reporting(said):
        assert open_engine().backend == "numba"
        with pytest.raises(InputError, match="install make and a C compiler"):
            open_engine(backend="native")
    assert not said.notes


def test_a_compiler_that_fails_is_not_tried_at_every_start(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One line says why; the next start is silent, a day or a warm-up later it is tried again."""
    if shutil.which("make") is None:
        pytest.skip("needs make")
    broken = tmp_path / "broken-cc"
    broken.write_text("#!/bin/sh\necho 'x.h:1: fatal error: stdio.h: No such file' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    said = Notes()
    with reporting(said):
        assert open_engine().backend == "numba"
        assert len(said.notes) == 2
        assert "fatal error: stdio.h: No such file" in said.notes[1]
        assert own() is None
        assert len(said.notes) == 2
        assert own(again=True) is None
        assert len(said.notes) == 4
        (failed,) = cache.glob("*.failed")
        os.utime(failed, (time.time() - 90_000,) * 2)
        assert own() is None
    assert len(said.notes) == 6


@pytest.mark.usefixtures("compiler")
def test_a_folder_of_others_is_not_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What others could write is not loaded, and nothing is built where nothing can be written."""
    cache.mkdir(parents=True)
    cache.chmod(0o777)
    assert own() is None
    assert not list(cache.iterdir())
    cache.chmod(0o700)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert own() is None
    assert not list(cache.iterdir())


def test_compiling_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line before and one after; nothing where the kernels are there, or a library runs."""
    numba = open_engine(backend="numba")
    compiled: list[int] = []
    monkeypatch.setattr(kernels, "compile_kernels", compiled.append)
    monkeypatch.setattr(kernels, "are_compiled", lambda kind: kind in compiled)
    said = Notes()
    with reporting(said):
        engine.compile_for(numba, streams=True)
        assert said.notes == ["compiling the kernels, once: about half a minute", "compiled in 0 s"]
        engine.compile_for(numba, streams=True)
        engine.compile_for(engine.Engine("native", "", lambda: NumbaBackend(find_model(None)[0])), streams=False)
    assert compiled == [ONE]
    assert len(said.notes) == 2


@pytest.mark.parametrize("there", [ONE, BULK])
def test_kernels_that_are_there_do_for_all_frames(
    there: int, monkeypatch: pytest.MonkeyPatch, golden_pcm: Callable[[str], npt.NDArray[np.int16]]
) -> None:
    """Where only one kind is compiled the other is not compiled in the middle of a stream; the bits are the same."""
    samples = golden_pcm("noisy")[48_000 : 48_000 + 480 * 22].astype(np.float32)
    model, results = find_model(None)[0], []
    for known in ({ONE, BULK}, {there}):
        monkeypatch.setattr(kernels, "are_compiled", known.__contains__)
        backend = NumbaBackend(model)
        out, vad = np.empty_like(samples), np.empty(22, np.float32)
        for first, last in ((0, 3), (3, 20), (20, 22)):
            backend.process(samples[first * 480 : last * 480], out[first * 480 : last * 480], vad[first:last])
        assert set(backend._work) == known
        results.append((out, vad))
    for one, other in zip(*results, strict=True):
        assert_bit_identical(one, other)


def test_compiled_kernels_are_known(tmp_path: Path) -> None:
    """What is kept, and what this process compiled, is compiled; a new cache holds nothing."""
    program = "from rnnoise_py.denoiser import kernels; print([kernels.are_compiled(kind) for kind in (1, 16)])"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[False, False]"
    for kind in (ONE, BULK):
        kernels.compile_kernels(kind)
        assert kernels.are_compiled(kind)


def test_warm_up_says_what_it_compiles(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Library first, then a line a part."""
    monkeypatch.setattr(own_library, "own_library", lambda *, again: Path("library") if again else None)
    monkeypatch.setattr(warm_up, "_PARTS", {"denoise": lambda folder: folder.joinpath("x").touch()})
    said = Notes()
    result = warm_up.run(warm_up.Settings(), said)
    assert result.library == Path("library")
    assert said.notes == ["kernels of denoise: 0 s"]
    monkeypatch.setattr(own_library, "own_library", lambda *, again: None)
    assert warm_up.run(warm_up.Settings(), said).library is None
    assert said.notes[1].startswith("no librnnoise")


@pytest.mark.slow
@pytest.mark.usefixtures("compiler")
def test_after_a_warm_up_nothing_is_compiled(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty cache: one command, then denoise with both backends, features and train start at once."""
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    run_apart("warm-up")
    before = sorted(tmp_path.rglob("*.nbc"))
    noisy = data / "noisy.flac"
    assert "building" not in run_apart("denoise", noisy, tmp_path / "a.wav").err
    assert "compiling" not in run_apart("denoise", noisy, tmp_path / "b.wav", "--backend", "numba").err
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    rows = tmp_path / "rows.h5"
    run_apart("features", data / "clean.flac", data / "noise.flac", "-o", rows, "-n", 4000)
    run_apart("train", rows, "-o", tmp_path / "w.hdf5", "--epochs", 1, "--engine", "numba", "--no-tensorboard")
    assert sorted(tmp_path.rglob("*.nbc")) == before


@pytest.mark.parametrize(("there", "found"), [("make", "cc"), ("gmake", "cc"), ("", None)])
def test_any_make_will_do(there: str, found: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """GNU make has two names; without it no compiler is looked for."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name == there else None)
    monkeypatch.setattr(own_library, "find_compiler", lambda given: "cc")
    monkeypatch.setattr(sys, "platform", "linux")
    assert own_library._compiler() == found


def test_a_compiler_is_known_by_its_first_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options after it are options; another program of the same name is another compiler."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        program = tmp_path / name / "compiler"
        program.write_text("#!/bin/sh\nexit 0\n" + "#" * len(name) * (name == "two"))
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "one"))
    first, optimized = own_library._compiler_key("compiler"), own_library._compiler_key("compiler -O3")
    monkeypatch.setenv("PATH", str(tmp_path / "two"))
    assert own_library._compiler_key("compiler") != first
    assert own_library._compiler_key("compiler -O3") != optimized
