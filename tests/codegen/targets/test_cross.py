"""Libraries for other systems: they have that system's form and name, and where they can run, the same bits."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from rnnoise_py.codegen.library import run_make
from rnnoise_py.codegen.package import export_model
from rnnoise_py.codegen.targets import cross
from rnnoise_py.denoiser import denoise
from rnnoise_py.errors import DependencyError, InputError
from rnnoise_py.model import read_model, write_model
from rnnoise_py.spec.targets import CROSS
from rnnoise_py.stages import build
from tests.conftest import DATA, NOT_HERE
from tests.model_samples import synthetic

#: how the file of each target begins, and what it is called
FORMS = {
    "windows-x64": (b"MZ", "rnnoise.dll"),
    "macos-arm64": (b"\xcf\xfa\xed\xfe\x0c\0\0\x01", "librnnoise.0.4.1.dylib"),
    "macos-x64": (b"\xcf\xfa\xed\xfe\x07\0\0\x01", "librnnoise.0.4.1.dylib"),
    "linux-x64": (b"\x7fELF\x02\x01", "librnnoise.so.0.4.1"),
    "linux-arm64": (b"\x7fELF\x02\x01", "librnnoise.so.0.4.1"),
    "linux-armhf": (b"\x7fELF\x01\x01", "librnnoise.so.0.4.1"),
}
MACHINES = {"linux-x64": 62, "linux-arm64": 183, "linux-armhf": 40}  # e_machine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cross")
    write_model(synthetic("synthetic_a"), place / "model.rnnn")
    export_model(place / "model.rnnn", place / "exported")
    return place / "exported"


def _needs_zig() -> None:
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip(f"{NOT_HERE}ziglang")


def test_every_target_has_a_form() -> None:
    assert set(FORMS) == set(CROSS)


def test_without_zig_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DependencyError, match="--target macos-arm64 needs a cross compiler: pip install ziglang"):
        build.run(build.Settings(folder=folder, target="macos-arm64"))


def test_android_needs_its_own_compiler(folder: Path) -> None:
    """One line names it; its library has the name that applications carry."""
    with pytest.raises(DependencyError, match=r"--target android-arm64 needs the compiler of Android's NDK: --cc NDK"):
        build.run(build.Settings(folder=folder, target="android-arm64"))
    if shutil.which("clang") is None:
        pytest.skip("no clang")
    said = run_make(folder, ["-s", "CC=clang --target=aarch64-linux-android24", "where"])
    assert said.strip().endswith("/librnnoise.so")


def test_no_exported_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="export"):
        cross.make_for("macos-arm64", tmp_path, tmp_path / "build", None, 1)


@pytest.mark.slow
@pytest.mark.parametrize("target", CROSS)
def test_its_form_and_name(target: str, folder: Path) -> None:
    _needs_zig()
    result = build.run(build.Settings(folder=folder, target=target))
    begins, name = FORMS[target]
    content = result.library.read_bytes()
    assert result.library.name == name
    assert content.startswith(begins)
    assert b"rnnoise_process_frame" in content
    if target in MACHINES:
        assert int.from_bytes(content[18:20], "little") == MACHINES[target]
        assert b"GLIBC_2.3" not in content, "an old glibc is enough"
    if target == "windows-x64":
        assert (result.library.parent / "librnnoise.dll.a").is_file()


@pytest.mark.slow
def test_aarch64_gives_the_same_samples(folder: Path, tmp_path: Path) -> None:
    _needs_zig()
    if shutil.which("qemu-aarch64") is None:
        pytest.skip(f"{NOT_HERE}qemu-aarch64")
    zig = f"{sys.executable} -m ziglang"
    program = tmp_path / "build" / "rnnoise_demo"
    compiler = f"CC={zig} cc -target aarch64-linux-musl -static"
    run_make(folder, [compiler, f"AR={zig} ar", f"BUILD={program.parent}", str(program)])
    noisy = soundfile.read(DATA / "noisy.flac", dtype="int16")[0][: 480 * 1000]
    noisy.astype("<i2").tofile(tmp_path / "in.raw")
    subprocess.run(["qemu-aarch64", program, tmp_path / "in.raw", tmp_path / "out.raw"], check=True)
    out = np.fromfile(tmp_path / "out.raw", "<i2")
    expected = denoise(noisy, model=read_model(folder / "model.rnnn"), backend="numba")
    assert np.array_equal(out[:-480], expected[: len(out) - 480])
