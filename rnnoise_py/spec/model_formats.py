"""Formats of a model: the words that name them, the usual names of their files, the endings that mean them."""

from typing import Final

C_SOURCES: Final = "c"  #: ``rnn_data.c/.h`` in a folder that builds librnnoise
#: formats of one file → its usual name
FILE_NAMES: Final = {"text": "model.rnnn", "packed": "model.rnn", "keras": "weights.hdf5"}
#: all that ``export`` writes
EXPORT_FORMATS: Final = (C_SOURCES, *FILE_NAMES)
#: ending of a file's name → format
ENDINGS: Final = {".rnnn": "text", ".txt": "text", ".rnn": "packed", ".hdf5": "keras", ".h5": "keras"}
