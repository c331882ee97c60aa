"""A page in a real browser: what the tests of all pages share."""

import shutil
from pathlib import Path

import pytest

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
NEEDS_BROWSER = pytest.mark.skipif(
    CHROMIUM is None, reason="no browser here: apt-get install chromium"
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
NEEDS_AXE = pytest.mark.skipif(
    not AXE.is_file(), reason="no axe-core here: npm install --no-save axe-core"
)


def opened(browser, address: str, width: int = 1280, scheme: str = "light", own: str = "file:"):
    """A page at an address; in `page.faults` what went wrong in it, and what it asked of others."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((own, "data:", "blob:")) else page.faults.append(asked.url)
        ),
    )
    page.on("requestfailed", lambda asked: page.faults.append(f"failed: {asked.url}"))
    page.goto(address)
    return page


def serious(page) -> list[str]:
    """What axe-core finds serious or worse in a page: the rules, and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))  # a script's tag may be forbidden
    violations = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{rule['id']}: {node['target']}"
        for rule in violations
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"][:3]
    ]
