"""The command line: one module a command, imported only when it is called."""

import contextlib
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import click

from rnnoise_py.cli.exit_codes import EXIT_DIFFERS, EXIT_INTERRUPTED, EXIT_UNUSABLE
from rnnoise_py.cli.streams import prepare_streams
from rnnoise_py.errors import RNNoiseError
from rnnoise_py.names import escape_controls
from rnnoise_py.runs.interrupts import postponed
from rnnoise_py.runs.progress import say
from rnnoise_py.version import __version__

# name → (module, one line for --help); the module defines a click command called ``command``
COMMANDS: dict[str, tuple[str, str]] = {
    "dataset": ("dataset", "Fetch, synthesize, balance, merge, check folders of audio."),
    "features": ("features", "Clean speech + noise → 87-wide training rows."),
    "convert": ("convert", "Rows as .f32 ↔ .h5."),
    "train": ("train", "Training rows → weights."),
    "export": ("export", "Weights → C sources, text and packed models."),
    "build": ("build", "Exported C sources → librnnoise.so."),
    "install": ("install", "A model as a microphone without noise: PipeWire."),
    "model": ("model", "What a model file holds."),
    "denoise": ("denoise", "Noisy audio → denoised audio."),
    "compare": ("compare", "Which model is better: numbers, pictures, sound on one page."),
    "adapt": ("adapt", "A model made better for a noise of yours."),
    "plot": ("plot", "Spectrogram, features or training curves as one picture."),
    "verify": ("verify", "Compare with a reference binary or library, bit for bit."),
    "run": ("run", "A whole pipeline, written down in a recipe; sweeps."),
    "demo": ("demo", "A small run of everything, on audio that it makes."),
    "warm-up": ("warm_up", "Compile now what commands need."),
    "bench": ("bench", "Frames a second of this machine: library, numba, WebAssembly."),
    "doctor": ("doctor", "What is installed and found on this machine."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of the pipeline."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        command = import_module(f"rnnoise_py.cli.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rnnoise-py")
def app() -> None:
    """Train your own RNNoise: from folders of audio to librnnoise.so.

    Every command checks its input first, shows progress on stderr and writes whole files only.
    """


#: Ctrl-C, kill, and a terminal that goes away: all end a run in the same way
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


AGAIN_SECONDS = 5.0  # after an interrupt, during which others are not heard: the first one tidies up


def _interrupter() -> Callable[[int, FrameType | None], None]:
    """Return a handler that interrupts the work once, and again only where that was not enough.

    An exception in the middle of a lock's own code, while the first one is on its way out, would break the lock.
    """
    first = -AGAIN_SECONDS

    def interrupt(signum: int, frame: FrameType | None) -> None:
        nonlocal first
        if postponed(signum, frame):
            return
        now = time.monotonic()
        if now - first >= AGAIN_SECONDS:
            first = now
            raise KeyboardInterrupt

    return interrupt


def main() -> NoReturn:
    """Run the command line and exit with its code (see the exit codes above)."""
    prepare_streams()
    with contextlib.suppress(ValueError):  # not in the main thread
        interrupt = _interrupter()
        for number in _INTERRUPTS:
            if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
                signal.signal(number, interrupt)
    try:
        code = app.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        code = _complain(error)
    except RNNoiseError as error:
        code = _fail(str(error))
    except (KeyboardInterrupt, click.Abort):
        for number in _INTERRUPTS:  # all is tidied up: another one would only hit a process that is ending
            signal.signal(number, signal.SIG_IGN)
        say("rnnoise-py: interrupted")
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        code = EXIT_DIFFERS
    except OSError as error:
        code = _fail(f"{error.filename or 'system'}: {error.strerror or error}")
    except MemoryError:
        code = _fail("out of memory: use a smaller input or a machine with more memory")
    sys.exit(code or 0)


def _complain(error: click.ClickException) -> int:
    """Say a usage error in one line; a command without arguments shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":  # click 8.2 and later
        error.show()
        return EXIT_UNUSABLE
    context = getattr(error, "ctx", None)
    hint = f" (see {context.command_path} --help)" if context is not None else ""
    return _fail(error.format_message() + hint)


def _fail(message: str) -> int:
    say(f"rnnoise-py: error: {escape_controls(' '.join(message.split()))}")
    return EXIT_UNUSABLE
