"""Options of commands, made from the settings of their steps; those that mean the same in every command."""

import functools
import logging
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from rnnoise_py.cli.exit_codes import EXIT_DIFFERS
from rnnoise_py.runs.progress import Terminal, reporting
from rnnoise_py.runs.settings import Known, Settings, known_fields, read_pairs, read_value
from rnnoise_py.stages.result import Result

F = TypeVar("F", bound=Callable[..., Any])

#: an input or output path, as :class:`pathlib.Path`; existence is checked where the file is used
PATH = click.Path(path_type=Path)

_TYPES: dict[type, Any] = {int: click.INT, float: click.FLOAT, str: click.STRING, Path: PATH}
_log = logging.getLogger("rnnoise_py")


def settings_options(settings: type[Settings], *, without: Collection[str] = ()) -> Callable[[F], F]:
    """Give a command the options that the fields of its settings are; it is called with ``settings``.

    Parameters
    ----------
    settings
        The class; its fields are declared with :func:`rnnoise_py.runs.settings.option`.
    without
        Fields that the command sets itself: it gets the class's other values as keyword arguments instead of an
        object, with ``settings`` a mapping.
    """
    known = {name: one for name, one in known_fields(settings).items() if name not in without}

    def decorate(function: F) -> F:
        @verbosity
        @functools.wraps(function)
        def wrapped(**given: Any) -> Any:
            values = {name: given.pop(name) for name in known}
            read = read_given(known, values)
            started = time.monotonic()
            made = read if without else settings(**read)
            _log.debug("%s", made)
            result = function(settings=made, **given)
            _log.debug("%.2f s", time.monotonic() - started)
            return result

        decorated: Any = wrapped
        for one in reversed(known.values()):
            decorated = _parameter(one)(decorated)
        return decorated  # type: ignore[no-any-return]

    return decorate


def read_given(known: Mapping[str, Known], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that were given, checked; messages name the options."""
    given = {name: value for name, value in values.items() if value is not None and value != ()}
    for name, value in given.items():
        if known[name].kind is Mapping:
            given[name] = read_pairs(value, _called(known[name]))
    return {name: read_value(known[name], value, name=_called(known[name])) for name, value in given.items()}


def _called(one: Known) -> str:
    return one.word.upper() if one.option.positional else f"--{one.word}"


def _parameter(one: Known) -> Callable[[Any], Any]:
    """Make the click option or argument of a field; defaults stay in the dataclass."""
    option = one.option
    many = (one.many and not one.length) or one.kind is Mapping
    kind = click.Choice(option.choices) if option.choices else _TYPES.get(one.kind)
    if option.positional:
        return click.argument(
            one.name, type=kind, nargs=-1 if many else 1, required=one.required, metavar=option.metavar or None
        )
    words = [one.name, f"--{one.word}", *([option.short] if option.short else [])]
    if one.kind is bool:
        if one.default is not False or option.both:
            words[1] = f"--{one.word}/--no-{one.word}"
        return click.option(*words, is_flag=True, default=None, help=_help(one))
    return click.option(
        *words,
        type=kind,
        multiple=many,
        nargs=one.length or 1,
        metavar=option.metavar or None,
        help=_help(one),
        **({"required": True} if one.required else {"default": None}),
    )


def _help(one: Known) -> str:
    default = one.option.default_text
    if not default and one.default not in (None, False, "", (), {}):
        value = one.default
        if value is True:
            default = one.word
        elif isinstance(value, tuple):
            default = " ".join(map(str, value))
        else:
            default = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{one.option.help}  [default: {default}]" if default else one.option.help


def finish(result: Result) -> None:
    """Leave with exit code 1 when a step is done but not with everything."""
    if result.incomplete:
        raise click.exceptions.Exit(EXIT_DIFFERS)


def verbosity(function: F) -> F:
    """Add ``-q`` and ``-v``; the command itself receives neither."""

    @click.option("-q", "--quiet", is_flag=True, help="No progress, no notes.")
    @click.option("-v", "--verbose", is_flag=True, help="Say the settings in full, and how long it took.")
    @functools.wraps(function)
    def wrapped(*args: Any, quiet: bool, verbose: bool, **kwargs: Any) -> Any:
        logging.basicConfig(level=logging.WARNING, format="%(message)s")
        _log.setLevel(logging.DEBUG if verbose else logging.WARNING)
        with reporting(Terminal(quiet=quiet)):
            return function(*args, **kwargs)

    return wrapped  # type: ignore[return-value]


force_option = click.option("--force", is_flag=True, help="Replace what is already there.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="CPU cores to use; the result is the same for any number.  [default: all cores]",
)
# for commands that are not yet made of settings
seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of all random draws."
)
