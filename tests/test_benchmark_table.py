"""The table of benchmark results: columns of each group, ratios to our C tool and to the reference."""

from typing import Any

from benchmarks import table
from benchmarks.yardstick import REFERENCE_YARDSTICKS_A_FRAME, REFERENCE_YARDSTICKS_A_ROW

YARDSTICK_NS = 200.0


def _benchmark(name: str, group: str, seconds: float) -> dict[str, Any]:
    """A hundred frames."""
    return {
        "name": f"test_{name}",
        "stats": {"median": seconds, "min": seconds / 2, "max": 2 * seconds},
        "extra_info": {"frames": 100, "group": group, "yardstick_ns": YARDSTICK_NS},
    }


def _cells(text: str, name: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {name} ")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_group_has_its_ratios() -> None:
    """Rows beside the C tool and the reference, denoising beside the reference, kernels beside nothing."""
    text = table.markdown(
        {
            "benchmarks": [
                _benchmark("our_c_tool", "rows", 4e-3),
                _benchmark("training_rows", "rows", 1e-3),
                _benchmark("denoise", "denoising", 2e-3),
                _benchmark("fft", "kernel", 1e-4),
            ]
        }
    )
    yardsticks = 1e-5 / (1e-9 * YARDSTICK_NS)
    assert _cells(text, "training_rows") == [
        "training_rows",
        "10.00",
        "100,000",
        "50,000 – 200,000",
        "1,000",
        f"{yardsticks:.1f}",
        "4.00",
        f"≈ {REFERENCE_YARDSTICKS_A_ROW / yardsticks:.2f}",
    ]
    assert _cells(text, "denoise")[5:] == ["100.0", f"≈ {REFERENCE_YARDSTICKS_A_FRAME / 100:.2f}"]
    assert len(_cells(text, "fft")) == len(table.HEADER)
    widths = {len(line) for line in text.split("**kernels**")[1].strip().splitlines()}
    assert len(widths) == 1


def test_a_reference_that_was_run_is_the_ratio() -> None:
    """Not the yardstick's."""
    text = table.markdown(
        {"benchmarks": [_benchmark("reference_tool", "rows", 6e-3), _benchmark("training_rows", "rows", 1e-3)]}
    )
    assert _cells(text, "training_rows")[-2:] == ["?", "6.00"]
