"""The recipes that travel with the package."""

from importlib.resources import files
from pathlib import Path


def demo_recipe() -> Path:
    """Return the recipe of ``rnnoise-py demo``, ``recipes/demo.toml``."""
    return Path(str(files("rnnoise_py") / "data" / "demo.toml"))
