"""The worklet and the demo page in headless Chromium: the samples of ``rnnoise-py denoise``, at the stated latency."""

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from rnnoise_py import denoise
from rnnoise_py.model import write_model
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE
from tests.bits import assert_bit_identical
from tests.browser import chromium, served
from tests.codegen.targets.packages import MODULES, web_package
from tests.model_samples import synthetic

Float32 = npt.NDArray[np.float32]
LATENCY = 928  # samples, as the package says
SECONDS = 3
PATIENCE = 20.0  # seconds

#: renders a file's samples through a node; gives what came out, the probabilities and the states
RENDER = """
const [samples, channels, options, next, at, done] = arguments;
(async () => {
  const { createRNNoiseNode } = await import('./rnnoise.js');
  const length = samples[0].length;
  const context = new OfflineAudioContext(channels, length, 48000);
  const buffer = new AudioBuffer({ length, numberOfChannels: channels, sampleRate: 48000 });
  samples.forEach((channel, c) => buffer.copyToChannel(Float32Array.from(channel), c));
  const source = new AudioBufferSourceNode(context, { buffer });
  const node = await createRNNoiseNode(context, { channels, ...options });
  const vad = [], states = [node.state];
  node.addEventListener('vad', ({ detail }) => vad.push(detail));
  node.addEventListener('statechange', ({ detail }) => states.push(detail));
  source.connect(node).connect(context.destination);
  source.start();
  let spent = 0;
  if (next) context.suspend(at).then(async () => {
    const bytes = await (await fetch(next)).arrayBuffer();
    const begun = performance.now();
    await node.setModel(bytes);
    spent = performance.now() - begun;
    context.resume();
  });
  const rendered = await context.startRendering();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const channelsOut = Array.from({ length: channels }, (_, c) => Array.from(rendered.getChannelData(c)));
  done({ out: channelsOut, vad, states, latency: node.latency, simd: node.simd, spent });
})().catch((error) => done({ error: error.message }));
"""


@pytest.fixture(scope="module")
def noisy(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> Float32:
    """Some seconds of the recorded noisy file, ±1, in whole blocks."""
    return golden_pcm("noisy")[: SECONDS * SAMPLE_RATE // 128 * 128].astype(np.float32) / np.float32(32768)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, noisy: Float32) -> Path:
    """A package with an empty page beside it, other models, and a microphone's sound."""
    place = web_package(synthetic("synthetic_b"), tmp_path_factory.mktemp("site") / "a package")
    (place / "empty.html").write_text("<!doctype html><title>t</title>")
    for name in ("model.rnnn", "model.rnn"):
        write_model(synthetic("synthetic_a"), place / name)
    soundfile.write(place / "noisy.wav", noisy, SAMPLE_RATE, subtype="PCM_16")
    return place


@pytest.fixture(scope="module")
def browser(folder: Path) -> Iterator[Any]:
    """The browser."""
    with chromium(folder / "noisy.wav") as one:
        yield one


@pytest.fixture(scope="module")
def page(browser: Any, folder: Path) -> Iterator[Any]:
    """The browser on the empty page of a server."""
    with served(folder) as url:
        browser.get(f"{url}empty.html")
        yield browser


def _render(page: Any, samples: list[Float32], options: dict[str, Any], next_model: str = "", at: float = 0) -> Any:
    lists = [channel.tolist() for channel in samples]
    return page.execute_async_script(RENDER, lists, len(samples), options, next_model, at)


@pytest.mark.parametrize("module", [pytest.param(MODULES[0], marks=pytest.mark.slow), MODULES[1]])
def test_the_worklet_gives_the_samples_of_denoise(page: Any, noisy: Float32, module: str) -> None:
    """Audio and VAD in every bit, later by what the node says."""
    done = _render(page, [noisy], {"simd": module == MODULES[1]})
    assert "error" not in done, done
    assert round(done["latency"] * SAMPLE_RATE) == LATENCY
    assert done["simd"] == (module == MODULES[1])
    out = np.array(done["out"][0], np.float32)
    expected = denoise(noisy, SAMPLE_RATE, model=synthetic("synthetic_b"), backend="numba")
    assert not out[: LATENCY - FRAME_SIZE].any()
    assert_bit_identical(out[LATENCY:], expected[: len(noisy) - LATENCY])
    assert len(done["vad"]) == len(noisy) // FRAME_SIZE
    assert done["states"] == ["starting", "active"]


@pytest.mark.slow
def test_stereo_is_two_monos_and_the_bypass_is_late_too(page: Any, noisy: Float32) -> None:
    """Each channel by itself; A/B is aligned."""
    left, right = noisy, noisy[::-1].copy()
    done = _render(page, [left, right], {})
    for channel, out in zip((left, right), done["out"], strict=True):
        (alone,) = _render(page, [channel], {})["out"]
        assert out == alone
    done = _render(page, [left], {"bypass": True})
    assert done["states"] == ["starting", "bypassed"]
    assert_bit_identical(np.array(done["out"][0], np.float32)[LATENCY:], left[:-LATENCY])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model.rnnn", "model.rnn"])
def test_a_model_is_changed_while_it_runs(page: Any, noisy: Float32, name: str) -> None:
    """Text or packed: the first model's bits before, no jump, other bits after; a few milliseconds in the page."""
    before = np.array(_render(page, [noisy], {})["out"][0], np.float32)
    done = _render(page, [noisy], {}, name, 1.0)
    out = np.array(done["out"][0], np.float32)
    start = SAMPLE_RATE // 128 * 128
    assert_bit_identical(out[:start], before[:start])
    assert not np.array_equal(out[start + SAMPLE_RATE // 2 :], before[start + SAMPLE_RATE // 2 :])
    assert done["states"] == ["starting", "active"]


def test_what_cannot_be_used_is_said(page: Any) -> None:
    """Another rate, bytes that are no model, a file that is missing: one line each, and no node."""
    script = """
    const done = arguments[0];
    (async () => {
      const { createRNNoiseNode, loadRNNoise } = await import('./rnnoise.js');
      const heard = [];
      const attempt = (rate, options) => createRNNoiseNode(new OfflineAudioContext(1, 128, rate), options)
        .then(() => heard.push('no error'), (error) => heard.push(error.message));
      await attempt(44100);
      await attempt(48000, { model: new ArrayBuffer(100) });
      await attempt(48000, { baseUrl: new URL('nowhere/', location.href) });
      done(heard);
    })();
    """
    rate, model, missing = page.execute_async_script(script)
    assert rate.startswith("the audio has 44100 Hz, the model is for 48000: make the context with")
    assert "no RNNoise model" in model
    assert "404" in missing


def _wait(browser: Any, expression: str) -> Any:
    until = time.monotonic() + PATIENCE
    while not (value := browser.execute_script(f"return {expression}")):
        assert time.monotonic() < until, (expression, browser.find_element("id", "error").text)
        time.sleep(0.05)
    return value


def test_the_demo_page_from_disk(browser: Any, folder: Path) -> None:
    """Opened as a file: the microphone, then a file; A/B, the meter, another model; the console stays empty."""
    browser.get((folder / "demo.html").as_uri())
    browser.get_log("browser")
    state = "document.getElementById('state').textContent"
    browser.find_element("id", "microphone").click()
    _wait(browser, f"{state} === 'active'")
    _wait(browser, "document.getElementById('vad').value > 0")
    browser.find_element("id", "denoise").click()
    _wait(browser, f"{state} === 'bypassed'")
    browser.find_element("id", "denoise").click()
    _wait(browser, f"{state} === 'active'")
    browser.find_element("id", "model").send_keys(str(folder / "model.rnnn"))
    _wait(browser, "document.getElementById('about').textContent === 'model: model.rnnn'")
    browser.find_element("id", "model").send_keys(str(folder / "package.json"))
    _wait(browser, "document.getElementById('error').textContent.includes('no RNNoise model')")
    browser.find_element("id", "stop").click()
    _wait(browser, f"{state} === 'stopped'")
    browser.find_element("id", "file").send_keys(str(folder / "noisy.wav"))
    _wait(browser, f"{state} === 'active'")
    _wait(browser, "document.getElementById('vad').value > 0")
    assert [entry["message"] for entry in browser.get_log("browser")] == []


@pytest.mark.slow
def test_the_demo_page_denoises_as_denoise_does(browser: Any, folder: Path, noisy: Float32) -> None:
    """The module and the processor inside the page, on a file's samples."""
    browser.get((folder / "demo.html").as_uri())
    script = """
    const [samples, done] = arguments;
    (async () => {
      const page = [...document.scripts].find((script) => script.type === 'module').textContent;
      const library = page.slice(0, page.indexOf('const MODULES'));
      const [, simd] = page.match(/simd: '([^']+)'/);
      const asUrl = (text) => `data:text/javascript,${encodeURIComponent(text)}`;
      const own = await import(asUrl(library.replace('import.meta.url', 'document.URL')));
      const context = new OfflineAudioContext(1, samples.length, 48000);
      const buffer = new AudioBuffer({ length: samples.length, sampleRate: 48000 });
      buffer.copyToChannel(Float32Array.from(samples), 0);
      const node = await own.createRNNoiseNode(context, {
        wasm: Uint8Array.from(atob(simd), (c) => c.charCodeAt(0)).buffer,
        workletUrl: asUrl(document.getElementById('worklet').textContent),
      });
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(node).connect(context.destination);
      source.start();
      const out = (await context.startRendering()).getChannelData(0);
      let text = '';
      for (const byte of new Uint8Array(out.buffer)) text += String.fromCharCode(byte);
      done(btoa(text));
    })().catch((error) => done(error.message));
    """
    out = np.frombuffer(base64.b64decode(browser.execute_async_script(script, noisy.tolist())), "<f4")
    expected = denoise(noisy, SAMPLE_RATE, model=synthetic("synthetic_b"), backend="numba")
    assert_bit_identical(out[LATENCY:], expected[: len(noisy) - LATENCY])
