"""Rows of any ``denoise_training`` program against ours, bit for bit."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.rows.seeds import check_seed
from rnnoise_py.runs.progress import Progress, Reporter, note, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import option, workers_option
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1  #: changes when the same settings give another comparison
OUR_TOOL: Final[str | None] = None  #: stands for our own C tool, which is compiled for the comparison


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """Which program to compare with, on what audio.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    clean: Path = option(help="File of clean speech, or a folder of files.", positional=True, recipe=False)
    noise: Path = option(help="File of noise, or a folder of files.", positional=True, recipe=False)
    reference: str | None = option(
        OUR_TOOL, "A denoise_training program.", metavar="BINARY", default_text="our own C tool, compiled for this"
    )
    count: int | None = option(None, "Rows.", short="-n", minimum=1, default_text="one pass over CLEAN")
    seed: int | None = option(None, "Passed on to BINARY when given (the original takes none: 1).")
    workers: int | None = workers_option()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.seed is not None:
            check_seed(self.seed)


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What differs; ``incomplete`` when anything does."""

    rows: int  #: compared
    values: int  #: compared
    identical: bool  #: every bit is the same
    first: dict[str, Any] | None  #: the first difference: row, column, its name, both values in hex and decimal
    different_values: int
    different_rows: int
    different_columns: tuple[str, ...]  #: names of the columns in which something differs

    @property
    def text(self) -> str:
        """What was compared, and where the first difference is, in words."""
        if self.first is None:
            return f"identical: {self.rows:,} rows, {self.values:,} values, every bit"
        columns = self.different_columns
        named = ", ".join(columns[:6]) + (f" and {len(columns) - 6} more" if len(columns) > 6 else "")
        first = self.first
        return (
            f"different: first in row {first['row']} (from 0), column {first['column']} ({first['name']})\n"
            f"  ours       {first['ours']['hex']}  {first['ours']['value']}\n"
            f"  reference  {first['reference']['hex']}  {first['reference']['value']}\n"
            f"in all {self.different_values:,} of {self.values:,} values, "
            f"in {self.different_rows:,} of {self.rows:,} rows; columns {named}"
        )


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Run a training tool, ``BINARY CLEAN NOISE COUNT``, and compare its rows with ours as they come.

    Parameters
    ----------
    settings
        What to compare. Audio that is not bare PCM is converted for the program first.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When an input cannot be used, or the program fails or writes fewer or more rows.
    DependencyError
        When there is no such program, or no compiler for our own.
    MakeError
        When our own cannot be compiled; the error has the compiler's words.
    """
    from rnnoise_py.codegen.library import find_compiler, make_training_tool
    from rnnoise_py.rows.inputs import Inputs
    from rnnoise_py.rows.reference import compare_with_binary, find_binary

    workers = cores(settings.workers)
    with (
        reporting(progress) as reporter,
        Inputs(settings.clean, settings.noise) as inputs,
        tempfile.TemporaryDirectory(prefix="rnnoise-py-") as folder,
    ):
        for line in inputs.notes:
            note(line)
        if settings.reference is None:
            compiler = find_compiler(None)
            note(f"compiling our C training tool with {compiler}")
            binary = make_training_tool(Path(folder), compiler, workers)
        else:
            binary = find_binary(settings.reference)
        rows = settings.count or inputs.clean_rows
        with Progress(rows, "row", "verify features") as shown:
            found = compare_with_binary(binary, inputs, rows, settings.seed, shown.update, workers=workers)
        return Result(**found.facts(), warnings=tuple(reporter.warnings), incomplete=not found.identical)
