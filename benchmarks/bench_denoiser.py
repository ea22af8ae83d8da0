"""Speed of denoising from Python: whole files, single frames, telephone files; numba and native."""

import hashlib
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.conftest import golden_pcm
from benchmarks.workbench import Case, F, Workbench
from rnnoise_py.denoiser import Denoiser, denoise
from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.denoiser.models import network_of
from rnnoise_py.dsp import activation, dense, gru, pitch_filter, synthesis
from rnnoise_py.dsp import network as network_kernel
from rnnoise_py.dsp.denoiser import denoise_chunk
from rnnoise_py.dsp.network import new_network_state
from rnnoise_py.dsp.stream import new_analysis, new_resynthesis, new_stream, new_voice
from rnnoise_py.lanes.jit import BULK, ONE
from rnnoise_py.model import Int8Model
from rnnoise_py.spec.constants import FRAME_SIZE, NB_BANDS, SAMPLE_RATE, WINDOW_SIZE
from tests import naive, naive_denoiser, naive_network
from tests.c_build import built
from tests.conftest import DATA
from tests.lane_arrays import assert_same, separate

TAG: Final = "synthetic_a"
TELEPHONE_RATE: Final = 8_000
BACKENDS: Final = ("numba", "native")
META: Final = json.loads((DATA / "denoise.json").read_text())[TAG]


@pytest.fixture(scope="module")
def model() -> Int8Model:
    """A recorded model."""
    return Int8Model.from_arrays(np.load(DATA / "denoise.npz"), META["activations"], prefix=f"{TAG}__")


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> tuple[str, Path | None]:
    """Name of a backend and its library."""
    return request.param, built("librnnoise.so.0.4.1") if request.param == "native" else None


def _noisy() -> npt.NDArray[np.int16]:
    return golden_pcm("noisy")[: META["frames"] * FRAME_SIZE]


@pytest.fixture(scope="module")
def late(model: Int8Model) -> npt.NDArray[np.int16]:
    """The recorded output, a frame late, rounded."""
    samples = _noisy().astype(np.float32)
    out = np.empty_like(samples)
    NumbaBackend(model).process(samples, out, np.empty(META["frames"], np.float32))
    assert hashlib.sha256(out.tobytes()).hexdigest() == META["sha256_audio"]
    limits = np.iinfo(np.int16)
    return np.clip(np.rint(out), limits.min, limits.max).astype(np.int16)


@pytest.mark.parametrize("lanes", [BULK, ONE], ids=["R16", "R1"])
def test_denoise_chunk(lanes: tuple[int, ...], model: Int8Model, measure: Any) -> None:
    """The kernels of the whole denoiser, sixteen frames side by side and one after the other."""
    samples, network, R = _noisy().astype(np.float32), network_of(model), len(lanes)
    frames = 8 * R
    out, vad = np.empty_like(samples), np.empty(META["frames"], np.float32)
    work = new_analysis(frames, R), new_resynthesis(R)

    def run() -> npt.NDArray[np.float32]:
        stream, voice = new_stream(), new_voice(network)
        for first in range(0, len(vad), frames):
            part = slice(first * FRAME_SIZE, (first + frames) * FRAME_SIZE)
            denoise_chunk(
                samples[part], stream, work[0], network, voice, work[1], out[part], vad[first : first + frames], lanes
            )
        return out

    audio = measure(run, META["frames"], "denoising")
    assert hashlib.sha256(audio.tobytes()).hexdigest() == META["sha256_audio"]


def _layer_cases(model: Int8Model) -> dict[str, Case]:
    """One frame through the largest layer of each kind, and through all of them."""
    network = network_of(model)
    state, gains = new_network_state(network), np.zeros(NB_BANDS, F)
    layer, kinds, twin = network.denoise_gru, network.activations, model.denoise_gru
    inputs = np.random.default_rng(2).normal(size=twin.inputs).astype(F)
    hidden, sums = np.zeros(twin.neurons, F), np.zeros(3 * twin.neurons, F)
    dense_in, dense_out = inputs[: model.denoise_output.inputs], np.zeros(NB_BANDS, F)
    activated = np.zeros_like(sums)
    weighted = np.linspace(-3000, 3000, len(sums)).astype(F)
    row = np.load(DATA / "denoise.npz")[f"{TAG}__features"][20]
    floats = {layer.name: {k: v.astype(F) for k, v in layer.arrays.items()} for layer in model.layers}

    def run_gru() -> None:
        hidden[:] = 0
        gru.gru(inputs, layer.weights, layer.recurrent_weights, layer.bias, kinds[3], sums, hidden)

    def run_network() -> None:
        for memory in (state.vad, state.noise, state.denoise):
            memory[:] = 0
        network_kernel.run_network(network, state, row, gains)

    output, arrays = network.denoise_output, floats["denoise_gru"]
    return {
        "activation.activate": Case(
            lambda: activation.activate(weighted, activation.TANH, activated),
            lambda: activated,
            lambda: naive_network.activate(weighted, activation.TANH),
        ),
        "dense.dense": Case(
            lambda: dense.dense(dense_in, output.weights, output.bias, kinds[4], sums, dense_out),
            lambda: dense_out,
            lambda: naive_network.activate(
                naive_network.weighted(floats["denoise_output"]["bias"], floats["denoise_output"]["weights"], dense_in),
                int(kinds[4]),
            ),
        ),
        "gru.gru": Case(
            run_gru,
            lambda: hidden,
            lambda: naive_network.gru(
                inputs, arrays["weights"], arrays["recurrent_weights"], arrays["bias"], int(kinds[3]), 0 * hidden
            ),
        ),
        "network.run_network": Case(run_network, lambda: gains, lambda: naive_network.NaiveNetwork(model).run(row)[0]),
    }


def _spectrum_cases(work: Workbench) -> dict[str, Case]:
    """R frames through the pitch filter and back to samples."""
    frames, lanes = work.frames, work.lanes
    gains = np.random.default_rng(3).random(NB_BANDS * work.R).astype(F)
    strengths, ratios = np.zeros_like(gains), np.zeros_like(gains)
    scratch, samples = np.zeros_like(work.spectrum), np.zeros(WINDOW_SIZE * work.R, F)
    per_frame = [separate(part, lanes) for part in (frames.correlation, gains, frames.energy, frames.pitch_energy)]
    return {
        "pitch_filter.filter_strengths": Case(
            lambda: pitch_filter.filter_strengths(
                frames.correlation, gains, frames.energy, frames.pitch_energy, strengths, lanes
            ),
            lambda: separate(strengths, lanes),
            lambda: [naive_denoiser.strengths(*parts) for parts in zip(*per_frame, strict=True)],
        ),
        "pitch_filter.energy_ratios": Case(
            lambda: pitch_filter.energy_ratios(frames.energy, frames.pitch_energy, ratios, lanes),
            lambda: separate(ratios, lanes),
            lambda: [naive_denoiser.restoring(*parts) for parts in zip(per_frame[2], per_frame[3], strict=True)],
        ),
        "synthesis.inverse_fft": Case(
            lambda: synthesis.inverse_fft(work.spectrum, scratch, samples, lanes),
            lambda: separate(samples, lanes) + F(0),
            lambda: [naive_denoiser.inverse(*bins) * naive.WINDOW + F(0) for bins in work.parts(work.spectrum)],
        ),
    }


LAYERS = ("activation.activate", "dense.dense", "gru.gru", "network.run_network")
SPECTRA = ("pitch_filter.filter_strengths", "pitch_filter.energy_ratios", "synthesis.inverse_fft")


@pytest.mark.parametrize("name", LAYERS)
def test_layer(name: str, model: Int8Model, measure: Any) -> None:
    """One frame."""
    case = _layer_cases(model)[name]
    measure(case.run, 1, "kernel", rounds=15, iterations=100)
    assert_same(case.result(), case.expected(), name)


@pytest.mark.parametrize("lanes", [BULK, ONE], ids=["R16", "R1"])
@pytest.mark.parametrize("name", SPECTRA)
def test_spectra(name: str, lanes: tuple[int, ...], measure: Any) -> None:
    """R frames a call."""
    work = Workbench(lanes)
    case = _spectrum_cases(work)[name]
    measure(case.run, work.R, "kernel", rounds=15, iterations=20)
    assert_same(case.result(), case.expected(), name)


def test_denoise(model: Int8Model, backend: tuple[str, Path | None], late: Any, measure: Any) -> None:
    """A whole file of 16 bits."""
    name, library = backend
    pcm = _noisy()
    out = measure(lambda: denoise(pcm, model=model, backend=name, library=library), META["frames"], "denoising")
    np.testing.assert_array_equal(out[:-FRAME_SIZE], late[FRAME_SIZE:])


def test_process_frame(model: Int8Model, backend: tuple[str, Path | None], late: Any, measure: Any) -> None:
    """Frame by frame."""
    name, library = backend
    frames = _noisy().reshape(-1, FRAME_SIZE)
    with Denoiser(model, name, library) as denoiser:

        def run() -> npt.NDArray[np.int16]:
            denoiser.reset()
            return np.concatenate([denoiser.process_frame(frame) for frame in frames])

        np.testing.assert_array_equal(measure(run, len(frames), "denoising"), late)


def test_telephone_file(model: Int8Model, backend: tuple[str, Path | None], measure: Any) -> None:
    """8 kHz, resampled both ways: length kept, the same for both backends."""
    name, library = backend
    pcm = np.ascontiguousarray(_noisy()[:: SAMPLE_RATE // TELEPHONE_RATE])
    out = measure(
        lambda: denoise(pcm, TELEPHONE_RATE, model, backend=name, library=library), META["frames"], "denoising"
    )
    assert len(out) == len(pcm)
    if name != "numba":
        np.testing.assert_array_equal(out, denoise(pcm, TELEPHONE_RATE, model, backend="numba"))


@pytest.mark.parametrize("together", [True, False], ids=["streams", "one by one"])
def test_sixteen_streams(
    model: Int8Model, backend: tuple[str, Path | None], late: Any, together: bool, measure: Any
) -> None:
    """Sixteen streams frame by frame: in step, and each by its own denoiser."""
    name, library = backend
    count, streams = META["frames"] // 16, 16
    pcm = _noisy()[: count * FRAME_SIZE]
    with ExitStack() as stack:
        if together:
            batch = np.stack([pcm] * streams)
            denoiser = stack.enter_context(Denoiser(model, name, library, streams=streams))

            def run() -> npt.NDArray[np.int16]:
                denoiser.reset()
                parts = np.split(batch, count, axis=1)
                return np.concatenate([denoiser.process_frame(frame) for frame in parts], axis=1)

        else:
            alone = [stack.enter_context(Denoiser(model, name, library)) for _ in range(streams)]

            def run() -> npt.NDArray[np.int16]:
                for one in alone:
                    one.reset()
                frames = pcm.reshape(-1, FRAME_SIZE)
                parts = [[one.process_frame(frame) for one in alone] for frame in frames]
                return np.concatenate([np.stack(part) for part in parts], axis=1)

        out = measure(run, streams * count, "denoising")
    for stream in out:
        np.testing.assert_array_equal(stream, late[: count * FRAME_SIZE])
