"""Names of the mixers, without loading any of them."""

from typing import Final

from rnnoise_py.errors import InputError

V01: Final = "v0.1"  #: the training tool's, bit for bit
MODERN: Final = "modern"  #: :mod:`rnnoise_py.rows.modern`
MIXERS: Final = (V01, MODERN)


def check_mixer(kind: str) -> None:
    """Raise :class:`InputError` unless there is a mixer of this name."""
    if kind not in MIXERS:
        raise InputError(f"mixer {kind!r}: needed is one of {', '.join(MIXERS)}")
