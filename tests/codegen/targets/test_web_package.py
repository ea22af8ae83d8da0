"""``build --target web``: files for pages and node, without a compiler."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from rnnoise_py.cli import app
from rnnoise_py.codegen.package import export_model
from rnnoise_py.codegen.targets.web_package import package_name, web_files
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.model import write_model
from tests.codegen.targets.packages import node, web_package
from tests.conftest import NOT_HERE
from tests.model_samples import synthetic

FILES = {
    "rnnoise.js",
    "rnnoise.d.ts",
    "rnnoise-worklet.js",
    "rnnoise-node.js",
    "rnnoise.wasm",
    "rnnoise-simd.wasm",
    "package.json",
    "demo.html",
    "README.md",
    "drop-in.js",
    "rnnoise-jitsi-sync.wasm",
}


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """An exported folder."""
    write_model(synthetic("synthetic_a"), tmp_path / "model.rnnn")
    export_model(tmp_path / "model.rnnn", tmp_path / "My model")
    return tmp_path / "My model"


def test_build_makes_a_package(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All files, the path on stdout, nothing of a compiler; a second time nothing is touched."""
    monkeypatch.setenv("PATH", "")
    for _ in range(2):
        done = CliRunner().invoke(app, ["build", str(exported), "--target", "web"], catch_exceptions=False)
        place = Path(done.stdout.strip())
        assert place == (exported / "build" / "web").resolve()
        assert {path.name for path in place.iterdir()} == FILES
    package = json.loads((place / "package.json").read_text())
    assert package["name"] == "my-model"
    for target in (package["main"], package["browser"], package["types"], *package["exports"]["."].values()):
        assert (place / target).is_file()
    assert "$" not in (place / "README.md").read_text()


def test_a_text_model_alone_is_enough(tmp_path: Path) -> None:
    """A folder without C sources; the package can stand elsewhere."""
    write_model(synthetic("synthetic_b"), tmp_path / "source.rnn")
    export_model(tmp_path / "source.rnn", tmp_path / "out", formats=["text"])
    arguments = ["build", str(tmp_path / "out"), "--target", "web", "--copy-to", str(tmp_path / "site")]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert Path(done.stdout.strip()) == tmp_path / "site"
    assert {path.name for path in (tmp_path / "site").iterdir()} == FILES


def test_what_build_refuses(exported: Path, tmp_path: Path) -> None:
    """An unknown target, no model, a compiler, a place that is taken."""
    run = CliRunner()
    done = run.invoke(app, ["build", str(exported), "--target", "amiga"])
    assert "'web', 'ladspa', 'windows-x64'" in done.output
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "page.html").write_text("mine")
    for arguments, error, words in [
        ([str(tmp_path / "empty")], InputError, "holds no model"),
        ([str(exported), "--cc", "gcc"], InputError, "needs no compiler"),
        ([str(exported), "--copy-to", str(tmp_path / "model.rnnn")], InputError, "is a file"),
        ([str(exported), "--copy-to", str(tmp_path / "full")], OutputError, "not empty"),
    ]:
        done = run.invoke(app, ["build", *arguments, "--target", "web"])
        assert isinstance(done.exception, error)
        assert words in str(done.exception)


def test_names_are_what_npm_takes() -> None:
    """Whatever a folder is called."""
    names = {"a b": "a-b", "Ünïcode!": "n-code", "..": "rnnoise-model", "x_y.z": "x-y-z"}
    assert {name: package_name(name) for name in names} == names


def test_scripts_and_page_have_no_network() -> None:
    """Nothing is fetched from elsewhere; the page holds all it needs."""
    files = web_files(synthetic("synthetic_a"), "x")
    for name in ("demo.html", "rnnoise.js", "rnnoise-worklet.js", "rnnoise-node.js"):
        assert b"http" not in files[name].replace(b"https:// pages", b""), name
        assert b"$worklet" not in files[name]


def test_blocks_failures_and_memory_in_node(tmp_path: Path) -> None:
    """Blocks of any one size equal frames at the stated latency; bad bytes are one line; memory is given back."""
    done = json.loads(node("blocks.mjs", web_package(synthetic("synthetic_a"), tmp_path / "web")).stdout)
    assert set(done["differing"].values()) == {0}
    assert done["late"]["128"] == 928
    assert max(done["late"].values()) <= 959
    no_model, length, no_bytes, gone, full = done["messages"]
    assert "no RNNoise model" in no_model
    assert "no RNNoise model" in no_bytes
    assert length == "100 samples: a frame has 480"
    assert "destroyed" in gone
    assert "no room" in full
    assert done["room"] == done["again"] > 64


@pytest.mark.slow
def test_npm_packs_and_installs_it(tmp_path: Path) -> None:
    """``npm pack``, ``npm install`` of the archive, ``import`` by the package's name."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"{NOT_HERE}no npm")
    package = web_package(synthetic("synthetic_a"), tmp_path / "mine")
    subprocess.run([npm, "pack", "--silent"], cwd=package, check=True, capture_output=True)
    user = tmp_path / "user"
    user.mkdir()
    (user / "package.json").write_text('{"type": "module"}')
    archive = str(package / "mine-1.0.0.tgz")
    subprocess.run([npm, "install", "--offline", "--silent", archive], cwd=user, check=True, capture_output=True)
    (user / "use.js").write_text(
        "import { loadRNNoise } from 'mine';\n"
        "console.log((await loadRNNoise()).createDenoiser().process(new Float32Array(480)));\n"
    )
    assert subprocess.run(["node", user / "use.js"], check=True, capture_output=True, text=True).stdout == "0\n"
