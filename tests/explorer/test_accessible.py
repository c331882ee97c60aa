"""The explorer's pages as axe-core judges them: `npm install --no-save axe-core` brings it.

No violation that it calls serious or critical, at three widths, light and dark.
"""

import pytest

from tests.explorer.browsing import Explorer
from tests.explorer.conftest import view_of
from tests.explorer.test_switches import answer
from tests.in_chromium import NEEDS_AXE, NEEDS_BROWSER, serious

pytestmark = [NEEDS_BROWSER, NEEDS_AXE, pytest.mark.whole]


@pytest.mark.parametrize("width", [400, 1280, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_violation(
    browser, catalogue, address, monkeypatch, width: int, scheme: str
) -> None:
    monkeypatch.setattr("playfair.explorer.what_if_part.why_not", lambda entry: "")
    monkeypatch.setattr("playfair.explorer.what_if_part.is_at_once", lambda entry, n: True)
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    explorer = Explorer(context.new_page(), address)
    page = explorer.page
    page.route("**/scores/**", lambda route: route.fulfill(json=answer()))
    both = {"beside": "TSN, 4 frames", "uid": "20", "classes": (0,)}
    violations = {}
    for name in ("start", "clip", "population"):
        view = view_of(catalogue, "TRN, 4 frames", **both, page=name)
        page.goto(f"{address}/{view.query()}")
        page.wait_for_selector("#content .disagreement, #content .strip, #content .cells")
        page.wait_for_timeout(700)
        if name == "clip":
            page.wait_for_function("() => document.querySelector('.says')?.textContent")
            page.locator(".switch").nth(1).click()
            for summary in page.locator("#content summary").all():
                summary.click()
            page.wait_for_selector(".backwards-esvs svg")
        page.locator(".top summary").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations[name] = serious(page)
    context.close()
    assert violations == {"start": [], "clip": [], "population": []}
