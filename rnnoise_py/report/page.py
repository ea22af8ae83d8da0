"""One self-contained HTML page: tables, aligned pictures, players; nothing is fetched from anywhere."""

import base64
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from rnnoise_py.names import printable
from rnnoise_py.report.contenders import CLEAN, INPUT
from rnnoise_py.report.measure import Measured, Track
from rnnoise_py.report.measures import BY_NAME, OF_DNSMOS, OF_PESQ
from rnnoise_py.report.pictures import DYNAMIC_RANGE, GAIN_COLOURS, SPECTRUM_COLOURS, WAVE_COLUMNS, WAVE_HEIGHT
from rnnoise_py.report.results import Comparison
from rnnoise_py.report.spectra import LOWEST_HZ, hz_to_mel
from rnnoise_py.report.tables import group_tables, per_recording, recording_table, summary_tables
from rnnoise_py.report.verdict import Verdict, verdicts
from rnnoise_py.runs.atomic import atomic_path
from rnnoise_py.runs.provenance import TOOL

PAGE_NAME: Final = "index.html"
TEMPLATES: Final = Path(__file__).parent / "templates"
DEFAULT_TITLE: Final = "Noise suppression compared"
_FREQUENCY_TICKS: Final = (500, 1_000, 2_000, 4_000, 8_000, 16_000)  # Hz
_TICK_STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600)  # seconds
_MOST_TICKS: Final = 8
_TITLES: Final = {INPUT: "Input", CLEAN: "Clean original"}


def write_page(path: Path, comparison: Comparison, measured: Sequence[Measured], title: str = "") -> None:
    """Render the page, part by part: memory does not hold it twice.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["base64"] = lambda content: base64.b64encode(content).decode("ascii")
    template = environment.get_template("report.html.j2")
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace") as stream,  # a noise type may be no UTF-8
    ):
        stream.writelines(template.generate(**_context(comparison, measured, printable(title))))


def _context(comparison: Comparison, measured: Sequence[Measured], title: str) -> dict[str, Any]:
    results = comparison.recordings
    found = verdicts(comparison)
    each = per_recording(comparison, found[0].worst_by if found else "")
    return {
        "title": title or DEFAULT_TITLE,
        "tool": TOOL,
        "comparison": comparison,
        "seconds": sum(result.seconds for result in results),
        "verdicts": [_card(verdict) for verdict in found],
        "models": [{**model, "file": Path(model["path"]).name} for model in comparison.models],
        "missing": _missing(comparison.not_installed),
        "summaries": summary_tables(comparison),
        "groups": group_tables(comparison),
        "each": each,
        "each_json": script_json(each),
        "recordings": _sections(comparison, measured),
        "wave": {"columns": WAVE_COLUMNS, "height": WAVE_HEIGHT},
        "dynamic_range": DYNAMIC_RANGE,
        "spectrum_gradient": _gradient(SPECTRUM_COLOURS),
        "gain_gradient": _gradient(GAIN_COLOURS),
        "css": (TEMPLATES / "report.css").read_text(encoding="utf-8"),
        "script": (TEMPLATES / "report.js").read_text(encoding="utf-8"),
    }


def _card(verdict: Verdict) -> dict[str, Any]:
    worst_by = BY_NAME[verdict.worst_by] if verdict.worst_by else None
    return {"verdict": verdict, "worst_by": worst_by and worst_by.title}


def _missing(measures: Sequence[str]) -> list[tuple[str, str]]:
    """Packages that are not installed: what they compute, and how to get them."""
    found = [("PESQ", "pip install pesq")] if set(OF_PESQ) & set(measures) else []
    return found + ([("DNSMOS", "pip install speechmos onnxruntime")] if set(OF_DNSMOS) & set(measures) else [])


def _sections(comparison: Comparison, measured: Sequence[Measured]) -> Iterator[dict[str, Any]]:
    for number, one in enumerate(measured):
        assert one.result is not None
        result = one.result
        yield {
            "id": f"recording-{number + 1}",
            "name": result.name,
            "result": result,
            "chips": _chips(result.snr, result.noise_type, result.seconds, result.rate, result.lag),
            "table": recording_table(comparison, result),
            "frequencies": _frequency_ticks(one.highest_hz),
            "times": _time_ticks(result.seconds),
            "tracks": [_track(track, place) for place, track in enumerate(one.tracks)],
        }


def _track(track: Track, place: int) -> dict[str, Any]:
    return {"track": track, "title": _TITLES.get(track.name, track.name), "key": place + 1 if place < 9 else None}


def _chips(snr: float | None, noise: str | None, seconds: float, rate: int, lag: float) -> list[str]:
    chips = [] if snr is None else [f"{snr:g} dB SNR".replace("-", "−")]
    chips += [] if noise is None else [noise]
    chips += [f"{seconds:.1f} s", f"{rate / 1000:g} kHz"]
    return chips + ([f"clean aligned by {1000 * lag:+.1f} ms".replace("-", "−")] if lag else [])


def _frequency_ticks(highest: float) -> list[dict[str, Any]]:
    """Label and place (% from the top) of frequencies on the mel axis."""
    low, high = hz_to_mel([LOWEST_HZ, highest])
    places = [(hz, float(100 * (1 - (hz_to_mel(hz) - low) / (high - low)))) for hz in _FREQUENCY_TICKS]
    return [{"label": f"{hz / 1000:g} kHz", "top": round(top, 1)} for hz, top in places if 4 < top < 96]


def _time_ticks(seconds: float) -> list[dict[str, Any]]:
    """Label and place (% from the left) of times."""
    step = next((step for step in _TICK_STEPS if seconds / step <= _MOST_TICKS), _TICK_STEPS[-1])
    count = math.floor(seconds / step + 1e-9)
    return [
        {"label": f"{tick * step:g} s", "left": round(100 * tick * step / seconds, 2)}
        for tick in range(count + 1)
        if tick * step <= 0.97 * seconds
    ]


def _gradient(colours: Sequence[tuple[int, int, int]]) -> str:
    return ", ".join("#{:02x}{:02x}{:02x}".format(*colour) for colour in colours)


def script_json(content: Any) -> str:
    """JSON that can stand inside a ``<script>`` element."""
    return json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")
