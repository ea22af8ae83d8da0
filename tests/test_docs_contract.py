"""Comments cite the contract (docs/contract) in one form, and every citation leads to a section."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnoise_py.spec import constants, layout
from rnnoise_py.spec.quirks import QUIRKS
from tests.conftest import REPOSITORY

CONTRACT = REPOSITORY / "docs" / "contract"
PARTS = sorted(path.stem for path in CONTRACT.glob("*.md"))
CITING = (
    "rnnoise_py/**/*.py",
    "codegen/**/*.py",
    "tests/**/*.py",
    "benchmarks/**/*.py",
    "reference_c/**/*.[ch]",
    "reference_c/Makefile",
    "docs/**/*.md",
)
_CITATION = re.compile(r"contract/(\w+) (§\d+(?:(?:–|, | and )§\d+)*)")
#: other ways of saying it, which no test could check
_OTHER_FORMS = re.compile(
    r"\bspec(?:ification)? \d|contract's (?:features|row|denoiser|network|FFT)|contract: step"
    r"|contract/\w+(?! §|\w|\.md|/)"
)


def sections(part: str) -> dict[int, str]:
    """Numbered headings of a part of the contract."""
    text = (CONTRACT / f"{part}.md").read_text(encoding="utf-8")
    return {int(number): title for number, title in re.findall(r"^## (\d+)\. (.+)$", text, re.MULTILINE)}


def citing_files() -> list[Path]:
    """Every file of ours that may cite."""
    found = {path for pattern in CITING for path in REPOSITORY.glob(pattern) if "build" not in path.parts}
    return sorted(found - {Path(__file__)})


def citations(text: str) -> Iterator[tuple[str, int]]:
    """(part, section) of each citation; both ends of a range."""
    for part, numbers in _CITATION.findall(" ".join(re.sub(r"\n\s*(?:[#*/]+ )?", " ", text).split())):
        for number in re.findall(r"\d+", numbers):
            yield part, int(number)


def test_the_contract_has_four_parts() -> None:
    """Numbered from 1 without a gap."""
    assert PARTS == ["dataset", "features", "inference", "training"]
    for part in PARTS:
        assert list(sections(part)) == list(range(1, len(sections(part)) + 1)), part


def test_every_citation_leads_to_a_section() -> None:
    """Python, C, tests and documents."""
    for path in citing_files():
        for part, number in citations(path.read_text(encoding="utf-8", errors="replace")):
            assert part in PARTS, f"{path} cites contract/{part}"
            assert number in sections(part), f"{path} cites contract/{part} §{number}"


def test_citations_have_one_form() -> None:
    """``contract/PART §N``: nothing else names a place in it."""
    for path in citing_files():
        found = _OTHER_FORMS.search(path.read_text(encoding="utf-8", errors="replace"))
        assert not found, f"{path}: {found and found[0]}"


@pytest.mark.parametrize("noun", sorted(path.stem for path in (REPOSITORY / "rnnoise_py" / "dsp").glob("*.py")))
def test_kernels_say_where_they_come_from(noun: str) -> None:
    """A module of kernels that computes what the contract fixes cites its section."""
    without = {"__init__", "buffers", "numerals", "stream", "correlation", "quiet"}  # arrays, and means to an end
    text = (REPOSITORY / "rnnoise_py" / "dsp" / f"{noun}.py").read_text()
    assert noun in without or list(citations(text)), noun


def test_every_section_of_numerics_is_implemented() -> None:
    """Each section of features that says what to compute is cited by a kernel and by the C."""
    kernels = " ".join(path.read_text() for path in (REPOSITORY / "rnnoise_py").rglob("*.py"))
    c = " ".join(path.read_text() for path in (REPOSITORY / "reference_c" / "src").glob("*.h"))
    for text in (kernels, c):
        cited = set()
        for part, numbers in _CITATION.findall(text):
            ends = [int(n) for n in re.findall(r"\d+", numbers)]
            cited |= {(part, n) for n in (range(ends[0], ends[-1] + 1) if "–" in numbers else ends)}
        assert {("features", n) for n in range(3, 24)} <= cited
        assert {("inference", n) for n in (1, 3, 4, 5, 6, 7)} <= cited


def test_quirks_are_in_the_contract() -> None:
    """Each registered quirk is told where its numbers are."""
    text = " ".join((CONTRACT / f"{part}.md").read_text() for part in PARTS)
    assert {quirk for quirk in QUIRKS if quirk not in text} == set()


def test_constants_of_the_contract_are_those_of_the_code() -> None:
    """The table of contract/features §2 names constants that exist, with their values."""
    text = (CONTRACT / "features.md").read_text()
    for names, values in re.findall(r"^\| (`[A-Z].*?) \| (.+?) \|", text, re.MULTILINE):
        for name, value in zip(re.findall(r"`([A-Z_0-9]+)`", names), values.split(","), strict=False):
            found = getattr(constants, name, None) or getattr(layout, name)
            first = value.split("=")[0].split()
            if isinstance(found, tuple):
                assert list(found) == [int(n) for n in first], name
            else:
                assert found == int(first[0]), name
