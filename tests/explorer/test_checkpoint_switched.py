"""A checkpoint of transformers in the explorer: elements of two frames are switched off, in a real browser."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.explained import open_explained
from playfair.steps.esvs import head_of
from playfair.steps.layout import Layout
from playfair.steps.study import Study
from playfair.video.reader import decode
from tests.conftest import studies
from tests.explorer.browsing import Explorer
from tests.explorer.conftest import CONFIGURATIONS, serving
from tests.in_chromium import NEEDS_BROWSER

pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")
pytestmark = [NEEDS_BROWSER, pytest.mark.whole]
N = 4  # elements, of two frames each


@pytest.fixture(scope="module")
def study(
    checkpoint: Callable[[str], Path], dataset_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Study:
    """A tiny VideoMAE, which has explained 12 clips."""
    folder = tmp_path_factory.mktemp("checkpoint")
    shutil.copytree(dataset_root, folder / "data" / "synthetic")
    study = studies(
        "model=huggingface",
        f"model.huggingface.path={checkpoint('videomae')}",
        f"paths.data={folder / 'data'}",
        f"paths.outputs={folder / 'outputs'}",
        "dataset.write.n_train=12",
        "dataset.write.n_validation=12",
        "dataset.write.size=48",
        "dataset.workers=0",
    )[0]
    study.esvs(8)
    return study


@pytest.fixture(scope="module")
def explained(study: Study) -> Catalogue:
    outputs = study.layout.outputs
    return Catalogue(Layout(outputs), Clips(CONFIGURATIONS, outputs.parent / "data"))


@pytest.fixture
def page(explained: Catalogue, context) -> Iterator[Explorer]:
    """The page of its first clip, before anything was scored."""
    with serving(explained) as address:
        (key,) = explained.contents().entries
        explorer = Explorer(context.new_page(), address)
        explorer.open(f"/?page=clip&esvs={key}")
        yield explorer
        explorer.page.close()
        assert explorer.faults == [] and explorer.elsewhere == []


def scored(study: Study, explained: Catalogue, inside: list[int]) -> np.ndarray:
    """What the checkpoint says of a part of the first clip: (class,)."""
    store = open_explained(next(iter(explained.contents().entries.values())))
    clip = store.clip(str(store.uids[0]))
    model = head_of(study.head_step, study.layout)
    file = study.dataset.opened.clip(clip.uid)
    pictures = torch.from_numpy(decode(file, clip.held.ravel(), (32, 32)))[None]
    prior = torch.from_numpy(clip.prior.astype(np.float32))
    mask = torch.tensor([[i in inside for i in range(N)]])
    with torch.no_grad():
        return model.game(model.units(pictures), prior).scores(mask)[0, 0].numpy()


def test_an_element_of_two_frames_is_switched_off(study, explained, page) -> None:
    store = open_explained(next(iter(explained.contents().entries.values())))
    clip = store.clip(str(store.uids[0]))
    assert page.page.locator("#content .says").count() == 0  # it costs time, so it is asked for
    assert page.page.locator("#content .switch").count() == N
    page.page.get_by_role("button", name="Score all 16 choices of elements").click()
    page.page.wait_for_function(
        "() => document.querySelector('#content .says')?.textContent", timeout=120_000
    )
    whole = clip.score.max()
    assert f"With all 4 elements it says “{store.class_names[clip.prediction]}”" in said(page)
    assert f"{whole:.3f}" in said(page)
    page.page.locator("#content .switch").nth(1).click()
    page.page.wait_for_function(
        "() => document.querySelector('#content .says').textContent.startsWith('Without')"
    )
    without = scored(study, explained, [0, 2, 3])
    best = int(without.argmax())
    assert said(page).startswith(
        f"Without element {clip.names[1]} (3 of 4 left) it says “{store.class_names[best]}”, "
        f"{without[best]:.3f}."
    )
    # ESVs of the whole clip, made of the scores that came, are those of the store
    page.page.locator("#content .growing summary").click()
    grown = json.loads(page.page.locator("#content .growth").get_attribute("data-figure"))
    np.testing.assert_allclose(grown["data"][0]["z"][N - 1], clip.esv[:, clip.label], atol=2e-5)
    backwards = page.page.locator("#content .backwards li")
    backwards.wait_for()
    assert re.search(r"backwards: “.+”\s+0\.\d+$", backwards.inner_text())


def said(page: Explorer) -> str:
    return page.texts("#content .says")[0]


def test_without_its_checkpoint_it_says_where_that_was(study, explained, page, tmp_path) -> None:
    folder = Path(study.head_step.path)
    folder.rename(tmp_path / "elsewhere")
    try:
        page.page.get_by_role("button", name="Score all 16 choices of elements").click()
        page.page.wait_for_function(
            "() => document.querySelector('#content .told')?.textContent.includes('cannot')",
            timeout=120_000,
        )
    finally:
        (tmp_path / "elsewhere").rename(folder)
    text = page.texts("#content .told")[0]
    assert text.startswith("Frames cannot be switched off here.") and str(folder) in text
    assert page.page.locator("#content .switches").first.is_hidden()
