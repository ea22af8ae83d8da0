"""What the steps that fill a flat folder share."""

from typing import Any

from rnnoise_py.runs.settings import option


def link_option() -> Any:
    """``--link``: copies or links, the files are the same."""
    return option("copy", "Copy the files or link to them.", choices=("copy", "hard", "symbolic"), decides=False)
