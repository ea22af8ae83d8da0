"""Whatever ends an export, its folder is of one model; where that cannot be, `build` says so."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnoise_py.codegen import manifest, whole_folder
from rnnoise_py.codegen.package import check_exported, export_model
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.model import Activation, read_model, write_model
from rnnoise_py.model.topology import LAYERS
from rnnoise_py.spec.constants import NB_BANDS
from rnnoise_py.spec.model_formats import FILE_NAMES
from tests.conftest import NOT_HERE
from tests.killed import contents
from tests.model_samples import random_model

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed in the middle")

SIZES = {layer.name: 2 for layer in LAYERS} | {"denoise_output": NB_BANDS, "vad_output": 1}
ONE, TWO = (random_model(SIZES, [Activation.TANH] * len(LAYERS), seed) for seed in (1, 2))
WATCHED = {
    "open",
    "os.rename",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "os.utime",
    "shutil.copyfile",
}
KINDS = 30  # steps that are tried of the many in which the files are written; all of the last ones

_armed: list[Callable[[], None]] = []


def _hook(event: str, _arguments: object) -> None:
    if _armed and event in WATCHED:
        _armed[0]()


sys.addaudithook(_hook)


def in_a_child(work: Callable[[], object], die_at: int) -> int | None:
    """Do some work in a copy of this process, killed at a file operation; return how many there were, or None.

    Nothing runs after the kill: no clean-up, as with SIGKILL and a power cut.
    """
    read_end, write_end = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        count = 0

        def step() -> None:
            nonlocal count
            count += 1
            if count > die_at:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            _armed.append(step)
            work()
            _armed.clear()
            os.write(write_end, str(count).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with open(read_end) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    return int(text) if text else None


def steps(count: int) -> list[int]:
    """Choose those at which to die: some of all, each of the last."""
    return sorted({*range(0, count, max(1, count // KINDS)), *range(max(0, count - KINDS), count)})


@pytest.fixture
def weights(tmp_path: Path) -> dict[int, Path]:
    """Write both models."""
    for number, model in ((1, ONE), (2, TWO)):
        write_model(model, tmp_path / f"{number}.rnnn")
    return {number: tmp_path / f"{number}.rnnn" for number in (1, 2)}


def models_in(folder: Path) -> set[str]:
    """Digests of the models in an exported folder."""
    names = [*FILE_NAMES.values(), "rnn_data.c"]
    return {read_model(folder / name).digest for name in names if (folder / name).exists()}


def test_killed_anywhere_the_folder_is_of_one_model(weights: dict[int, Path], tmp_path: Path) -> None:
    """Where folders can be exchanged: the old one whole or the new one whole, and the next export tidies up."""
    folder = tmp_path / "out" / "model"
    export_model(weights[1], folder)
    (folder / "diary.txt").write_text("mine")
    (folder / "build").mkdir()
    (folder / "build" / "librnnoise.so").write_text("built")
    old = contents(folder)
    count = in_a_child(lambda: export_model(weights[2], folder, force=True), 1 << 30)
    assert count is not None
    new = contents(folder)
    assert models_in(folder) == {TWO.digest}
    assert new["diary.txt"] == b"mine"
    assert new["build/librnnoise.so"] == b"built"
    if whole_folder._exchange_function() is None:
        pytest.skip(f"{NOT_HERE}folders cannot be exchanged here")
    seen = set()
    for step in steps(count):
        before = contents(folder)
        number = 1 if before == new else 2
        assert in_a_child(lambda n=number: export_model(weights[n], folder, force=True), step) is None  # type: ignore[misc]
        after = contents(folder)
        assert after in (old, new), step
        seen.add(after == before)
    assert seen == {True, False}
    export_model(weights[1], folder, force=True)
    assert contents(folder) == old
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_killed_where_folders_cannot_be_exchanged(
    weights: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest comes first: a mix is refused in one line, another export mends it."""
    monkeypatch.setattr(whole_folder, "_exchange_function", lambda: None)
    folder = tmp_path / "model"
    export_model(weights[1], folder)
    count = in_a_child(lambda: export_model(weights[2], folder, force=True), 1 << 30)
    assert count is not None
    check_exported(folder)
    refused = 0
    for step in steps(count)[::3]:
        export_model(weights[1], folder, force=True)
        assert in_a_child(lambda: export_model(weights[2], folder, force=True), step) is None
        try:
            check_exported(folder)
        except InputError as error:
            refused += 1
            message = str(error)
            assert "\n" not in message
            assert "export again (--force)" in message
        else:
            assert len({read_model(folder / "rnn_data.c").digest, *_listed(folder)}) == 1, step
    assert refused
    export_model(weights[2], folder, force=True)
    check_exported(folder)
    assert models_in(folder) == {TWO.digest}
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def _listed(folder: Path) -> set[str]:
    return {read_model(folder / name).digest for name in manifest.read_manifest(folder) if name == "rnn_data.c"}


def test_a_failing_disk_leaves_the_folder_as_it_was(weights: dict[int, Path], tmp_path: Path) -> None:
    """An error at any file operation is one line, and there is no mix."""
    folder = tmp_path / "model"
    export_model(weights[1], folder)
    old = contents(folder)
    for step in range(0, 400, 23):
        count = 0

        def fail() -> None:
            nonlocal count
            count += 1
            if count > step:  # noqa: B023
                raise OSError(28, "No space left on device")

        _armed.append(fail)
        try:
            with contextlib.suppress(OutputError):
                export_model(weights[2], folder, force=True)
        except (InputError, OSError):  # the model itself cannot be read, or nothing can be listed any more
            pass
        finally:
            _armed.clear()
        if contents(folder) != old:
            assert models_in(folder) == {TWO.digest}
            export_model(weights[1], folder, force=True)
    assert models_in(folder) == {ONE.digest}


def test_models_that_are_not_written_now_do_not_stay(weights: dict[int, Path], tmp_path: Path) -> None:
    """What an earlier export left of another model goes; what the user changed stays."""
    folder = tmp_path / "model"
    export_model(weights[1], folder)
    export_model(weights[2], folder, formats=["text"], force=True)
    assert list(contents(folder)) == ["model.rnnn"]
    assert models_in(folder) == {TWO.digest}
    export_model(weights[1], folder, force=True)
    write_model(TWO, folder / "model.rnnn")  # changed on purpose
    export_model(weights[1], folder, formats=["c"], force=True)
    assert read_model(folder / "model.rnnn") == TWO


def test_unchanged_files_keep_their_times(weights: dict[int, Path], tmp_path: Path) -> None:
    """Make has nothing to do for them; permissions of the folder stay too."""
    folder = tmp_path / "model"
    export_model(weights[1], folder)
    os.utime(folder / "Makefile", (1e9, 1e9))
    folder.chmod(0o750)
    export_model(weights[2], folder, force=True)
    assert (folder / "Makefile").stat().st_mtime == 1e9
    assert (folder / "rnn_data.c").stat().st_mtime > 1e9
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_two_exports_at_once(weights: dict[int, Path], tmp_path: Path) -> None:
    """The second is refused, or comes after the first: never a mix."""
    folder = tmp_path / "model"
    export_model(weights[1], folder)

    def work(number: int) -> None:
        for _ in range(4):
            with contextlib.suppress(OutputError):
                export_model(weights[number], folder, force=True)

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check_exported(folder)
    assert len(models_in(folder)) == 1
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["model"]


def test_a_folder_behind_a_link_and_the_current_one(
    weights: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link stays a link; the current folder stays the current one."""
    folder = tmp_path / "real"
    export_model(weights[1], folder)
    (tmp_path / "link").symlink_to(folder)
    export_model(weights[2], tmp_path / "link", force=True)
    assert (tmp_path / "link").is_symlink()
    assert models_in(folder) == {TWO.digest}
    monkeypatch.chdir(folder)
    export_model(weights[1], Path(), force=True)
    assert models_in(Path()) == {ONE.digest}
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_a_manifest_that_does_not_fit_is_refused(weights: dict[int, Path], tmp_path: Path) -> None:
    """Files of another model, missing ones, a damaged list; without the list anything passes."""
    folder = tmp_path / "model"
    export_model(weights[1], folder)
    check_exported(folder)
    (folder / "model.rnnn").unlink()  # need not be there to build
    check_exported(folder)
    good = (folder / "rnn_data.c").read_bytes()
    (folder / "rnn_data.c").write_bytes(good + b"\n")
    with pytest.raises(InputError, match=r"rnn_data.c in .*model are not as they were exported .*MANIFEST.sha256"):
        check_exported(folder)
    listed = (folder / manifest.NAME).read_text()
    for damage in ("nonsense\n", f"{'0' * 64}  ../x\n", f"{'0' * 64}  /etc/passwd\n", listed + "\0", "x" * (1 << 21)):
        (folder / manifest.NAME).write_text(damage)
        with pytest.raises(InputError, match=r"is damaged: export the model again"):
            check_exported(folder)
    (folder / manifest.NAME).unlink()
    check_exported(folder)


def test_sha256sum_takes_the_manifest(weights: dict[int, Path], tmp_path: Path) -> None:
    """As README.txt says."""
    if shutil.which("sha256sum") is None:
        pytest.skip("sha256sum is not installed")
    export_model(weights[1], tmp_path / "model")
    subprocess.run(["sha256sum", "--strict", "--quiet", "-c", manifest.NAME], cwd=tmp_path / "model", check=True)
