"""The first page, search, and keys that are held down."""

import json
from dataclasses import replace

import numpy as np
import pytest

from playfair.explorer import start_page
from playfair.explorer.clip_list import clip_list
from playfair.explorer.disagreement import disagreement, surely_wrong
from playfair.explorer.explained import Explained
from playfair.explorer.markup import markup
from playfair.explorer.scene import scene_of
from playfair.explorer.view import View
from playfair.report.look import score
from tests.explorer.conftest import scene, view_of, write_store
from tests.in_chromium import NEEDS_BROWSER


@pytest.fixture(scope="module")
def apart(catalogue):
    return scene(catalogue, beside="TSN, 4 frames", page="start")


def test_clips_are_ranked_by_how_far_scores_are_apart(apart) -> None:
    first, second = apart.first, apart.second
    assert isinstance(second, Explained)
    found = disagreement(first, second)
    for place in (0, 5, 23):
        uid = str(first.uids[found.rows[place]])
        scores = [store.clip(uid).score for store in (first, second)]
        assert found.distance[place] == pytest.approx(np.abs(scores[0] - scores[1]).sum() / 2)
        assert found.differs[place] == (scores[0].argmax() != scores[1].argmax())


def test_the_first_page_shows_the_clips_that_are_furthest_apart(apart, catalogue) -> None:
    found = disagreement(apart.first, apart.second)
    order = found.rows[np.argsort(-found.distance, kind="stable")]
    text = markup(start_page.content(apart, catalogue), lambda href: href)
    expected = [str(apart.first.uids[row]) for row in order[: start_page.CLIPS_SHOWN]]
    shown = [part.split("&amp;")[0] for part in text.split("uid=")[1:]]
    assert [uid.split('"')[0] for uid in shown] == expected
    n_apart = int(found.differs.sum())
    assert f"They say different classes of {n_apart} of 24 clips." in text
    clip = apart.first.clip(expected[0])
    best = int(clip.esv[:, clip.prediction].argmax())
    assert f"frame {clip.frame_index[best]} speaks most for it" in text


def test_who_asks_for_nothing_sees_two_models_side_by_side(catalogue) -> None:
    shown = scene_of(View.of(""), catalogue)
    assert (shown.view.page, list(shown.stores)) == ("start", ["TRN, 4 frames", "TSN, 4 frames"])
    assert "&beside=tsn-4-frames-" in shown.to_clip("20")


def test_only_clips_that_are_looked_for_are_shown_first(apart, catalogue) -> None:
    label = int(apart.first.labels[0])
    of_class = scene_of(replace(apart.view, label=label), catalogue)
    text = markup(start_page.content(of_class, catalogue), lambda href: href)
    n_cards = text.count('class="disagreement"')
    assert n_cards == min(start_page.CLIPS_SHOWN, int((apart.first.labels == label).sum()))


def test_a_model_alone_begins_with_what_it_is_surely_wrong_about(catalogue) -> None:
    alone = scene(catalogue, "TRN, 6 frames, sampled (100)", page="start")
    text = markup(start_page.content(alone, catalogue), lambda href: href)
    assert "Where the model is wrong, and sure" in text
    row = surely_wrong(alone.first)[0]
    prediction, confidence = alone.first.predicted
    wrong = prediction != alone.first.labels
    assert wrong[row] and confidence[row] == confidence[wrong].max()
    assert f"It is wrong about {wrong.sum()} of 24 clips." in text


def test_a_model_that_is_wrong_about_nothing_is_not_called_wrong(catalogue, monkeypatch) -> None:
    alone = scene(catalogue, "TRN, 6 frames, sampled (100)", page="start")
    monkeypatch.setitem(vars(alone.first), "labels", alone.first.predicted[0])
    text = markup(start_page.content(alone, catalogue), lambda href: href)
    assert "Where the model is surest" in text and "wrong, and sure" not in text
    assert "It is wrong about 0 of 24 clips." in text


@pytest.fixture(scope="module")
def blind(make_catalogue):
    """A store of clips whose classes are not known."""
    catalogue = make_catalogue()
    first = scene(catalogue).first
    unknown = np.full(len(first.uids), -1)
    uids = first.uids.tolist()
    write_store(catalogue.outputs, uids, unknown, first.class_names, 4, model="blind")
    return scene(catalogue, "blind, 4 frames"), catalogue


def test_of_clips_without_classes_what_is_said_is_listed_and_searched(blind) -> None:
    shown, catalogue = blind
    prediction, confidence = shown.first.predicted
    text = markup(clip_list(shown))
    name = shown.first.class_names[prediction[0]]
    sure = score(float(confidence[0])).replace(">", "&gt;")
    assert f'{sure}</span><span class="name">{name}</span>' in text
    assert "class not known" in text and "✗" not in text
    found = scene_of(replace(shown.view, find=name.upper()), catalogue)
    assert found.order.tolist() == np.flatnonzero(prediction == prediction[0]).tolist()
    start = scene_of(replace(shown.view, page="start"), catalogue)
    page = markup(start_page.content(start, catalogue))
    assert "NaN" not in page and "nan" not in page.replace("clip-nan", "")


def test_a_class_is_found_by_any_part_of_its_name(catalogue) -> None:
    first = scene(catalogue).first
    shown = scene(catalogue, find="LEFT to")
    names = {first.class_names[label] for label in first.labels[shown.order]}
    assert names == {"Moving something from left to right"}
    assert "No clip is like this" in markup(clip_list(scene(catalogue, find="nothing such")))


@pytest.mark.whole
@NEEDS_BROWSER
def test_a_key_that_is_held_down_loses_no_clip(explorer, catalogue, monkeypatch) -> None:
    monkeypatch.setattr("playfair.explorer.clip_list.CLIPS_LISTED", 4)  # through parts of the list
    order = [str(uid) for uid in scene(catalogue).first.uids]
    page = explorer.open("/" + view_of(catalogue, "TRN, 4 frames", uid=order[0]).query()).page
    page.evaluate(
        """() => { for (let i = 0; i < 9; i++) document.body.dispatchEvent(
             new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, repeat: i > 0 })); }"""
    )
    page.wait_for_selector(f"[data-uid='{order[9]}']")
    page.evaluate(
        """() => { for (let i = 0; i < 30; i++) document.body.dispatchEvent(
             new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true, repeat: i > 0 })); }"""
    )
    page.wait_for_selector(f"[data-uid='{order[0]}']")  # and stays there


@NEEDS_BROWSER
@pytest.mark.whole
def test_a_frame_key_that_is_held_down_leaves_the_address_for_later(explorer, catalogue) -> None:
    page = explorer.open("/" + view_of(catalogue, "TRN, 4 frames", uid="20").query()).page
    n_changes = page.evaluate(
        """() => { let count = 0; const own = history.replaceState.bind(history);
          history.replaceState = (...all) => { count += 1; own(...all); };
          for (let i = 0; i < 300; i++) document.body.dispatchEvent(
            new KeyboardEvent("keydown", { key: i % 2 ? "ArrowLeft" : "ArrowRight", bubbles: true }));
          return new Promise(done => setTimeout(() => done(count), 400)); }"""
    )
    assert n_changes == 1  # browsers refuse 200 in half a minute
    assert explorer.current() == [0]


@NEEDS_BROWSER
@pytest.mark.whole
def test_the_page_shows_what_is_asked_for_before_dash_is_there(explorer, catalogue) -> None:
    page = explorer.page
    page.route("**/_dash-*", lambda route: route.abort())  # it never comes
    page.goto(explorer.address + "/" + view_of(catalogue, "TRN, 4 frames", uid="20").query())
    page.wait_for_selector("#content .plot svg .bar")
    assert page.locator("#content .frame").count() == 4
    figure = json.loads(page.locator("#content [data-figure]").first.get_attribute("data-figure"))
    assert len(figure["data"][0]["y"]) == 4
    page.locator("#clips a").first.click()  # and another one
    page.wait_for_selector("[data-uid='13']")
    explorer.faults.clear()
