"""The documents say what the code does, and their links lead somewhere."""

import csv
import re

import pytest

from rnnoise_py.spec import layout
from rnnoise_py.spec.constants import BAND_EDGES, SAMPLE_RATE, WINDOW_SIZE
from tests.conftest import REPOSITORY
from tests.markdown import anchors, blocks, commands, documents, links, read


def between(document: str, mark: str) -> str:
    """Text between the comments ``<!-- mark … -->`` and ``<!-- end of mark -->``."""
    found = re.search(rf"<!-- {mark}[^>]*-->\n(.*?)<!-- end of {mark} -->", read(document), re.DOTALL)
    assert found, f"{document} has no {mark}"
    return found[1]


def column_table() -> str:
    """Write the table of columns."""
    lines = ["| columns | name | unit | range | meaning |", "|---|---|---|---|---|"]
    for group in layout.COLUMN_GROUPS:
        columns = str(group.start) if group.size == 1 else f"{group.start} – {group.stop - 1}"
        lines.append(f"| {columns} | {group.name} | {group.unit} | {group.range} | {group.meaning} |")
    return "\n".join(lines) + "\n"


def band_table() -> str:
    """Write the table of bands."""
    centres = [edge * SAMPLE_RATE // WINDOW_SIZE for edge in BAND_EDGES]
    half = len(centres) // 2
    rows = [list(range(half)), centres[:half], list(range(half, len(centres))), centres[half:]]
    names = ("band", "centre, Hz", "**band**", "**centre, Hz**")
    lines = [f"| {name} | {' | '.join(map(str, row))} |" for name, row in zip(names, rows, strict=True)]
    return "\n".join([lines[0], "|---" * (half + 1) + "|", *lines[1:]]) + "\n"


def test_columns_are_those_of_the_layout() -> None:
    """The 87 columns of docs/columns.md are those of rnnoise_py.spec.layout."""
    assert between("docs/columns.md", "columns") == column_table()


def test_bands_are_those_of_the_constants() -> None:
    """The 22 bands of docs/columns.md are those of rnnoise_py.spec.constants."""
    assert between("docs/columns.md", "bands") == band_table()


def test_reference_curve_falls() -> None:
    """The reference curve of docs/training.md: epochs to the last, numbers, a falling loss."""
    lines = [line.strip("| ") for line in between("docs/training.md", "reference curve").splitlines()]
    header, _, *rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter="|")]
    assert header[0] == "epoch"
    numbers = [dict(zip(header, map(float, row), strict=True)) for row in rows]
    assert [row["epoch"] for row in numbers] == sorted(row["epoch"] for row in numbers)
    assert numbers[-1]["epoch"] == 120
    assert numbers[-1]["`loss`"] < numbers[0]["`loss`"] / 3


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_two_commands_stand_near_the_top(target: str) -> None:
    """`make demo` and `make test` are within the README's first 40 lines and in the Makefile."""
    assert f"make {target}" in "\n".join(read("README.md").splitlines()[:40])
    assert re.search(rf"^{target}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("document", documents())
def test_relative_links_and_anchors_exist(document: str) -> None:
    """Every relative link of a document leads to a file, and to a heading where it names one."""
    for target in links(document):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (REPOSITORY / document).parent / name if name else REPOSITORY / document
        assert path.exists(), f"{document} links to {target}"
        if anchor:
            assert anchor in anchors(path), f"{document} links to {target}, which has no such heading"


def test_every_document_is_in_the_index() -> None:
    """What lies in docs/ is linked from the README, or from the first page of the documents."""
    found = {target.partition("#")[0] for target in links("README.md")}
    found |= {f"docs/{target.partition('#')[0]}" for target in links("docs/index.md")}
    assert {name for name in documents() if re.match(r"docs/(contract/)?(?!index)[^/]*$", name)} <= found


def test_the_russian_tutorial_has_the_same_commands() -> None:
    """Block for block the commands of the English one; only comments differ."""
    pair = [
        [(block.language, block.info, list(commands(block.text))) for block in blocks(name) if block.language != "text"]
        for name in ("docs/tutorial.md", "docs/tutorial.ru.md")
    ]
    assert pair[0] == pair[1]
