"""Fenced blocks, links and headings of the project's Markdown files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import REPOSITORY

_FENCE = re.compile(r"^```(\S*)[ ]*(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_INLINE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
NOT_RUN = "not-run"


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    document: str  #: path from the repository's root
    line: int  #: of the fence
    language: str
    info: str  #: what stands behind the language
    text: str

    @property
    def runs(self) -> bool:
        """Whether the tests run it."""
        return self.language in ("sh", "python", "toml") and not self.info.startswith(NOT_RUN)

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[str]:
    """Markdown files of the project, from its root."""
    folders = (
        REPOSITORY,
        *(REPOSITORY / name for name in ("docs", "docs/contract", "docs/api", "benchmarks", "docker", "tests/data")),
    )
    return [str(path.relative_to(REPOSITORY)) for folder in folders for path in sorted(folder.glob("*.md"))]


def read(document: str) -> str:
    """Text of a document."""
    return (REPOSITORY / document).read_text(encoding="utf-8")


def blocks(document: str) -> list[Block]:
    """Fenced blocks in their order."""
    text = read(document)
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, found[1], found[2], found[3])
        for found in _FENCE.finditer(text)
    ]


def prose(document: str) -> str:
    """Text without its fenced blocks."""
    return _FENCE.sub("", read(document))


def inline_code(document: str) -> list[str]:
    """What stands in single backticks outside of blocks."""
    return [" ".join(found.split()) for found in _INLINE.findall(prose(document))]


def links(document: str) -> list[str]:
    """Targets of links, as they are written."""
    return _LINK.findall(_INLINE.sub("", prose(document)))


def anchors(path: Path) -> set[str]:
    """Anchors of a Markdown file's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).lower())
        found.add(words.strip().replace(" ", "-"))
    return found


def commands(text: str) -> Iterator[str]:
    """Commands of a shell block: comments dropped, continued lines joined, pipelines taken apart."""
    joined = re.sub(r"\\\n\s*", "", text)
    for line in joined.splitlines():
        for part in re.split(r"\s\|\s|&&|;", re.sub(r"(^|\s)#.*", "", line)):
            if part.strip():
                yield part.strip()
