"""Which tests pass through which lines: a plugin of pytest for tests/mutants.py."""

import json
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest


class Lines:
    """Watches the modules of a folder with coverage.py, one context a test, its fixtures included.

    Parameters
    ----------
    folder
        The package.
    result
        JSON file: ``lines`` (module → line → tests), ``seconds`` of each test, and which tests ``failed``.
    """

    def __init__(self, folder: Path, result: Path) -> None:
        import coverage

        self._folder, self._result = folder, result
        self._seconds: dict[str, float] = defaultdict(float)
        self._failed: set[str] = set()
        self._coverage: Any = coverage.Coverage(data_file=None, source=[str(folder)])
        self._coverage.start()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, None, None]:
        """Name the context."""
        self._coverage.switch_context(item.nodeid)
        yield
        self._coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up set-up, call and end."""
        self._seconds[report.nodeid] += report.duration
        if report.failed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write what was seen."""
        self._coverage.stop()
        data = self._coverage.get_data()
        lines = {}
        for path in data.measured_files():
            found = data.contexts_by_lineno(path)
            lines[str(Path(path).relative_to(self._folder))] = {
                line: [test for test in tests if test] for line, tests in found.items()
            }
        seen = {"lines": lines, "seconds": self._seconds, "failed": sorted(self._failed)}
        self._result.write_text(json.dumps(seen))
