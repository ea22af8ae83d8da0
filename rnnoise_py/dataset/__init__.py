"""The dataset stage: from folders of speech and noise to two long streams.

synthesize (noisy, clean and noise clips from a config) → balance (languages of equal hours) → check (the
data doctor) → merge (``all_clean.raw``, ``all_noise.raw``), beside stats, sample and pack. Names below are
imported on first use.
"""

from importlib import import_module
from typing import Any

_EXPORTS = {
    "Config": "rnnoise_py.dataset.config",
    "read_config": "rnnoise_py.dataset.config",
    "synthesize": "rnnoise_py.dataset.synthesize",
    "balance": "rnnoise_py.dataset.balance",
    "merge": "rnnoise_py.dataset.merge",
    "check": "rnnoise_py.dataset.check",
    "quarantine": "rnnoise_py.dataset.quarantine",
    "undo_quarantine": "rnnoise_py.dataset.quarantine",
    "stats": "rnnoise_py.dataset.stats",
    "sample": "rnnoise_py.dataset.sample",
    "pack": "rnnoise_py.dataset.pack",
}

__all__ = list(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
