"""Training rows: the mixer and the extractor that make them, the files that hold them, the readers of those files.

============================================  ========================================================================
:func:`training_rows`                         speech and noise as arrays → rows as one array
:func:`iter_training_rows`                    the same, block by block
:class:`RowExtractor`                         the same from any point on, with a state to resume from
:class:`RowReader`                            a file of rows, any part of it
:func:`check_rows`                            whether a file's rows can be trained on
:func:`extract_features`                      the 42 features of one recording
:func:`analyse_features`                      the same with pitch and energies
============================================  ========================================================================

Files of rows are made by :mod:`rnnoise_py.stages.features`. Names are imported on first use.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rnnoise_py.rows.extractor import RowExtractor, RowsState, iter_training_rows, training_rows
    from rnnoise_py.rows.features import FeatureAnalysis, analyse_features, extract_features
    from rnnoise_py.rows.reader import RowReader
    from rnnoise_py.rows.values import RowValues, check_rows

__all__ = [
    "FeatureAnalysis",
    "RowExtractor",
    "RowReader",
    "RowValues",
    "RowsState",
    "analyse_features",
    "check_rows",
    "extract_features",
    "iter_training_rows",
    "training_rows",
]

_HOMES: Final = {
    "rnnoise_py.rows.extractor": ("RowExtractor", "RowsState", "iter_training_rows", "training_rows"),
    "rnnoise_py.rows.features": ("FeatureAnalysis", "analyse_features", "extract_features"),
    "rnnoise_py.rows.reader": ("RowReader",),
    "rnnoise_py.rows.values": ("RowValues", "check_rows"),
}

if not TYPE_CHECKING:  # mypy must not see this: to it a name that is not imported above does not exist

    def __getattr__(name):
        from importlib import import_module

        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(home), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
