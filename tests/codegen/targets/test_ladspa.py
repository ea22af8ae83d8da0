"""``build --target ladspa``: the plugin gives what ``denoise`` gives, at the latency that it says."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner

from rnnoise_py import denoise
from rnnoise_py.cli import app
from rnnoise_py.codegen.package import export_model
from rnnoise_py.denoiser import Controls, denoise_with_vad
from rnnoise_py.model import write_model
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE
from tests.bits import assert_bit_identical
from tests.c_build import require
from tests.codegen.targets.ladspa_host import Plugin
from tests.conftest import NOT_HERE
from tests.model_samples import synthetic

Float32 = npt.NDArray[np.float32]
MONO, STEREO = "noise_suppressor_mono", "noise_suppressor_stereo"
LATENCY = 960  # samples
BLOCKS = (1, 64, 441, 480, 1024, 4096)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="LADSPA is of Linux")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported folder with a plugin."""
    require("make", "gcc")
    place = tmp_path_factory.mktemp("ladspa")
    write_model(synthetic("synthetic_b"), place / "model.rnnn")
    export_model(place / "model.rnnn", place / "out")
    arguments = ["build", str(place / "out"), "--target", "ladspa", "--cc", "gcc -O1", "--workers", "2"]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert Path(done.stdout.strip()) == place / "out" / "build" / "ladspa" / "librnnoise_ladspa.so"
    return place / "out"


@pytest.fixture(scope="module")
def plugin(folder: Path) -> Path:
    """The plugin."""
    return folder / "build" / "ladspa" / "librnnoise_ladspa.so"


@pytest.fixture(scope="module")
def noisy(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> Float32:
    """A few seconds of noisy speech, ±1."""
    return golden_pcm("noisy")[: 4 * SAMPLE_RATE].astype(np.float32) / np.float32(32768)


def _denoised(samples: Float32, **controls: float) -> Float32:
    return denoise(samples, SAMPLE_RATE, model=synthetic("synthetic_b"), controls=Controls(**controls), backend="numba")  # type: ignore[arg-type]


@pytest.mark.parametrize("block", BLOCKS)
def test_it_gives_what_denoise_gives(plugin: Path, noisy: Float32, block: int) -> None:
    """Defaults, blocks of any length, outputs in other memory or in the input's."""
    samples = noisy[: SAMPLE_RATE // 2 if block == 1 else None]
    expected = _denoised(samples)
    for in_place in (False, True):
        (out,), latency = Plugin(plugin, MONO).run([samples], block, in_place=in_place)
        assert latency == LATENCY
        assert not out[: LATENCY - FRAME_SIZE].any()
        assert_bit_identical(out[LATENCY:], expected[:-LATENCY])


def test_stereo_equals_two_mono_runs(plugin: Path, noisy: Float32) -> None:
    """Each channel by itself."""
    left, right = noisy, noisy[::-1].copy()
    outs, _ = Plugin(plugin, STEREO).run([left, right], 512)
    for channel, out in zip((left, right), outs, strict=True):
        assert_bit_identical(out, Plugin(plugin, MONO).run([channel], 512)[0][0])


def test_muting_and_dry_mix_are_those_of_denoise(plugin: Path, noisy: Float32) -> None:
    """Threshold, grace and dry share; in stereo the louder channel opens both."""
    quiet = np.concatenate([noisy, np.zeros(SAMPLE_RATE, np.float32), noisy[:SAMPLE_RATE]])
    settings = {"VAD Threshold (%)": 50.0, "VAD Grace Period (ms)": 100.0}
    (out,), latency = Plugin(plugin, MONO).run([quiet], 480, settings)
    assert latency == LATENCY
    expected = _denoised(quiet, vad_threshold=0.5, hang_over=0.1, look_back=0.0)
    assert (expected == 0).sum() > SAMPLE_RATE // 2
    assert_bit_identical(out[LATENCY:], expected[:-LATENCY])
    (out,), _ = Plugin(plugin, MONO).run([quiet], 480, {"Dry Mix (%)": 30.0})
    assert_bit_identical(out[LATENCY:], _denoised(quiet, mix=0.7)[:-LATENCY])
    outs, _ = Plugin(plugin, STEREO).run([quiet, quiet[::-1].copy()], 480, settings)
    both = np.stack([quiet, quiet[::-1]], axis=1)
    assert_bit_identical(
        np.stack(outs, axis=1)[LATENCY:], _denoised(both, vad_threshold=0.5, hang_over=0.1, look_back=0.0)[:-LATENCY]
    )


def test_looking_back_opens_sooner_and_costs_latency(plugin: Path, noisy: Float32) -> None:
    """Open from so many frames before speech, by the rule written out; ramps of one frame."""
    audio, vad, *_ = denoise_with_vad(noisy, SAMPLE_RATE, model=synthetic("synthetic_b"), backend="numba")
    percent = float(np.round(100 * np.quantile(vad, 0.8)))
    speech = vad >= np.float32(percent) / np.float32(100)
    assert 0 < speech.sum() < len(speech) / 2
    back, grace = 5, 2
    near = [speech[max(0, i - grace) : i + 2 + back].any() for i in range(len(vad))]
    own = np.repeat(np.array(near, np.float32), FRAME_SIZE)
    before = np.concatenate([own[:FRAME_SIZE], own[:-FRAME_SIZE]])
    position = np.tile(np.arange(FRAME_SIZE) / FRAME_SIZE, len(vad)).astype(np.float32)
    expected = audio[: len(own)] * (before + (own - before) * position)[: len(audio)]
    settings = {"VAD Threshold (%)": percent, "VAD Grace Period (ms)": 20.0, "Retroactive VAD Grace (ms)": 50.0}
    (out,), latency = Plugin(plugin, MONO).run([noisy], 256, settings)
    assert latency == LATENCY + back * FRAME_SIZE
    count = len(out) - int(latency)
    assert_bit_identical(out[int(latency) :], expected[:count])
    assert not np.array_equal(expected, audio[: len(expected)])


def test_names_are_those_that_configurations_use(plugin: Path, folder: Path) -> None:
    """Labels and controls; nothing of librnnoise is seen from outside; the configuration names the file."""
    for label, inputs in (
        (MONO, ["Input", "Output"]),
        (STEREO, ["Input (L)", "Input (R)", "Output (L)", "Output (R)"]),
    ):
        one = Plugin(plugin, label)
        assert one.names[: len(inputs)] == inputs
        assert one.names[len(inputs) :][:3] == [
            "VAD Threshold (%)",
            "VAD Grace Period (ms)",
            "Retroactive VAD Grace (ms)",
        ]
        assert one.names[-1] == "latency"
    assert not hasattr(Plugin(plugin, MONO)._dll, "rnnoise_create")
    text = (folder / "build" / "ladspa" / "rnnoise-py.conf").read_text()
    assert f'plugin = "{plugin.resolve()}"' in text
    assert f"label = {MONO}" in text


def test_another_rate_is_refused(plugin: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """No instance, one line."""
    assert Plugin(plugin, MONO).instantiate(44_100) is None
    assert capfd.readouterr().err == (
        "noise_suppressor_mono: the host runs at 44100 Hz, the model is for 48000: "
        "set the host or the node to 48000 Hz\n"
    )


def test_ffmpeg_loads_it(plugin: Path, noisy: Float32, tmp_path: Path) -> None:
    """``-af ladspa=…:latency=1`` gives the samples of denoise."""
    if shutil.which("ffmpeg") is None:
        pytest.skip(f"{NOT_HERE}no ffmpeg")
    filters = subprocess.run(["ffmpeg", "-v", "quiet", "-filters"], capture_output=True, text=True, check=True).stdout
    if " ladspa " not in filters:
        pytest.skip(f"{NOT_HERE}an ffmpeg without ladspa")
    noisy.tofile(tmp_path / "in.f32")
    raw = ["-f", "f32le", "-ar", str(SAMPLE_RATE)]
    audio_filter = f"ladspa=file={plugin}:plugin={MONO}:latency=1"
    command = [
        "ffmpeg",
        "-v",
        "error",
        *raw,
        "-ac",
        "1",
        "-i",
        str(tmp_path / "in.f32"),
        "-af",
        audio_filter,
        *raw,
        "-",
    ]
    out = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, "<f4")
    expected = _denoised(noisy)
    count = min(len(out), len(expected) - LATENCY)
    assert count >= len(expected) - LATENCY
    assert_bit_identical(out[:count], expected[:count])
