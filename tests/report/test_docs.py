"""docs/report.md says what the code does."""

from rnnoise_py.report.measures import MEASURES
from tests.conftest import REPOSITORY


def test_table_of_measures() -> None:
    """A row for each measure, with the meaning that the page shows."""
    text = (REPOSITORY / "docs" / "report.md").read_text()
    for measure in MEASURES:
        title = f"{measure.title}, {measure.unit}" if measure.unit else measure.title
        clean = "yes" if measure.needs_clean else ""
        assert f"| `{measure.name}` | {title} | {clean} | {measure.better} | {measure.meaning} |" in text
