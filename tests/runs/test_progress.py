"""Progress in plain lines."""

import pytest

from rnnoise_py.runs.progress import Progress


def test_time_left_does_not_count_what_came_before_the_first_units(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A minute of compiling before the first second of audio does not become hours that are left."""
    clock = [0.0]
    monkeypatch.setattr("rnnoise_py.runs.progress.time.monotonic", lambda: clock[0])
    with Progress(100, "second", "denoise") as shown:
        for moment, units in ((60.0, 1), (65.0, 9), (75.0, 30)):
            clock[0] = moment
            shown.update(units)
    assert capsys.readouterr().err.splitlines() == [
        "denoise: 1 of 100 seconds, 0.017/s",
        "denoise: 40 of 100 seconds, 0.53/s, 23 s left",
        "denoise: 40 of 100 seconds, 0.53/s, 75.0 s",
    ]
