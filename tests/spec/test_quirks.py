"""The register of quirks: every id stands in the Python, in the C and in a test."""

from pathlib import Path

import pytest

from rnnoise_py.spec.quirks import QUIRKS
from tests.conftest import REPOSITORY


def _texts(*patterns: str) -> str:
    skipped = {REPOSITORY / "rnnoise_py/spec/quirks.py", Path(__file__)}
    files = [path for pattern in patterns for path in REPOSITORY.glob(pattern) if path not in skipped]
    return "\n".join(path.read_text() for path in files)


@pytest.mark.parametrize("quirk", QUIRKS)
def test_every_quirk_is_named_in_python_c_and_a_test(quirk: str) -> None:
    """Each registered id is found in all three trees."""
    assert quirk in _texts("rnnoise_py/**/*.py"), f"{quirk} is not named in rnnoise_py/"
    assert quirk in _texts("reference_c/src/*.[ch]", "reference_c/tools/*.[ch]", "codegen/*.py"), f"{quirk} not in C"
    assert quirk in _texts("tests/**/*.py"), f"{quirk} is carried by no test"
