"""Figures of training rows: labels, masks, and the SNR that was really mixed, read off the rows alone.

A row's cepstrum can be turned back into the log energies of the noisy bands (its first six coefficients are sums
over three frames, but the two differences beside them give each frame's own). Gain² times those is the speech's
energy; the noise's stands in the row.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.dataset.histogram import histogram_lines
from rnnoise_py.dataset.pairing import judge_snr
from rnnoise_py.names import printable
from rnnoise_py.rows.reader import RowReader
from rnnoise_py.rows.values import RowValues
from rnnoise_py.runs.progress import Progress
from rnnoise_py.spec.constants import CEPSTRUM_OFFSET_0, CEPSTRUM_OFFSET_1, FRAME_MS, GAIN_MASKED, LOG_FLOOR
from rnnoise_py.spec.layout import CEPSTRUM, CEPSTRUM_DELTA, CEPSTRUM_DELTA2, GAIN, NOISE_LOG_ENERGY, VAD
from rnnoise_py.spec.tables import DCT_SCALE, DCT_TABLE

LEAST_SPEECH: Final = 0.05  #: share of rows labelled as speech below which a training is spoilt
_FAINT: Final = 1e-3  # noise energy of a band below which it is rounding

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


def noisy_energies(rows: F32) -> F64:
    """Band energies of the noisy frames, (rows, 22); very quiet bands are as loud as the features' floor has them."""
    cepstrum = rows[:, CEPSTRUM.columns].astype(np.float64)
    few = CEPSTRUM_DELTA.size
    before = (cepstrum[:, :few] - rows[:, CEPSTRUM_DELTA2.columns]) / 3
    cepstrum[:, :few] = (cepstrum[:, :few] - before + rows[:, CEPSTRUM_DELTA.columns]) / 2
    cepstrum[:, 0] += CEPSTRUM_OFFSET_0
    cepstrum[:, 1] += CEPSTRUM_OFFSET_1
    logs = cepstrum @ (DCT_TABLE.astype(np.float64) * DCT_SCALE).T
    return np.asarray(10.0**logs)


def mixed_energies(rows: F32) -> tuple[F64, F64]:
    """Energies of speech and of noise in the trained bands of each row, (rows,) both."""
    gains = rows[:, GAIN.columns].astype(np.float64)
    trained = gains != GAIN_MASKED
    speech = np.where(trained, gains**2 * noisy_energies(rows), 0).sum(axis=1)
    noise = 10.0 ** rows[:, NOISE_LOG_ENERGY.columns].astype(np.float64) - LOG_FLOOR
    return speech, np.where(trained & (noise > _FAINT), noise, 0).sum(axis=1)


@dataclass
class RowSummary:
    """What the rows of one file are like."""

    path: Path
    rows: int = 0
    labels: Counter[float] = field(default_factory=Counter)  #: VAD label → rows
    trained: int = 0  #: gains that are not masked
    without_noise: int = 0  #: rows labelled as speech whose noise was muted
    snr: Counter[int] = field(default_factory=Counter)  #: dB → rows labelled as speech, with noise

    values: RowValues = field(init=False)  #: what cannot be, and what teaches nothing

    def __post_init__(self) -> None:
        self.values = RowValues(self.path)

    @property
    def not_finite(self) -> int:
        """Rows with NaN or infinity; only the others are looked at further."""
        return self.values.not_finite

    def add(self, rows: F32) -> None:
        """Count some more rows."""
        self.rows += len(rows)
        finite = np.isfinite(rows).all(axis=1)
        self.values.add(rows)
        rows = rows[finite]
        labels = rows[:, VAD.start]
        self.labels.update(dict(zip(*(a.tolist() for a in np.unique(labels, return_counts=True)), strict=True)))
        self.trained += int(np.count_nonzero(rows[:, GAIN.columns] != GAIN_MASKED))
        speech, noise = mixed_energies(rows[labels == 1])
        self.without_noise += int(np.count_nonzero((speech > 0) & (noise == 0)))
        both = (speech > 0) & (noise > 0)
        values = np.rint(10 * np.log10(speech[both] / noise[both])).astype(int)
        self.snr.update(values.tolist())

    def share(self, label: float) -> float:
        """Share of the rows with a VAD label."""
        return self.labels[label] / self.rows

    @property
    def findings(self) -> list[str]:
        """What would spoil a training."""
        found = []
        if self.not_finite:
            found.append(f"{self.not_finite:,} rows hold NaN or infinity: make the file again from sound audio")
        if self.values.impossible:
            found.append(
                f"{self.values.impossible:,} rows cannot be training rows, the first: {self.values.first_impossible}; "
                f"gains are 0 … 1 or −1, vad is 0, ½ or 1"
            )
        if self.values.all_equal:
            found.append("all rows are the same")
        elif not self.values.trained:
            found.append("every gain is −1 (do not train): is the clean speech silent?")
        if self.share(1) < LEAST_SPEECH:
            found.append(
                f"only {100 * self.share(1):.1f} % of the rows are labelled as speech: is the clean speech too quiet?"
            )
        if self.snr and judge_snr(self.snr_shares).spoils:
            found.append(judge_snr(self.snr_shares).text)
        return found

    @property
    def snr_shares(self) -> dict[int, float]:
        """SNR in dB → share of the rows that have one."""
        total = self.snr.total()
        return {value: count / total for value, count in self.snr.items()}

    def lines(self) -> list[str]:
        """Return the summary for a terminal."""
        out = [
            f"{printable(self.path)}: {self.rows:,} rows ({self.rows * FRAME_MS / 3_600_000:.2f} h)",
            f"labels: {100 * self.share(1):.1f} % speech, {100 * self.share(0):.1f} % none, "
            f"{100 * self.share(0.5):.1f} % in between",
            f"gains: {100 * self.trained / (self.rows * GAIN.size):.1f} % are trained on",
        ]
        if self.snr:
            verdict = judge_snr(self.snr_shares).text
            alone = f"{self.without_noise:,} more have no noise"
            out.append(f"SNR of {self.snr.total():,} rows with speech ({alone}): {verdict}")
            out += histogram_lines(self.snr, "dB")
        return out + [f"✗ {finding}" for finding in self.findings]

    def as_json(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "path": printable(self.path),
            "rows": self.rows,
            "not_finite_rows": self.not_finite,
            "impossible_rows": self.values.impossible,
            "labels": {str(label): count for label, count in sorted(self.labels.items())},
            "trained_gains": self.trained,
            "speech_rows_without_noise": self.without_noise,
            "snr": {str(value): count for value, count in sorted(self.snr.items())},
            "findings": self.findings,
        }


def summarize_rows(path: Path) -> RowSummary:
    """Read a file of rows, ``.h5`` or ``.f32``, in constant memory.

    Raises
    ------
    InputError
        When it holds no training rows.
    """
    reader = RowReader(path)
    summary = RowSummary(path)
    with Progress(reader.count, "row", "check") as progress:
        for block in reader.blocks():
            summary.add(block)
            progress.update(len(block))
    return summary
