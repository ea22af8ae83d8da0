"""Models for tests: the recorded synthetic ones and random ones of any allowed size."""

import json
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from rnnoise_py.model import Activation, Int8Layer, Int8Model, write_model
from rnnoise_py.model.c_writer import source_text
from rnnoise_py.model.topology import LAYERS, inputs_needed
from rnnoise_py.spec.constants import MAX_NEURONS, NB_BANDS, NB_FEATURES

DATA = Path(__file__).parent / "data"
SYNTHETIC = ("synthetic_a", "synthetic_b", "synthetic_c")
LARGEST_PACKED = 127

#: format → file name; ``rnn_data`` is written by :mod:`codegen`
FORMATS = {"text": "model.rnnn", "packed": "model.rnn", "keras": "weights.hdf5", "rnn_data": "rnn_data.c"}


def synthetic(tag: str) -> Int8Model:
    """One of the three recorded models."""
    activations = json.loads((DATA / "denoise.json").read_text())[tag]["activations"]
    return Int8Model.from_arrays(np.load(DATA / "denoise.npz"), activations, prefix=f"{tag}__")


def random_model(sizes: dict[str, int], activations: list[Activation], seed: int) -> Int8Model:
    """Fill a model of the given sizes with all int8 values."""
    draw = np.random.default_rng(seed)
    layers = []
    for spec, activation in zip(LAYERS, activations, strict=True):
        inputs, neurons = inputs_needed(spec, sizes), sizes[spec.name]
        width = spec.gates * neurons
        counts = [inputs * width, width] + ([neurons * width] if spec.is_gru else [])
        arrays = [draw.integers(-128, 128, count).astype(np.int8) for count in counts]
        layers.append(Int8Layer.build(spec.name, inputs, neurons, activation, *arrays))
    return Int8Model.from_layers(layers)


@st.composite
def models(draw: st.DrawFn, largest: int = LARGEST_PACKED) -> Int8Model:
    """Any model whose layers have at most ``largest`` inputs and neurons."""
    room = min(largest, MAX_NEURONS) - NB_FEATURES
    vad = draw(st.integers(1, room - 1))
    sizes = {
        "input_dense": draw(st.integers(1, room - vad)),
        "vad_gru": vad,
        "noise_gru": draw(st.integers(1, room - vad)),
        "denoise_gru": draw(st.integers(1, largest)),
        "denoise_output": NB_BANDS,
        "vad_output": 1,
    }
    activations = [draw(st.sampled_from(Activation)) for _ in LAYERS]
    return random_model(sizes, activations, draw(st.integers(0, 2**32)))


def write_any(model: Int8Model, kind: str, folder: Path) -> Path:
    """Write ``model`` in one of :data:`FORMATS` into ``folder`` and return the file."""
    path = folder / FORMATS[kind]
    if kind == "rnn_data":
        path.write_text(source_text(model))
    else:
        write_model(model, path, kind)
    return path
