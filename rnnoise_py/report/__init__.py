"""Which model is better: metrics, recordings with their references, and the report that shows them.

:mod:`.metrics` and :mod:`.levels` hold pure functions of arrays; :mod:`.comparison` runs models over recordings;
:mod:`.page` makes one HTML file of the result. The step as a whole is :mod:`rnnoise_py.stages.compare`.

Names below are imported on first use: whoever wants one metric does not wait for the kernels.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnnoise_py.report.comparison import Outcome, compare
    from rnnoise_py.report.contenders import Contender, open_contender, open_contenders
    from rnnoise_py.report.detection import vad_scores
    from rnnoise_py.report.labels import clean_labels, quiet_frames
    from rnnoise_py.report.levels import level, noise_floor, robust_level, speech_level
    from rnnoise_py.report.measures import MEASURES, Measure
    from rnnoise_py.report.metrics import pesq_wb, segmental_snr, si_sdr, stoi
    from rnnoise_py.report.opinion import dnsmos
    from rnnoise_py.report.plots import plot_file
    from rnnoise_py.report.recordings import Recording
    from rnnoise_py.report.results import Comparison, RecordingResult, read_values

_EXPORTS = {
    "MEASURES": "measures",
    "Comparison": "results",
    "Contender": "contenders",
    "Measure": "measures",
    "Outcome": "comparison",
    "Recording": "recordings",
    "RecordingResult": "results",
    "clean_labels": "labels",
    "compare": "comparison",
    "dnsmos": "opinion",
    "level": "levels",
    "noise_floor": "levels",
    "open_contender": "contenders",
    "open_contenders": "contenders",
    "pesq_wb": "metrics",
    "plot_file": "plots",
    "read_values": "results",
    "quiet_frames": "labels",
    "segmental_snr": "metrics",
    "si_sdr": "metrics",
    "robust_level": "levels",
    "speech_level": "levels",
    "stoi": "metrics",
    "vad_scores": "detection",
}

__all__ = [
    "MEASURES",
    "Comparison",
    "Contender",
    "Measure",
    "Outcome",
    "Recording",
    "RecordingResult",
    "clean_labels",
    "compare",
    "dnsmos",
    "level",
    "noise_floor",
    "open_contender",
    "open_contenders",
    "pesq_wb",
    "plot_file",
    "quiet_frames",
    "read_values",
    "robust_level",
    "segmental_snr",
    "si_sdr",
    "speech_level",
    "stoi",
    "vad_scores",
]

if not TYPE_CHECKING:  # mypy must not see this: to it a name that is not imported above does not exist

    def __getattr__(name):
        if name in _EXPORTS:
            return getattr(import_module(f"{__name__}.{_EXPORTS[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
