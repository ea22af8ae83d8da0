"""The list of equivalent mutants is about lines that are there."""

import re
from pathlib import Path

from rnnoise_py.runs.toml import parse_toml

LISTED = Path(__file__).with_name("equivalent_mutants.toml")
PACKAGE = Path(__file__).parents[1] / "rnnoise_py"


def test_equivalents_are_about_lines_that_are_there() -> None:
    """Each with operators and a reason."""
    for one in parse_toml(LISTED)[1]["mutant"]:
        lines = [line.strip() for line in (PACKAGE / one["module"]).read_text().splitlines()]
        assert one["line"] in lines, one
        assert all(re.fullmatch(r"core/\w+", operator) for operator in one["operators"])
        assert len(one["reason"]) > 20
