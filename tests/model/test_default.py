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


def test_its_recipe_expects_it() -> None:
    """A run of the recipe says so when it ends with another model."""
    assert f'expect = "{read_model(DEFAULT).digest}"' in (REPOSITORY / "recipes" / "default.toml").read_text()


def test_the_readme_and_the_card_have_the_same_figures() -> None:
    """Those of the twelve clips."""
    lines = (REPOSITORY / "README.md").read_text().splitlines()
    (figures,) = (line.removeprefix("| **shipped**") for line in lines if line.startswith("| **shipped**"))
    assert figures in (REPOSITORY / "docs" / "default-model.md").read_text()
