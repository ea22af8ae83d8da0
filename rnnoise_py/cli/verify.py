"""``rnnoise-py verify``: comparisons with someone else's programs, one module each."""

from importlib import import_module
from typing import Final

import click

# name → (module, one line for --help)
SUBCOMMANDS: Final[dict[str, tuple[str, str]]] = {
    "features": ("verify_features", "Rows of any denoise_training binary against ours."),
    "denoise": ("verify_denoise", "Audio of any librnnoise against ours."),
}


class VerifyGroup(click.Group):
    """A group that imports a comparison's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in order."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one comparison."""
        if cmd_name not in SUBCOMMANDS:
            return None
        command = import_module(f"rnnoise_py.cli.{SUBCOMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the comparisons without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in SUBCOMMANDS.items()])


@click.group(cls=VerifyGroup)
def command() -> None:
    """Compare with a reference, bit for bit.

    Exit codes: 0 equal, 1 different, 2 cannot be compared.
    """
