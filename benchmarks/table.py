"""Print one table from pytest-benchmark's JSON: ``python -m benchmarks.table RESULTS.json``."""

import json
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.yardstick import REFERENCE_YARDSTICKS_A_FRAME, REFERENCE_YARDSTICKS_A_ROW

FRAMES_A_SECOND: Final = 100  # of audio


class Group(NamedTuple):
    """One table."""

    title: str
    reference_yardsticks: int | None = None  #: of a frame of the original program; None: it has no such program
    c_tool: bool = False  #: whether our C tool does the same


GROUPS: Final = {
    "rows": Group("training rows", REFERENCE_YARDSTICKS_A_ROW, c_tool=True),
    "features": Group("features of one recording"),
    "denoising": Group("denoising", REFERENCE_YARDSTICKS_A_FRAME),
    "kernel": Group("kernels"),
}
HEADER: Final = ["what", "µs/frame", "frames/s", "least – most", "× real time", "yardsticks"]
C_TOOL, REFERENCE = "× our C tool", "× the reference"


def _median(benchmark: dict[str, Any]) -> float:
    return float(benchmark["stats"]["median"]) / int(benchmark["extra_info"]["frames"])


def _named(benchmarks: list[dict[str, Any]], name: str) -> float | None:
    """Seconds a frame of the benchmark of that name, if it was run."""
    return next((_median(b) for b in benchmarks if b["name"] == name), None)


def _line(benchmark: dict[str, Any], group: Group, c_tool: float | None, reference: float | None) -> list[str]:
    stats, info = benchmark["stats"], benchmark["extra_info"]
    median, yardstick = _median(benchmark), info.get("yardstick_ns")
    rates = [int(info["frames"]) / float(stats[key]) for key in ("max", "min")]
    in_yardsticks = None if yardstick is None else 1e9 * median / float(yardstick)
    cells = [
        benchmark["name"].removeprefix("test_"),
        f"{1e6 * median:.2f}",
        f"{1 / median:,.0f}",
        f"{rates[0]:,.0f} – {rates[1]:,.0f}",
        f"{1 / median / FRAMES_A_SECOND:,.0f}",
        "?" if in_yardsticks is None else f"{in_yardsticks:.1f}",
    ]
    if group.c_tool:
        cells.append("?" if c_tool is None else f"{c_tool / median:.2f}")
    if group.reference_yardsticks is not None:
        if group.c_tool and reference is not None:
            cells.append(f"{reference / median:.2f}")
        else:
            cells.append("?" if in_yardsticks is None else f"≈ {group.reference_yardsticks / in_yardsticks:.2f}")
    return cells


def _table(lines: list[list[str]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    padded = [
        [line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))]
        for line in lines
    ]
    header, *body = ["| " + " | ".join(line) + " |" for line in padded]
    rule = "|" + "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":" for i, w in enumerate(widths)) + "|"
    return "\n".join([header, rule, *body])


def markdown(results: dict[str, Any]) -> str:
    """Lay the results out as Markdown, a table for each group.

    Ratios are of medians, frame against frame. ``≈``: the reference was not run, its speed is taken from the yardstick.
    """
    benchmarks = [b for b in results["benchmarks"] if "frames" in b.get("extra_info", {})]
    c_tool, reference = _named(benchmarks, "test_our_c_tool"), _named(benchmarks, "test_reference_tool")
    processor = results.get("machine_info", {}).get("cpu", {}).get("brand_raw", "unknown processor")
    parts = [f"{processor}, {results.get('datetime', '')[:16]}"]
    for name, group in GROUPS.items():
        own = [b for b in benchmarks if b["extra_info"]["group"] == name]
        if own:
            header = HEADER + [C_TOOL] * group.c_tool + [REFERENCE] * (group.reference_yardsticks is not None)
            table = _table([header, *(_line(b, group, c_tool, reference) for b in own)])
            parts.append(f"**{group.title}**\n\n{table}")
    return "\n\n".join(parts)


if __name__ == "__main__":
    print(markdown(json.loads(Path(sys.argv[1]).read_text())))
