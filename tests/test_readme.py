"""The README says what the code does."""

import re

import pytest

from rnnoise_py import layout
from rnnoise_py.cli import COMMANDS
from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text()


def column_table() -> str:
    """Write the README's table of columns."""
    lines = ["| columns | name | unit | range | meaning |", "|---|---|---|---|---|"]
    for group in layout.COLUMN_GROUPS:
        columns = str(group.start) if group.size == 1 else f"{group.start} – {group.stop - 1}"
        lines.append(f"| {columns} | {group.name} | {group.unit} | {group.range} | {group.meaning} |")
    return "\n".join(lines)


def test_table_of_columns_is_the_layout() -> None:
    """The README's 87 columns are those of rnnoise_py.layout."""
    assert column_table() in README


@pytest.mark.parametrize("name", sorted(set(re.findall(r"^(?:.*\| )?rnnoise-py ([a-z]+)", README, re.MULTILINE))))
def test_every_command_of_the_readme_exists(name: str) -> None:
    """Commands in code blocks are commands of the tool."""
    assert name in COMMANDS


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_two_commands_stand_near_the_top(target: str) -> None:
    """`make demo` and `make test` are within the first 40 lines and in the Makefile."""
    assert f"make {target}" in "\n".join(README.splitlines()[:40])
    assert re.search(rf"^{target}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
