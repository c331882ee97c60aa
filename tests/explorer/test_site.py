"""The explorer of a few clips as plain files."""

import json
import re
import threading
from base64 import b64decode
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from playfair.experiments.explorer import explorer as experiment
from playfair.experiments.explorer import exported, hint_of_tunnel
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.disagreement import disagreement
from playfair.explorer.errors import NotThereError
from playfair.explorer.server import fetched
from playfair.explorer.site import write_site
from playfair.explorer.site_scores import written
from playfair.report.look import score
from playfair.steps.esv_store import open_store
from tests.explorer.browsing import Explorer
from tests.explorer.conftest import scene
from tests.in_chromium import NEEDS_BROWSER


def site(catalogue: Catalogue, folder: Path, uids=(), n_clips=3, **view):
    shown = scene(catalogue, **{"page": "start", **view})
    fetch = lambda url: fetched(url, catalogue)  # noqa: E731
    return write_site(shown, catalogue, folder, uids=uids, n_clips=n_clips, fetch=fetch)


@pytest.fixture(scope="module")
def folder(catalogue, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "of clips"
    made = site(catalogue, folder)
    assert made.n_clips == 3 and made.page_bytes < 2**18
    return folder


def test_a_site_names_nothing_outside_of_it(folder) -> None:
    pages = sorted(folder.rglob("*.html"))
    assert [page.relative_to(folder).as_posix() for page in pages] == [
        "clip/001.html",
        "clip/002.html",
        "clip/003.html",
        "index.html",
    ]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        named = re.findall(r'(?:src|href)="([^"]*)"', text) + re.findall(r"url\(([^)]*)\)", text)
        for name in named:
            if name.startswith("data:"):
                continue
            assert (page.parent / name.partition("?")[0]).is_file(), (page, name)


def test_it_holds_the_clips_that_the_models_disagree_on_most(catalogue, folder) -> None:
    both = scene(catalogue, beside="TSN, 4 frames")
    apart = disagreement(both.first, both.second)
    order = apart.rows[np.argsort(-apart.distance, kind="stable")][:3]
    for place, row in enumerate(order, start=1):
        text = (folder / "clip" / f"{place:03}.html").read_text(encoding="utf-8")
        assert f'data-uid="{both.first.uids[row]}"' in text
        assert "TSN, 4 frames" in text


def test_clips_can_be_named_and_unknown_ones_are_told(catalogue, tmp_path) -> None:
    made = site(catalogue, tmp_path / "a", uids=["20", "14", "20"], beside="TSN, 4 frames")
    assert made.n_clips == 2
    assert 'data-uid="14"' in (tmp_path / "a" / "clip" / "002.html").read_text("utf-8")
    with pytest.raises(NotThereError, match=r"no clip 2000 in TRN, 4 frames\. It has 24 clips"):
        site(catalogue, tmp_path / "b", uids=["2000"])


def test_nothing_else_is_written_over(catalogue, tmp_path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(ValueError, match=r"holds thesis\.tex, which is no part of a site"):
        site(catalogue, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(ValueError, match="is a file"):
        site(catalogue, tmp_path / "thesis.tex")


def test_a_site_is_written_again_without_what_it_had(catalogue, tmp_path) -> None:
    site(catalogue, tmp_path / "a", n_clips=3)
    site(catalogue, tmp_path / "a", uids=["20"])
    assert [page.name for page in (tmp_path / "a" / "clip").iterdir()] == ["001.html"]


def test_scores_are_written_in_16_bits_of_the_classes_that_matter() -> None:
    scores = np.zeros((4, 9), np.float32)
    scores[:, 0] = [0.1, 0.2, 0.3, 0.7]
    scores[2, 8] = 0.6
    scores[3, 1] = 0.25
    told = written(scores, [f"c{i}" for i in range(9)], (5, -1))
    assert told["classes"] == [0, 1, 2, 3, 5, 8]
    values = np.frombuffer(b64decode(told["scores"]), "<u2").reshape(4, -1) / 65535
    np.testing.assert_allclose(values, scores[:, told["classes"]], atol=1e-5)


def test_a_score_reads_in_the_site_as_in_the_explorer() -> None:
    scores = np.random.default_rng(0).random((2**10, 2), np.float32)
    scores[0] = [0.0625, 0.4875]
    values = np.frombuffer(b64decode(written(scores, ["a", "b"], (0, 1))["scores"]), "<u2") / 65535
    assert [*map(score, values)] == [*map(score, scores.ravel().astype(float))]


def test_a_score_that_is_nearly_all_or_nothing_is_not_written_so() -> None:
    scores = np.array([[0.0, 1e-9, 1 - 1e-7, 1.0]], np.float32)
    told = written(scores, list("abcd"), (0, 1))
    values = np.frombuffer(b64decode(told["scores"]), "<u2")
    assert dict(zip(told["classes"], values.tolist(), strict=True)) == {
        0: 0,
        1: 1,
        2: 65534,
        3: 65535,
    }


@pytest.mark.whole  # the tests above write the same pages without a command
def test_the_experiment_writes_it_and_says_how_large_it_is(tiny, tmp_path) -> None:
    done = tiny(
        "experiment=explorer", f"experiment.export={tmp_path / 'site'}", "experiment.n_clips=2"
    )
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "holds the pages of 2 clips: 0.0" in said and "MB compressed" in said
    text = (tmp_path / "site" / "clip" / "001.html").read_text("utf-8")
    answers = json.loads(re.search(r'id="answers">(.*?)</script>', text)[1])
    assert len(answers) == 4  # two models, forwards and backwards
    for address, answer in answers.items():
        if "backwards" in address:
            continue
        _, dataset, store, uid = address.partition("?")[0].split("/")
        esvs = open_store(tiny.folder / "outputs" / dataset / "esvs" / store)
        score = esvs["score"].sel(video=uid).values[answer["classes"]]
        values = (
            np.frombuffer(b64decode(answer["scores"]), "<u2").reshape(-1, len(answer["classes"]))
            / 65535
        )
        np.testing.assert_allclose(values[-1], score, atol=2e-5)


def test_a_site_that_is_too_large_for_a_page_says_how_many_clips_are_not(
    catalogue, tmp_path, monkeypatch
) -> None:
    view = scene(catalogue, page="start").view
    small = exported(catalogue, view, tmp_path / "a", ["20"], 24)
    assert "more than 1 MB" not in " ".join(small.findings)
    monkeypatch.setattr(
        "playfair.experiments.explorer.MOST_PAGE_BYTES", small.metrics["page_bytes"]
    )
    large = exported(catalogue, view, tmp_path / "b", [], 4)
    assert "more than 1 MB, which is much for a page: experiment.n_clips=" in large.findings[-1]


def test_who_came_by_ssh_is_told_what_to_type(monkeypatch) -> None:
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    assert hint_of_tunnel("127.0.0.1", 8050) == ""
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.7 51000 10.0.0.2 22")
    assert "ssh -N -L 8050:127.0.0.1:8050 " in hint_of_tunnel("127.0.0.1", 8050)
    assert hint_of_tunnel("127.0.0.1", 8050).endswith("@10.0.0.2")
    assert hint_of_tunnel("0.0.0.0", 8050) == ""
    assert callable(experiment)


@pytest.fixture(params=["a disk", "a path of a server"])
def place(request, folder) -> Iterator[str]:
    """Where the site is opened."""
    if request.param == "a disk":
        yield folder.as_uri()
        return

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Says nothing."""

    answers = partial(Quiet, directory=str(folder.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{quote(folder.name)}"
        server.shutdown()


@NEEDS_BROWSER
@pytest.mark.whole
def test_a_site_is_explored_from_wherever_it_lies(context, place: str) -> None:
    page = Explorer(context.new_page(), place)
    page.page.goto(f"{page.address}/index.html")
    page.page.locator(".find").fill("nothing such")
    assert page.page.locator(".listed li:visible").count() == 0
    page.page.locator(".find").fill("")
    page.page.locator(".disagreement").first.click()
    page.page.wait_for_selector(".plot svg .bar")
    page.page.wait_for_function("() => document.getElementById('video').readyState > 1")
    page.page.keyboard.press("ArrowRight")
    assert page.current() == [0, 0]
    page.page.wait_for_function("() => document.getElementById('video').currentTime > 0.1")
    page.page.keyboard.press("ArrowDown")
    page.page.wait_for_url(re.compile("clip/002.html$"))
    page.page.get_by_role("link", name="Disagreements").click()
    page.page.wait_for_url(re.compile("index.html$"))
    assert page.faults == [] and page.elsewhere == []
    page.page.close()
