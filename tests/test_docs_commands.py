"""Every command of the documents is a command of the tool, and those that can be run here are run (slow).

Shell and Python blocks of a document are one session, from top to bottom, in a folder with the files that the
document speaks of (tests/docs_sandbox.py). A fence ``sh not-run: REASON`` is not run.
"""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from rnnoise_py.cli import COMMANDS, app
from rnnoise_py.synthetic.festival import missing_voices
from tests.docs_sandbox import SCALED, prepare, session
from tests.markdown import NOT_RUN, blocks, commands, documents, inline_code

MOST_NOT_RUN = 12  #: blocks that cannot be run here: downloads, installations, programs that only others have
#: the same commands as another document
TRANSLATIONS = {"docs/tutorial.ru.md"}
RUN = [name for name in documents() if name not in TRANSLATIONS and any(block.runs for block in blocks(name))]
SECONDS = 1_500
#: words of a document → programs that it cannot do without
PROGRAMS = {
    "rnnoise-py": ("bash",),
    "rnnoise-py build": ("make", "gcc"),
    "make -C": ("make", "gcc"),
    "recipes/quick.toml": ("espeak-ng", "festival"),
}


def _ours(text: str) -> list[str]:
    """Commands of a text that are ours."""
    return [command for command in commands(text) if command.startswith("rnnoise-py")]


FENCED = [
    pytest.param(command, id=f"{block}-{command[11:40]}")
    for name in documents()
    for block in blocks(name)
    for command in _ours(block.text)
]
INLINE = sorted({code for name in documents() for code in inline_code(name) if code.startswith("rnnoise-py ")})


def find_command(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the click command that words name, and the words behind its name."""
    found: click.Command = app
    rest = list(words)
    while isinstance(found, click.Group) and rest and not rest[0].startswith("-"):
        inner = found.get_command(click.Context(found), rest[0])
        assert inner is not None, f"no command {rest[0]!r}"
        found, rest = inner, rest[1:]
    return found, rest


def known_options(command: click.Command) -> set[str]:
    """All spellings of a command's options."""
    opts = [opt for parameter in command.params for opt in (*parameter.opts, *parameter.secondary_opts)]
    return {opt for opt in opts if opt.startswith("-")} | {"-h", "--help"}


def words_of(command: str) -> list[str]:
    """Words of a command; sizes stand for their variables."""
    for name in SCALED:
        command = command.replace(f"${name}", "1")
    return shlex.split(command.replace("…", ""))[1:]


@pytest.mark.parametrize("command", FENCED)
def test_commands_in_blocks_parse(command: str) -> None:
    """Command, options, their values and the number of arguments are those that the tool takes."""
    words = words_of(command)
    if {"--help", "-h", "--version"} & set(words):
        words = [word for word in words if word not in {"--help", "-h", "--version"}]
        find_command(words)
        return
    found, rest = find_command(words)
    found.make_context("rnnoise-py", rest)


@pytest.mark.parametrize("command", INLINE)
def test_commands_in_the_text_are_known(command: str) -> None:
    """Commands in backticks name commands and options that exist."""
    found, rest = find_command(words_of(command))
    known = known_options(found)
    for word in rest:
        if word.startswith("-") and word != "-":
            assert word.partition("=")[0] in known, f"{command}: no option {word}"


def test_no_block_escapes() -> None:
    """Blocks with our commands are marked `sh`; what is not run has a reason, and there are few of them."""
    everything = [block for name in documents() for block in blocks(name)]
    for block in everything:
        if _ours(block.text):
            assert block.language == "sh", f"{block}: mark it `sh`, or `sh not-run: REASON`"
        assert re.fullmatch(rf"({NOT_RUN}: .+)?", block.info), f"{block}: {block.info!r} is no `{NOT_RUN}: REASON`"
    count = sum(bool(block.info) for block in everything)
    print(f"{count} of {len(everything)} blocks are not run")
    assert count <= MOST_NOT_RUN


def test_every_command_is_shown() -> None:
    """Each command of the tool stands in a document."""
    shown = {str(text).split()[1] for text in [*(case.values[0] for case in FENCED), *INLINE]}
    assert set(COMMANDS) <= shown


@pytest.mark.slow
@pytest.mark.parametrize("document", RUN)
def test_the_commands_of_a_document_run(document: str, tmp_path: Path) -> None:
    """From top to bottom in one shell, in a folder with the files that the document speaks of."""
    text = "\n".join(block.text for block in blocks(document) if block.runs)
    needed = {program for words, programs in PROGRAMS.items() if words in text for program in programs}
    for program in sorted(needed):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}")
    if "festival" in needed and missing_voices():
        pytest.skip("not all voices of Festival")
    if "from keras" in text:
        pytest.importorskip("keras")
    environment = prepare(document, tmp_path)
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", session(document, tmp_path)],
        cwd=tmp_path / "work",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=SECONDS,
        check=False,
    )
    print(done.stdout)
    last = re.findall(r"^>>> (.+)$", done.stdout, re.MULTILINE)[-1:]
    assert done.returncode == 0, f"in the block at {' '.join(last)}: {os.linesep.join(done.stdout.splitlines()[-15:])}"
