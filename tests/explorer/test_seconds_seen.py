"""Seconds from what a user does to what a user sees, in a browser, on stores of 24,777 clips.

    python -m pytest -s -m slow tests/explorer/test_seconds_seen.py

prints them. Bounds are ten times what is to be reached on two cores at rest, as others may compute
here: 1.2 s to the first figure of a page that is asked for, 0.15 s to another clip and its film
strip, also to one of the list that nobody could foresee, 0.1 s to what is said without a frame.
"""

import statistics
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.explorer.large import CLASSES, FRAMES
from tests.in_chromium import NEEDS_BROWSER

pytestmark = [NEEDS_BROWSER, pytest.mark.slow]
REACHED = {
    "first page": 1.2,
    "first figure": 1.2,
    "another clip": 0.15,
    "a clip of the list": 0.15,
    "frame off": 0.1,
}
ROUNDS = 3  # of servers that have just begun
CLIPS = 12

# When what is waited for is there, and drawn: milliseconds since the page was asked for.
WATCH = """
window.shown = null;
new MutationObserver(() => {
  if (window.shown !== null || !document.querySelector(SELECTOR)) return;
  window.shown = -1;
  requestAnimationFrame(() => setTimeout(() => { window.shown = performance.now(); }));
}).observe(document, { childList: true, subtree: true });
"""
ANOTHER = """(place) => new Promise(done => {
  const before = document.querySelector('#content [data-uid]').dataset.uid;
  const start = performance.now();
  if (place) document.querySelectorAll('#clips a.clip')[place].click();
  else document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
  const look = async () => {
    const now = document.querySelector('#content [data-uid]');
    const drawn = now && now.dataset.uid !== before && now.querySelectorAll('.plot svg .bar').length > 8;
    if (!drawn) return requestAnimationFrame(look);
    const strip = new Image();
    strip.src = now.querySelector('.frame').style.backgroundImage.slice(5, -2);
    await strip.decode();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  };
  look(); })"""
SWITCH = """i => new Promise(done => {
  const says = [...document.querySelectorAll('#content .what-if .says')];
  const before = says.map(one => one.textContent);
  const start = performance.now();
  document.querySelectorAll('#content .switch')[i].click();
  const look = () => says.every((one, place) => one.textContent !== before[place])
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)))
    : requestAnimationFrame(look);
  look(); })"""


@pytest.fixture
def server(large: Path, data: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.explorer.large", str(large), str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().strip()
        process.terminate()


def scores(sent: str | None) -> dict:
    """What a model would answer: all 2^8 scores of 174 classes, or those asked for."""
    masks = parse_qs(sent)["masks"][0].split(",") if sent else None
    rows = np.random.default_rng(0).dirichlet(np.full(CLASSES, 0.1), len(masks or range(2**FRAMES)))
    return {
        "state": "ready",
        "classes": list(range(CLASSES)),
        "names": [f"Doing {i} with something" for i in range(CLASSES)],
        "scores": b64encode(rows.astype("<f4").tobytes()).decode(),
        "masks": masks,
    }


def first(browser, address: str, query: str, selector: str) -> float:
    """Seconds from a page's being asked for, by a browser that has nothing of it, to what it shows."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH.replace("SELECTOR", repr(selector)))
    page.goto(address + query)
    page.wait_for_function("() => window.shown > 0", timeout=30_000)
    seconds = page.evaluate("window.shown") / 1000
    context.close()
    return seconds


def test_first_page(browser, server: str) -> None:
    told("first page", [first(browser, server, "/", ".disagreement img")])


@pytest.mark.parametrize("_", range(ROUNDS))
def test_first_figure(browser, server: str, _: int) -> None:
    told("first figure", [first(browser, server, "/?page=clip", ".plot svg .bar")])


def test_another_clip_and_a_frame_switched_off(browser, server: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.route("**/scores/**", lambda route: route.fulfill(json=scores(route.request.post_data)))
    page.goto(server)
    page.locator("#content .disagreement").first.click()  # two models side by side
    page.wait_for_selector("#content .plot svg .bar")
    page.wait_for_timeout(1500)
    for what, places in (
        ("another clip", [0] * CLIPS),
        ("a clip of the list", [30, 10, 35, 15, 25, 5]),
    ):
        another = []
        for place in places:
            another.append(page.evaluate(ANOTHER, place) / 1000)
            # a user looks at a clip before going on: its scores are there, and all is still
            page.wait_for_function(
                "() => [...document.querySelectorAll('#content .says')].every(one => one.textContent)"
            )
            page.wait_for_timeout(1000)
        told(what, another)
    told("frame off", [page.evaluate(SWITCH, i) / 1000 for i in range(FRAMES)])
    context.close()


def told(what: str, seconds: list[float]) -> None:
    """Prints a median, and holds it against a bound."""
    median = statistics.median(seconds)
    print(f"\n{what}: {1000 * median:.0f} ms (to reach: {1000 * REACHED[what]:.0f} ms)")
    assert median < 10 * REACHED[what]
