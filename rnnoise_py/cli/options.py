"""Options that mean the same in every command."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

#: an input or output path, as :class:`pathlib.Path`; existence is checked where the file is used
PATH = click.Path(path_type=Path)


def verbosity(function: F) -> F:
    """Add ``-q`` and ``-v``; the command itself receives neither."""

    @click.option("-q", "--quiet", is_flag=True, help="No progress, no notes.")
    @click.option("-v", "--verbose", is_flag=True, help="Say more (debug log on stderr).")
    @functools.wraps(function)
    def wrapped(*args: Any, quiet: bool, verbose: bool, **kwargs: Any) -> Any:
        import logging

        from rnnoise_py.runs.progress import set_quiet

        set_quiet(quiet)
        logging.basicConfig(level=logging.DEBUG if verbose else logging.WARNING, format="%(name)s: %(message)s")
        for noisy in ("numba", "matplotlib", "h5py"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        return function(*args, **kwargs)

    return wrapped  # type: ignore[return-value]


seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of all random draws."
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="CPU cores to use; the result is the same for any number.",
)
force_option = click.option("--force", is_flag=True, help="Replace what is already there.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
