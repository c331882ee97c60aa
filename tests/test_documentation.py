"""The documentation's site, built strictly and read in a real browser; its notebook, run in a kernel."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.in_chromium import NEEDS_AXE, NEEDS_BROWSER, opened, serious
from tests.pages import DOCS

pytestmark = pytest.mark.whole
SEEN = [(1280, "light"), (1920, "dark"), (400, "light"), (400, "dark")]
LOOKED_AT = ["", "esv/", "start/", "experiments/", "reference/", "errors/", "measured/"]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """What `make docs` builds."""
    pytest.importorskip("mkdocs", reason="the extra [docs] is not installed")
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def test_every_page_is_built_and_every_name_of_the_reference_is_explained(site: Path) -> None:
    pages = {path.relative_to(DOCS).with_suffix("") for path in DOCS.rglob("*.md")}
    for page in pages:
        folder = page.parent if page.name in ("index", "README") else page
        assert (site / folder / "index.html").is_file(), page
    reference = (site / "reference" / "index.html").read_text(encoding="utf-8")
    named = [
        line[4:] for line in (DOCS / "reference.md").read_text().splitlines() if line[:3] == ":::"
    ]
    assert named and not [name for name in named if f'id="{name}"' not in reference]
    assert (site / "play_fair.ipynb").is_file() and not list(site.rglob("*.py"))


@NEEDS_BROWSER
@pytest.mark.parametrize(("width", "scheme"), SEEN)
def test_pages_ask_nobody_and_do_not_scroll_sideways(browser, address, width, scheme) -> None:
    for name in LOOKED_AT:
        page = opened(browser, address + name, width, scheme, own=address)
        assert page.faults == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
        page.close()


@NEEDS_BROWSER
@NEEDS_AXE
@pytest.mark.parametrize(("width", "scheme"), SEEN)
def test_axe_finds_nothing_serious(browser, address, width, scheme) -> None:
    for name in LOOKED_AT if (width, scheme) in ((1280, "light"), (400, "dark")) else LOOKED_AT[:2]:
        page = opened(browser, address + name, width, scheme, own=address)
        assert serious(page) == [], name
        page.close()


@NEEDS_BROWSER
def test_the_keys_alone_skip_to_the_text_and_switch_a_frame_off(browser, address) -> None:
    page = opened(browser, address + "esv/", own=address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to content"
    page.keyboard.press("Enter")
    before = page.locator(".esv-score").inner_text()
    for _ in range(20):
        page.keyboard.press("Tab")
        if "esv-frame" in (page.evaluate("document.activeElement.className") or ""):
            break
    page.keyboard.press("Space")
    assert page.locator(".esv-frame").first.get_attribute("aria-pressed") == "false"
    assert page.locator(".esv-score").inner_text() != before
    page.close()


@NEEDS_BROWSER
def test_a_long_name_in_a_table_is_broken_between_words(browser, address) -> None:
    page = opened(browser, address + "comparison/", own=address)
    name = page.locator("td code", has_text="integrated_gradients_prior").first
    assert name.inner_html() == "integrated_<wbr>gradients_<wbr>prior"
    page.set_viewport_size({"width": 400, "height": 900})
    assert name.evaluate("name => name.getClientRects().length") == 1, "whole, and scrolled to"
    page.goto(address + "training/")
    short = page.locator("td code", has_text="video/val_loss").first
    assert short.inner_html() == "video/val_loss", "it goes to the next line"
    assert page.faults == []
    page.close()


@NEEDS_BROWSER
def test_the_search_finds_a_page(browser, address) -> None:
    page = opened(browser, address, own=address)
    page.keyboard.press("/")
    page.keyboard.type("removal")
    page.locator(".md-search-result__item").first.wait_for()
    assert page.faults == []
    page.close()


def test_the_notebook_runs_in_a_kernel_from_its_first_cell_to_its_last() -> None:
    nbformat = pytest.importorskip("nbformat", reason="the extra [docs] is not installed")
    client = pytest.importorskip("nbclient")
    notebook = nbformat.read(DOCS / "play_fair.ipynb", as_version=4)
    assert not [cell for cell in notebook.cells if cell.get("outputs")], "kept without outputs"
    client.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}
    ).execute()
    said = {
        "".join(cell.source): [output for output in cell.outputs if output.output_type != "stream"]
        for cell in notebook.cells
        if cell.cell_type == "code"
    }
    texts = " ".join(
        output["data"].get("text/plain", "") for outputs in said.values() for output in outputs
    )
    assert "right on 100 % of new clips" in texts or "right on 94 % of new clips" in texts
    assert "torch.Size([16, 8, 2])" in texts and "torch.Size([1, 40, 3])" in texts
    pictures = [
        output for outputs in said.values() for output in outputs if "image/png" in output["data"]
    ]
    assert pictures
