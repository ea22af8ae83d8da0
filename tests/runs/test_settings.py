"""Settings of a step: types, ranges, defaults; as options of a command, as words of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from rnnoise_py.cli.options import settings_options
from rnnoise_py.errors import InputError
from rnnoise_py.runs.settings import Settings, as_words, known_fields, option, seed_option, workers_option


@dataclass(frozen=True, kw_only=True)
class Example(Settings):
    """One field of each kind."""

    source: Path = option(help="What to read.", positional=True, recipe=False)
    learning_rate: float = option(1e-3, "How fast.", flag="lr", above=0)
    count: int | None = option(None, "How many.", short="-n", minimum=1, default_text="all")
    form: str = option("a", "Which.", choices=("a", "b", "c"))
    names: tuple[str, ...] = option((), "Some.", flag="name", multiple=True)
    start: tuple[int, int] = option((0, 0), "Where.", minimum=0)
    logs: bool = option(True, "Whether to log.", decides=False)
    link: bool = option(False, "Whether to link.")
    table: Mapping[str, str] = option({}, "Pairs.", flag="set")
    seed: int = seed_option()
    workers: int | None = workers_option()


@click.command()
@settings_options(Example)
def command(settings: Example) -> None:
    """Show settings."""
    click.echo(repr(settings))


def _from_command(*words: str) -> Any:
    done = CliRunner().invoke(command, list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_values_come_to_their_types() -> None:
    """Text becomes a path, a list a tuple, a whole number a fraction, a single value a list of one."""
    made = Example(source="a.wav", learning_rate=1, names=["x"], start=[1, 2], table={"a": "b"})  # type: ignore[arg-type]
    assert made.source == Path("a.wav")
    assert isinstance(made.learning_rate, float)
    assert (made.names, made.start, made.table) == (("x",), (1, 2), {"a": "b"})
    assert Example(source=Path("a"), names="x").names == ("x",)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"learning_rate": 0}, "learning_rate 0: needed is number, above 0"),
        ({"learning_rate": float("nan")}, "learning_rate nan: needed is number"),
        ({"learning_rate": "fast"}, "learning_rate 'fast': needed is number"),
        ({"learning_rate": 10**400}, "learning_rate 1000"),
        ({"count": 0}, "count 0: needed is whole number, 1 or more"),
        ({"count": 1.5}, "count 1.5: needed is whole number"),
        ({"count": True}, "count true: needed is whole number"),
        ({"form": "d"}, "form 'd': needed is one of a, b, c"),
        ({"start": (1,)}, "start (1,): needed are 2 values, each a whole number"),
        ({"logs": 1}, "logs 1: needed is true or false"),
        ({"source": ""}, "source '': needed is path"),
        ({"source": "a\0b"}, "source 'a\\x00b': needed is path"),
        ({"seed": -1}, "seed -1: needed is whole number, 0 or more"),
    ],
)
def test_what_cannot_be_used_is_one_line(values: dict[str, Any], said: str) -> None:
    """The field, the value, and what is needed."""
    with pytest.raises(InputError) as error:
        Example(**{"source": "a.wav", **values})
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_options_are_the_fields() -> None:
    """Words, letters, switches, lists, pairs; what is not given has the default of the class."""
    words = ["a.wav", "--lr", "0.5", "-n", "3", "--form", "b", "--name", "x", "--name", "y", "--start", "1", "2"]
    done = _from_command(*words, "--no-logs", "--link", "--set", "a=b=c", "--seed", "7", "--workers", "2")
    expected = Example(
        source=Path("a.wav"),
        learning_rate=0.5,
        count=3,
        form="b",
        names=("x", "y"),
        start=(1, 2),
        logs=False,
        link=True,
        table={"a": "b=c"},
        seed=7,
        workers=2,
    )
    assert done.output == f"{expected!r}\n"
    assert _from_command("a.wav").output == f"{Example(source=Path('a.wav'))!r}\n"


def test_messages_of_a_command_name_the_option() -> None:
    """Not the field."""
    with pytest.raises(InputError, match=r"--lr -1\.0: needed is number, above 0"):
        _from_command("a.wav", "--lr", "-1")
    with pytest.raises(InputError, match="--set a: write KEY=VALUE"):
        _from_command("a.wav", "--set", "a")


def test_help_has_the_defaults() -> None:
    """Each once, from the class."""
    text = " ".join(_from_command("--help").output.split())
    for said in (
        "How fast. [default: 0.001]",
        "How many. [default: all]",
        "Which. [default: a]",
        "[default: all cores]",
    ):
        assert said in text
    assert "Whether to log. [default: logs]" in text


def test_settings_as_words_are_the_same_settings() -> None:
    """What a person would type; defaults are left out."""
    made = Example(
        source=Path("a b.wav"), learning_rate=0.5, names=("x", "y"), start=(1, 2), logs=False, table={"k": "v"}, seed=3
    )
    assert as_words(Example(source=Path("a.wav"))) == ["a.wav"]
    assert _from_command(*as_words(made)).output == f"{made!r}\n"


def test_what_decides() -> None:
    """Fields that only say how the work is done are no part of the result."""
    found = Example(source=Path("a.wav")).decisive()
    assert set(found) == set(known_fields(Example)) - {"logs", "workers"}
    assert found["start"] == [0, 0]
