"""Python and C take the same texts for models, and mean the same by them."""

import contextlib
import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.errors import ModelError
from rnnoise_py.model import Activation, Int8Model
from rnnoise_py.model.text import TITLE, format_text, parse_text
from rnnoise_py.model.topology import LAYERS
from rnnoise_py.spec.constants import FRAME_SIZE, NB_BANDS
from tests.c_build import Library, library
from tests.lane_arrays import assert_same
from tests.model_samples import random_model

SIZES = {layer.name: 1 for layer in LAYERS} | {"denoise_output": NB_BANDS}
TEXT = format_text(random_model(SIZES, [Activation(i % 3) for i in range(len(LAYERS))], 5)).encode()
SAMPLES = np.random.default_rng(6).normal(0, 3000, 2 * FRAME_SIZE).astype(np.float32)
#: what breaks readers: white space of all kinds, signs, zeros, limits, other alphabets' digits, separators
SNIPPETS = [
    *(b" ", b"\n", b"\r\n", b"\r", b"\t", b"\v", b"\f", b"\x00", b"\xa0", b"\xe2\x80\xa8", b"\x1c", b"\x85"),
    *(b"+", b"-", b"0", b"00", b"1", b"9", b"127", b"128", b"-128", b"-129", b"99999999999999999999"),
    *(b".", b".0", b"e1", b"_", b"1_0", b"0x1", b",", b";", b"nan", b"\xd9\xa3", b"#", b"/* */", b"0" * 5000),
]


@pytest.fixture(scope="module")
def lib() -> Library:
    """Our C library."""
    return library()


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """The text of a model with a few changes: something put in, taken out or replaced, mostly near its ends."""
    text = TEXT
    for _ in range(draw(st.integers(0, 4))):
        near = draw(st.sampled_from([0, len(TITLE), len(TEXT) // 2, len(text)]))
        place = min(max(near + draw(st.integers(-3, 3)), 0), len(text))
        length = draw(st.sampled_from([0, 0, 1, 2, 30]))
        text = text[:place] + draw(st.sampled_from([*SNIPPETS, b""])) + text[place + length :]
    return text


def check(lib: Library, text: bytes) -> None:
    """Both refuse it, or both read the same model."""
    model: Int8Model | None = None
    with contextlib.suppress(ModelError):
        model, _ = parse_text(text, "text")
    handle: Any = lib.c.rnnoise_model_from_buffer(ctypes.c_char_p(text), len(text))
    assert (model is None) == (handle is None), text[:80]
    if model is not None:
        out, vad = np.empty_like(SAMPLES), np.empty(len(SAMPLES) // FRAME_SIZE, np.float32)
        NumbaBackend(model).process(SAMPLES, out, vad)
        expected = lib.denoise(handle, SAMPLES)
        lib.c.rnnoise_model_free(handle)
        assert_same(out, expected[0])
        assert_same(vad, expected[1])


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=texts())
@example(text=TEXT)
@example(text=TEXT.replace(b"\n", b"\r\n"))
@example(text=TEXT.replace(b"\n", b" "))
@example(text=TITLE.encode() + b"\n\n\n" + TEXT[len(TITLE) :])
@example(text=b"\n" + TEXT)
@example(text=TEXT.replace(b" ", b" 0000", 40))
def test_python_and_c_take_the_same_texts(lib: Library, text: bytes) -> None:
    """A few hundred of them in every run."""
    check(lib, text)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=texts())
def test_python_and_c_take_the_same_texts_again(lib: Library, text: bytes) -> None:
    """Many."""
    check(lib, text)


def test_every_snippet_at_every_early_place(lib: Library, tmp_path: Path) -> None:
    """Around the title nothing is left to chance."""
    for place in range(len(TITLE) + 12):
        for snippet in SNIPPETS:
            check(lib, TEXT[:place] + snippet + TEXT[place:])
        check(lib, TEXT[:place] + TEXT[place + 1 :])
    path = tmp_path / "model.rnnn"
    path.write_bytes(TEXT)
    assert lib.c.rnnoise_model_from_filename(str(path).encode()) is not None
