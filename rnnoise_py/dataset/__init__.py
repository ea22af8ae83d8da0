"""From folders of speech and noise to two long streams.

synthesize (noisy, clean and noise clips from a config) → balance (languages of equal hours) → check (the data doctor) →
merge (``all_clean.raw``, ``all_noise.raw``), beside stats, sample and pack. The names below are functions, imported on
first use; no module has the name of one. The steps with settings and results are in :mod:`rnnoise_py.stages`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnnoise_py.dataset.archive import pack
    from rnnoise_py.dataset.balancing import balance
    from rnnoise_py.dataset.config import Config
    from rnnoise_py.dataset.config_file import read_config
    from rnnoise_py.dataset.doctor import check
    from rnnoise_py.dataset.folder_stats import stats
    from rnnoise_py.dataset.merging import merge
    from rnnoise_py.dataset.moving import quarantine, undo_quarantine
    from rnnoise_py.dataset.picking import sample
    from rnnoise_py.dataset.synthesis import synthesize

__all__ = [
    "Config",
    "balance",
    "check",
    "merge",
    "pack",
    "quarantine",
    "read_config",
    "sample",
    "stats",
    "synthesize",
    "undo_quarantine",
]

_MODULES = {
    "Config": "config",
    "read_config": "config_file",
    "synthesize": "synthesis",
    "balance": "balancing",
    "merge": "merging",
    "check": "doctor",
    "quarantine": "moving",
    "undo_quarantine": "moving",
    "stats": "folder_stats",
    "sample": "picking",
    "pack": "archive",
}

if not TYPE_CHECKING:  # mypy must not see this: to it a name that is not imported above does not exist

    def __getattr__(name):
        if name in _MODULES:
            return getattr(import_module(f"rnnoise_py.dataset.{_MODULES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
