"""The columns of a feature vector and of a training row, as named slices, and where a file has its rows.

Nobody else writes ``42 + b``: Python, the HDF5 attributes, the table of docs/columns.md and the C header all come from
here. The columns themselves: contract/features §22.
"""

from dataclasses import dataclass
from typing import Final

from rnnoise_py.spec.constants import NB_BANDS, NB_DELTA_CEPS, NB_FEATURES

HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"  # first bytes of an HDF5 file, of rows or of weights
ROWS_DATASET: Final = "data"  # of an HDF5 file of rows


@dataclass(frozen=True)
class ColumnGroup:
    """One run of neighbouring columns with the same meaning."""

    name: str  #: noun used for the columns, ``name_0``, ``name_1`` … (or ``name`` when there is one)
    start: int  #: first column
    size: int  #: number of columns
    unit: str  #: unit of the values
    range: str  #: values that occur, as text
    meaning: str  #: one line for tables

    @property
    def stop(self) -> int:
        """First column after the group."""
        return self.start + self.size

    @property
    def columns(self) -> slice:
        """The group as a slice of columns."""
        return slice(self.start, self.stop)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each column of the group."""
        if self.size == 1:
            return (self.name,)
        return tuple(f"{self.name}_{i}" for i in range(self.size))


def _groups() -> tuple[ColumnGroup, ...]:
    rows = (
        (
            "cepstrum",
            NB_BANDS,
            "log10 energy, DCT",
            "about −30 … 40",
            "Bark-frequency cepstrum of the noisy frame; the first six are sums over three frames",
        ),
        (
            "cepstrum_delta",
            NB_DELTA_CEPS,
            "log10 energy, DCT",
            "about ±30",
            "first difference of cepstra 0–5: this frame minus the one two before",
        ),
        (
            "cepstrum_delta2",
            NB_DELTA_CEPS,
            "log10 energy, DCT",
            "about ±60",
            "second difference of cepstra 0–5 over three frames",
        ),
        (
            "pitch_correlation",
            NB_DELTA_CEPS,
            "DCT of 1",
            "about −5 … 5",
            "cepstrum of the correlation between the frame and itself one pitch period ago",
        ),
        ("pitch_period", 1, "100 samples", "−2.4 … 4.69", "pitch period at 48 kHz, minus 300 samples, in hundreds"),
        (
            "spectral_variability",
            1,
            "(log10 energy)²",
            "−2.1 …",
            "distance of each of the last eight cepstra to its nearest other, averaged, minus 2.1",
        ),
        (
            "gain",
            NB_BANDS,
            "1",
            "0 … 1, or −1",
            "ideal band gain sqrt(clean energy / noisy energy); −1: do not train on this band",
        ),
        (
            "noise_log_energy",
            NB_BANDS,
            "log10 energy",
            "−2 … about 10",
            "log10 of the noise band energy (not used by the training script)",
        ),
        ("vad", 1, "1", "0, ½ or 1", "voice activity label of the clean frame"),
    )
    groups = []
    start = 0
    for name, size, unit, value_range, meaning in rows:
        groups.append(ColumnGroup(name, start, size, unit, value_range, meaning))
        start += size
    return tuple(groups)


COLUMN_GROUPS: Final = _groups()
(
    CEPSTRUM,
    CEPSTRUM_DELTA,
    CEPSTRUM_DELTA2,
    PITCH_CORRELATION,
    PITCH_PERIOD,
    SPECTRAL_VARIABILITY,
    GAIN,
    NOISE_LOG_ENERGY,
    VAD,
) = COLUMN_GROUPS

FEATURES: Final = slice(0, NB_FEATURES)  #: the network's inputs
ROW_SIZE: Final = VAD.stop  #: columns of a training row: 87
COLUMN_NAMES: Final = tuple(name for group in COLUMN_GROUPS for name in group.names)

assert SPECTRAL_VARIABILITY.stop == NB_FEATURES, "the features come first and fill the network's input"
assert len(COLUMN_NAMES) == ROW_SIZE
