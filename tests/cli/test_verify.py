"""``rnnoise-py verify features``: any training tool against ours."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.spec.layout import COLUMN_NAMES
from tests.command_line import run_here

#: stands for a reference: writes the rows of a file, changed as told
FAKE = """#!{python}
import os, sys
clean, noise, count, *rest = sys.argv[1:]
assert clean.endswith(".raw") and noise.endswith(".raw")
open({log!r}, "w").write(" ".join([str(os.path.getsize(clean)), str(os.path.getsize(noise)), count, *rest]))
rows = bytearray(open({rows!r}, "rb").read()[: 348 * int(count)])
{change}
sys.stdout.buffer.write(rows)
sys.stderr.write("matrix size: 87\\n")
sys.exit({code})
"""


@pytest.fixture
def reference(tmp_path: Path, data: Path, capfdbinary: Any) -> Any:
    """Make a program that writes our rows, with a change."""
    rows = tmp_path / "rows.f32"
    run_here(capfdbinary, "features", data / "clean.flac", data / "noise.flac", "-n", 3000, "-o", rows)

    def make(change: str = "", code: int = 0) -> Path:
        path = tmp_path / "denoise_training"
        path.write_text(
            FAKE.format(python=sys.executable, rows=str(rows), change=change, code=code, log=str(tmp_path / "log"))
        )
        path.chmod(0o755)
        return path

    return make


def verify(capture: Any, data: Path, program: object, *more: object) -> Any:
    """Run the command on the golden mix."""
    return run_here(
        capture, "verify", "features", "--reference", program, data / "clean.flac", data / "noise.flac", *more
    )


def test_equal_is_exit_code_0(tmp_path: Path, data: Path, reference: Any, capfdbinary: Any) -> None:
    """The program gets bare files, the count, and no seed that was not given."""
    done = verify(capfdbinary, data, reference(), "-n", 3000)
    assert done.code == 0
    assert done.out == b"identical: 3,000 rows, 261,000 values, every bit\n"
    clean, noise, *rest = (tmp_path / "log").read_text().split()
    assert int(clean) > int(noise) > 1_000_000
    assert rest == ["3000"]


def test_seed_is_passed_on(tmp_path: Path, data: Path, reference: Any, capfdbinary: Any) -> None:
    """With --seed the program gets it, and ours uses it too."""
    done = verify(capfdbinary, data, reference(), "-n", 3000, "--seed", 2)
    assert (tmp_path / "log").read_text().split()[2:] == ["3000", "--seed", "2"]
    assert done.code == 1
    assert b"first in row 2821" in done.out


def test_bare_files_are_passed_as_they_are(
    tmp_path: Path, golden_pcm: Any, data: Path, reference: Any, capfdbinary: Any
) -> None:
    """No copies of what is bare already."""
    for name in ("clean", "noise"):
        (tmp_path / f"{name}.raw").write_bytes(golden_pcm(name).astype("<i2").tobytes())
    program = reference('open(sys.argv[1] + ".seen", "w")')
    done = run_here(
        capfdbinary,
        "verify",
        "features",
        "--reference",
        program,
        tmp_path / "clean.raw",
        tmp_path / "noise.raw",
        "-n",
        500,
    )
    assert done.code == 0
    assert (tmp_path / "clean.raw.seen").exists()


@pytest.mark.parametrize(("row", "column", "bit"), [(0, 0, 0), (1234, 41, 31), (2999, 86, 22)])
def test_first_difference_is_named(
    data: Path, reference: Any, capfdbinary: Any, row: int, column: int, bit: int
) -> None:
    """One bit in one value: row, column by name, both values in hex and decimal."""
    place = 348 * row + 4 * column + bit // 8
    program = reference(f"rows[{place}] ^= {1 << bit % 8}")
    done = verify(capfdbinary, data, program, "-n", 3000, "--json")
    assert done.code == 1
    facts = json.loads(done.out)
    assert (facts["rows"], facts["different_values"], facts["different_rows"]) == (3000, 1, 1)
    first = facts["first"]
    assert (first["row"], first["column"], first["name"]) == (row, column, COLUMN_NAMES[column])
    assert int(first["ours"]["hex"], 16) ^ int(first["reference"]["hex"], 16) == 1 << bit
    value = np.uint32(int(first["ours"]["hex"], 16)).view(np.float32)
    assert float(first["ours"]["value"]) == float(value)
    said = verify(capfdbinary, data, program, "-n", 3000).out.decode()
    assert f"first in row {row} (from 0), column {column} ({COLUMN_NAMES[column]})" in said
    assert first["ours"]["hex"] in said
    assert first["reference"]["value"] in said


def test_nan_with_other_bits_differs(data: Path, reference: Any, capfdbinary: Any) -> None:
    """Bits are compared, not values: −0 is not 0."""
    done = verify(capfdbinary, data, reference("rows[348*5 + 3] ^= 0x80"), "-n", 10)
    assert done.code == 1


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ("rows = rows[:348*20]", 0, "wrote 20 of 100 rows"),
        ("rows = rows[:348*20 + 5]", 3, "wrote 20 of 100 rows, exit code 3; it said: matrix size: 87"),
        ("rows = b''", 0, "wrote 0 of 100 rows"),
        ("rows += bytes(348)", 0, "more than 100 rows"),
        ("", 1, "exit code 1"),
    ],
)
def test_unusable_references(data: Path, reference: Any, capfdbinary: Any, change: str, code: int, reason: str) -> None:
    """Too few rows, too many, a failure: one line, exit code 2."""
    done = verify(capfdbinary, data, reference(change, code), "-n", 100)
    assert (done.code, done.out, len(done.error_lines)) == (2, b"", 1)
    assert reason in done.err


def test_programs_that_are_none(tmp_path: Path, data: Path, capfdbinary: Any) -> None:
    """Missing, not executable, not a program."""
    plain = tmp_path / "plain"
    plain.write_text("hello")
    for program, reason in ((tmp_path / "none", "does not exist"), (plain, "not executable")):
        done = verify(capfdbinary, data, program, "-n", 10)
        assert (done.code, len(done.error_lines)) == (2, 1)
        assert reason in done.err
    plain.chmod(0o755)
    done = verify(capfdbinary, data, plain, "-n", 10)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "cannot be run" in done.err


@pytest.mark.parametrize("options", [["-n", 0], ["-n", "x"], ["--seed", -1]])
def test_bad_options(data: Path, capfdbinary: Any, options: list[object]) -> None:
    """As for `features`."""
    done = verify(capfdbinary, data, sys.executable, *options)
    assert (done.code, len(done.error_lines)) == (2, 1)


def test_our_c_tool_is_equal(data: Path, denoise_training: Path, capfdbinary: Any) -> None:
    """The tool of reference_c, with a seed."""
    done = verify(capfdbinary, data, denoise_training, "-n", 6000, "--seed", 42)
    assert (done.code, done.out) == (0, b"identical: 6,000 rows, 522,000 values, every bit\n")


def test_without_a_reference_our_c_tool_is_compiled(data: Path, denoise_training: Path, capfdbinary: Any) -> None:
    """The comparison for those who have no binary of their own."""
    done = run_here(capfdbinary, "verify", "features", data / "clean.flac", data / "noise.flac", "-n", 500)
    assert (done.code, done.out) == (0, b"identical: 500 rows, 43,500 values, every bit\n")
    assert "compiling our C training tool with" in done.err


def test_subcommands_are_listed_without_importing_them(capfdbinary: Any) -> None:
    """``verify --help`` names both comparisons."""
    done = run_here(capfdbinary, "verify", "--help")
    assert done.code == 0
    assert b"features" in done.out
    assert b"denoise" in done.out
