"""The page of a comparison in a real browser: tables, players, keyboard, themes, widths; nothing is fetched."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.report.comparison import compare
from rnnoise_py.report.contenders import open_contenders
from rnnoise_py.report.page import TEMPLATES
from rnnoise_py.report.recordings import find_recordings
from rnnoise_py.report.sound import LOWEST_BITRATE, opus_bitrate
from tests import browser as headless
from tests.report_samples import SECONDS, Load, write_other_model, write_pairs

PATIENCE = 20  # seconds
HOSTILE = 'a <b>"&amp; </script>'
LONG = "a recording with a very long name " * 5  # 170 characters
NOISE = "</script><img src=x onerror='alert(1)'>\u202egnp"  # of a manifest
Elements = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def page(golden: Load, golden_pcm: Load, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of three recordings and two models; a name and a noise type that must be escaped, a name that is long."""
    folder = tmp_path_factory.mktemp("page with spaces")
    pairs = write_pairs(golden_pcm, folder / "pairs", 3)
    for role in ("noisy", "clean"):
        (pairs / f"2_{role}.flac").rename(pairs / f"2 {LONG}_{role}.flac")
    entries = [{"id": "0", "snr": 0, "noise": NOISE}, {"id": "1", "snr": 5, "noise": "fan"}]
    (pairs / "manifest.json").write_text(json.dumps(entries))
    other = write_other_model(golden, folder / "other.rnnn")
    recordings, _ = find_recordings([pairs], pairs)
    contenders = open_contenders(("shipped=default", f"{HOSTILE}={other}"))
    return compare(recordings, contenders, folder / "report", title="Which?").page


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Headless Chromium."""
    with headless.chromium() as started:
        yield started


def _shape(chromium: Any, width: int, height: int, scheme: str) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    media = [{"name": name, "value": value} for name, value in features.items()]
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})


@pytest.fixture
def browser(chromium: Any, page: Path) -> Iterator[Any]:
    """The page just opened; at the end its console must be empty and everything must have come from the file."""
    _shape(chromium, 1280, 900, "light")
    for kind in ("browser", "performance"):
        chromium.get_log(kind)
    chromium.get(page.as_uri())
    yield chromium
    assert [entry["message"] for entry in chromium.get_log("browser")] == []
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert {url for url in urls if not url.startswith(("data:", "blob:"))} <= {page.as_uri()}


def _all(browser: Any, selector: str) -> list[Any]:
    return list(browser.find_elements("css selector", selector))


def _press(browser: Any, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def _position(browser: Any) -> float:
    return float(browser.execute_script("return document.querySelector('.recording[data-current] .seek').value"))


def _heard(browser: Any) -> str:
    found = _all(browser, '.recording[data-current] .track[aria-pressed="true"]')
    assert len(found) == 1
    return str(found[0].text)


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def _column(browser: Any, table: str, column: int) -> list[str]:
    script = f"return [...document.querySelector('{table}').tBodies[0].rows].map(r => r.cells[{column}].dataset.value)"
    return [str(value) for value in browser.execute_script(script)]


def test_tables_sort(browser: Any) -> None:
    """A click on a head sorts, better values first, a second one turns the order, empty cells stay last."""
    heads = _all(browser, "#summary-1 thead th")
    stoi = next(place for place, head in enumerate(heads) if head.text.startswith("STOI"))
    button = heads[stoi].find_element("css selector", "button")
    button.click()
    values = [float(value) for value in _column(browser, "#summary-1", stoi)]
    assert values == sorted(values, reverse=True)
    assert heads[stoi].get_attribute("aria-sort") == "descending"
    button.click()
    assert [float(value) for value in _column(browser, "#summary-1", stoi)] == sorted(values)
    heads[0].find_element("css selector", "button").click()
    assert heads[stoi].get_attribute("aria-sort") is None
    assert _column(browser, "#summary-1", 0) == sorted(_column(browser, "#summary-1", 0), key=str.lower)
    speech = _all(browser, "#summary-2 thead th")  # what happens to the speech: the input has two of these values
    lost = next(place for place, head in enumerate(speech) if head.text.startswith("Speech lost"))
    for _ in range(2):
        speech[lost].find_element("css selector", "button").click()
        assert _column(browser, "#summary-2", lost)[-1] == ""


def test_best_and_worse_values_are_marked(browser: Any) -> None:
    """For screen readers too; the input never; what is worse than the input is no best of two."""
    for row in _all(browser, "#summary-1 tbody tr"):
        for kind, said in (("best", "(best)"), ("worse", "(worse than the input)")):
            found = row.find_elements("css selector", f".{kind}")
            assert not found or row.find_element("css selector", "th").text != "Input"
            assert all(said in cell.get_attribute("textContent") for cell in found)
    assert _all(browser, "#summary-1 .best")
    assert _all(browser, "#summary-1 .worse")
    assert not _all(browser, ".best.worse")


def test_measure_of_each_recording_can_be_chosen(browser: Any) -> None:
    """The table changes with the measure."""
    before = _column(browser, "#each", 2)
    assert [float(value) for value in before] == sorted(map(float, before))  # the worst first
    _all(browser, "#measure option")[-1].click()
    after = _column(browser, "#each", 2)
    assert len(before) == len(after) == 3
    assert before != after


def test_switching_keeps_the_position(browser: Any) -> None:
    """While it plays and while it does not, keys and clicks change what is heard and never where."""
    recording = _all(browser, ".recording")[0]
    recording.find_element("css selector", ".play").click()
    _until(lambda: _position(browser) > 0.2)
    for key, name in (("3", "shipped"), ("4", HOSTILE), ("2", "Clean original"), ("1", "Input")):
        before, started = _position(browser), time.monotonic()
        _press(browser, key)
        after, spent = _position(browser), time.monotonic() - started
        assert name in _heard(browser)
        assert before <= after <= before + spent + 0.25 or after == 0  # played to its end meanwhile
    _press(browser, " ")
    _until(lambda: "playing" not in recording.get_attribute("class"))
    still = _position(browser)
    recording.find_elements("css selector", ".track")[2].click()
    assert "shipped" in _heard(browser)
    assert _position(browser) == still
    assert len(recording.find_elements("css selector", ".lane.heard")) == 1


def test_keyboard(browser: Any) -> None:
    """Space, arrows, B, N and P, 1 … 9 do what the page says; a digit without a track does nothing."""
    from selenium.webdriver.common.keys import Keys

    _press(browser, Keys.ARROW_RIGHT)
    assert _position(browser) == pytest.approx(1, abs=0.02)
    _press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert _position(browser) == pytest.approx(SECONDS, abs=0.02)
    _press(browser, Keys.ARROW_LEFT)
    assert _position(browser) == pytest.approx(SECONDS - 1, abs=0.02)
    _press(browser, "3")
    _press(browser, "9")
    assert "shipped" in _heard(browser)
    _press(browser, "b")
    assert "Input" in _heard(browser)
    _press(browser, "n")
    assert _all(browser, ".recording")[1].get_attribute("data-current") is not None
    assert _all(browser, ".recording")[1].get_attribute("open") is not None
    _press(browser, "p")
    assert _all(browser, ".recording")[0].get_attribute("data-current") is not None
    _press(browser, " ")
    _until(lambda: bool(_all(browser, ".recording.playing")))
    _press(browser, " ")
    _until(lambda: not _all(browser, ".recording.playing"))


def test_next_recording_is_heard_on_the_same_track(browser: Any) -> None:
    """N and P keep what was chosen."""
    _press(browser, "4")
    for key in ("n", "n", "p"):
        _press(browser, key)
        assert HOSTILE in _heard(browser)


def test_verdict_is_what_one_sees_first(browser: Any) -> None:
    """Each model against the input and the first one; the recordings with the least gain, linked."""
    assert _all(browser, "h2")[0].text == "Verdict"
    cards = _all(browser, ".verdict")
    assert [card.find_element("css selector", "h3").text for card in cards] == ["shipped", HOSTILE]
    assert "recordings are too few for a test" in cards[0].text
    assert "3 of 3" in cards[0].text
    assert "SI-SDR" in cards[0].text
    assert len(cards[1].find_elements("css selector", ".outcome")) == 2
    links = cards[0].find_elements("css selector", "a")
    assert len(links) == 3
    links[0].click()
    target = links[0].get_attribute("href").rpartition("#")[2]
    assert _all(browser, ".recording[data-current]")[0].get_attribute("id") == target


def test_blind_test_hides_names_and_counts_votes(browser: Any) -> None:
    """Names are nowhere to be seen until the end; then each vote stands beside what was heard."""
    _all(browser, "#blind-start")[0].click()
    seen = []
    for vote in ("0", "1", ""):
        shown = browser.execute_script("return document.body.innerText")
        assert "shipped" not in shown
        assert HOSTILE not in shown
        audio = [track.get_attribute("data-audio") for track in _all(browser, "#blind-trial .track")]
        assert len({one.rpartition("-")[0] for one in audio}) == 1  # of one recording
        names = {one: _all(browser, f'.recording .track[data-audio="{one}"]')[0] for one in audio}
        seen.append([names[one].get_attribute("textContent")[1:].strip() for one in audio])
        _all(browser, f'[data-vote="{vote}"]')[0].click()
    assert _all(browser, "#blind-trial")[0].get_attribute("hidden") is not None  # three recordings, one pair: the end
    assert all(sorted(pair) == sorted(["shipped", HOSTILE]) for pair in seen)
    counts, votes = _all(browser, "#blind-result tbody")
    preferred = [seen[0][0], seen[1][1]]
    cells = [cell.text for cell in counts.find_elements("css selector", "td")]
    expected = ["shipped", str(preferred.count("shipped")), HOSTILE, str(preferred.count(HOSTILE)), "1"]
    assert cells[:5] == expected
    assert float(cells[5]) == (1 if preferred[0] != preferred[1] else 0.5)
    rows = [
        [c.text for c in row.find_elements("css selector", "td")] for row in votes.find_elements("css selector", "tr")
    ]
    assert [row[1:3] for row in rows] == seen
    assert [row[3] for row in rows] == [*preferred, "–"]
    assert "shipped" in browser.execute_script("return document.body.innerText")


def test_blind_test_plays(browser: Any) -> None:
    """Two tracks at the same position, by keys; N does not leave it; it can be ended at any time."""
    _all(browser, "#blind-start")[0].click()
    _press(browser, " ")
    _until(lambda: bool(_all(browser, "#blind-trial.playing")))
    _press(browser, "2")
    pressed = [track.get_attribute("aria-pressed") for track in _all(browser, "#blind-trial .track")]
    assert pressed == ["false", "true"]
    _press(browser, "n")
    assert _all(browser, "#blind-trial")[0].get_attribute("data-current") is not None
    _all(browser, "#blind-end")[0].click()
    assert "No votes" in _all(browser, "#blind-result")[0].text
    assert not _all(browser, ".playing")


@pytest.mark.parametrize("width", [360, 1280])
def test_long_names_leave_room_for_values(browser: Any, width: int) -> None:
    """The first value stands beside a name of 170 characters, without scrolling; the whole name is its title."""
    _shape(browser, width, 800, "light")
    for table in ("#each", "#group-1", "#summary-1"):
        right = browser.execute_script(
            f"return [...document.querySelector('{table}').tBodies[0].rows].map(r => {{"
            "const cell = [...r.cells].find(c => c.tagName === 'TD' && /[0-9]/.test(c.textContent));"
            "return cell ? cell.getBoundingClientRect().right : 0})"
        )
        assert 0 < max(right) <= width, table
    names = _all(browser, "#each .name")
    assert any(name.get_attribute("title").startswith(f"2 {LONG}"[:40]) for name in names)


def test_hostile_text_is_text(browser: Any) -> None:
    """A noise type out of a manifest runs nothing, and turns no text round."""
    assert browser.title == "Which?"
    assert not _all(browser, "img[src=x]")
    assert any("onerror" in chip.text for chip in _all(browser, ".chip"))
    assert "\u202e" not in browser.page_source


def test_plays_to_the_end(browser: Any) -> None:
    """All tracks decode; at the end the player stops and stands at the beginning."""
    _all(browser, "#match")[0].click()
    browser.execute_script("document.activeElement.blur()")
    for _ in range(2):
        _press(browser, "\ue014")  # right
    _press(browser, " ")
    _until(lambda: bool(_all(browser, ".recording.playing")))
    _until(lambda: not _all(browser, ".recording.playing"))
    assert _position(browser) == 0
    assert not _all(browser, ".trouble")[0].is_displayed()


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_every_width_and_theme(browser: Any, width: int, scheme: str) -> None:
    """Nothing sticks out to the right; ground and ink change with the theme and contrast by 7 : 1 or more."""
    _shape(browser, width, 800, scheme)
    root = "document.documentElement"
    assert browser.execute_script(f"return {root}.scrollWidth <= window.innerWidth")
    style = "const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]"
    ground, ink = (_luminance(colour) for colour in browser.execute_script(style))
    assert (ground > ink) == (scheme == "light")
    assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 7


def _luminance(colour: str) -> float:
    """Relative luminance of ``rgb(r, g, b)`` as WCAG defines it."""
    channels = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_theme_can_be_chosen(browser: Any) -> None:
    """The button goes through auto, light, dark."""
    button = _all(browser, "#theme")[0]
    seen = []
    for _ in range(3):
        seen.append(button.text)
        button.click()
    assert sorted(seen) == ["Theme: auto", "Theme: dark", "Theme: light"]


def test_everything_has_a_name(browser: Any) -> None:
    """Pictures have alternative texts, controls labels, the page a language and one first heading."""
    assert browser.execute_script("return document.documentElement.lang") == "en"
    assert len(_all(browser, "h1")) == 1
    assert all(image.get_attribute("alt") for image in _all(browser, "img"))
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    browser.execute_script("document.getElementById('blind-trial').hidden = false")
    for control in _all(browser, "button, input, select"):
        assert control.accessible_name, control.get_attribute("outerHTML")


def test_names_are_escaped(page: Path) -> None:
    """A model's name is text, wherever it stands."""
    text = page.read_text()
    assert HOSTILE not in text
    assert "\u202e" not in text
    assert text.count("</script>") == text.count("<script")


def test_page_refers_to_nothing_outside(page: Path) -> None:
    """No address but the page's own anchors and data; no folder of the machine that made it."""
    text = page.read_text()
    assert str(page.parent.parent) not in text
    targets = re.findall(r'(?:src|href)="([^"]{0,40})', text)
    assert targets
    assert all(target.startswith(("#", "data:")) for target in targets)
    assert "default-src 'none'" in text
    assert not re.search(r"https?://", "".join(path.read_text() for path in TEMPLATES.iterdir()))


def test_size_is_bounded(page: Path) -> None:
    """Thirty recordings of 30 s with three models are under 40 MB: by the bit rate, and by what this page has."""
    tracks = 30 * 30 * (3 + 2)
    rate = opus_bitrate(tracks)
    assert rate > LOWEST_BITRATE
    audio = tracks * rate / 8 * 4 / 3
    text = re.sub(r'<script type="audio/ogg;base64"[^>]*>[^<]*</script>', "", page.read_text())
    pictures = sum(map(len, re.findall(r'src="data:image/webp[^"]*"', text)))
    columns = 1200 / (SECONDS * 100)  # a longer recording has wider pictures, but no wider than this
    rest = len(text) - pictures
    assert audio + (pictures * columns / (3 * 4) * 30 * 5) + rest / 3 / 4 * 30 * 5 < 40e6
