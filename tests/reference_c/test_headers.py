"""The generated C headers and tables: fresh, exact, complete."""

import re
from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.codegen import headers
from rnnoise_py.spec import constants, tables
from rnnoise_py.spec.layout import COLUMN_GROUPS
from tests.bits import assert_bit_identical


def test_generated_files_are_fresh() -> None:
    """What is committed is what would be written now."""
    assert headers.stale_files() == []


def test_check_finds_a_stale_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--check`` exits with 1 when a file differs or is missing, and writes nothing."""
    monkeypatch.setattr(headers, "FOLDER", tmp_path)
    assert headers.stale_files(tmp_path) == list(headers.generated_files())
    assert headers.main([]) == 0
    assert headers.stale_files(tmp_path) == []
    (tmp_path / "rnnoise_tables.c").write_text("/* edited */\n")
    assert headers.stale_files(tmp_path) == ["rnnoise_tables.c"]


def test_every_constant_is_a_macro() -> None:
    """Each public constant of the Python module stands in the header, with its exact value."""
    text = headers.constants_header()
    for name in (n for n in vars(constants) if n.isupper()):
        value = getattr(constants, name)
        found = re.search(rf"^#define RNN_{name} +(.+?)(?: +/\*.*)?$", text, re.MULTILINE)
        assert found, name
        if isinstance(value, np.float32):
            assert np.float32(found[1].strip().removesuffix("f")) == value, name
        elif isinstance(value, tuple):
            numbers = [float(item.strip().removesuffix("f")) for item in found[1].strip(" {}").split(",")]
            assert np.array_equal(np.asarray(numbers, dtype=np.asarray(value).dtype), value), name
        else:
            assert float(found[1]) == value, name


def test_every_column_group_is_in_the_enumeration() -> None:
    """Starts and sizes of the 87 columns are those of the layout."""
    text = headers.constants_header()
    for group in COLUMN_GROUPS:
        assert re.search(rf"RNN_COLUMN_{group.name.upper()} += +{group.start},", text), group.name
        assert re.search(rf"RNN_SIZE_{group.name.upper()} += +{group.size},", text), group.name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rnn_half_window", tables.HALF_WINDOW),
        ("rnn_dct_table", tables.DCT_TABLE.ravel()),
        ("rnn_tansig_table", tables.TANSIG),  # Q-TANSIG travels with the table
        ("rnn_band_fractions", tables.BAND_FRACTIONS),
        ("rnn_twiddles_re", headers.packed_twiddles()[0]),
        ("rnn_twiddles_im", headers.packed_twiddles()[1]),
    ],
)
def test_table_text_is_bit_identical(name: str, expected: tables.FloatArray) -> None:
    """The decimals in the C source give the same bits as the Python table."""
    found = re.search(rf"{name}\[.*?\] = \{{(.*?)\}};", headers.tables_source(), re.DOTALL)
    assert found
    values = np.array([item.strip().removesuffix("f") for item in found[1].split(",")], dtype=np.float64)
    assert_bit_identical(values.astype(np.float32), expected, name)


def test_generated_files_say_how_they_were_made() -> None:
    """A banner without dates or paths of this machine."""
    for name, text in headers.generated_files().items():
        assert "python -m rnnoise_py.codegen.headers" in text.splitlines()[2], name
        assert not re.search(r"20\d\d-\d\d|/home/|/work/", text), name
