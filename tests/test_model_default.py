"""The shipped model: in the package, in the C library, in its card."""

from rnnoise_py.model import read_model
from tests.conftest import REPOSITORY

DEFAULT = REPOSITORY / "rnnoise_py" / "data" / "default.rnnn"


def test_the_c_library_has_the_shipped_model_built_in() -> None:
    """Else: rnnoise-py export rnnoise_py/data/default.rnnn --format c -o DIR; copy DIR/rnn_data.[ch] to src/."""
    built_in = read_model(REPOSITORY / "reference_c" / "src" / "rnn_data.c")
    assert built_in == read_model(DEFAULT)


def test_the_model_card_names_the_digest() -> None:
    """The card is about this very model."""
    assert read_model(DEFAULT).digest in (REPOSITORY / "docs" / "default-model.md").read_text()
