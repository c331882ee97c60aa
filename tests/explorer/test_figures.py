import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import zarr

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.class_names import CLASS_NOT_KNOWN
from playfair.explorer.clip_page import content
from playfair.explorer.controls import choices
from playfair.explorer.esvs_figure import interval
from playfair.explorer.export_csv import table
from playfair.explorer.markup import markup
from playfair.explorer.plot import LINES
from playfair.explorer.population import class_means, clips_by_support
from playfair.explorer.population_page import content as population
from playfair.explorer.scene import Scene, scene_of
from playfair.explorer.view import View
from playfair.report import look
from playfair.report.look import DISTRACTING, SUPPORTING
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.damage import DamageError
from playfair.steps.interactions import clip_interactions
from tests.explorer.conftest import scene, view_of, write_store
from tests.report.test_colours import APART, MODELS, VISIONS, contrast, distance

SAMPLED = "TRN, 6 frames, sampled (100)"


def graphs(parts) -> dict:
    """The page's figures, by the ids of their graphs."""
    drawn = [part for part in parts._traverse() if hasattr(part, "data-figure")]
    return {part.id: json.loads(getattr(part, "data-figure")) for part in drawn}


def figures(catalogue, name: str = "TRN, 4 frames", **view) -> dict:
    return graphs(content(scene(catalogue, name, uid="20", **view), catalogue))


def page(catalogue, name: str, **view) -> str:
    return markup(content(scene(catalogue, name, **view), catalogue))


@pytest.mark.parametrize("name", ["TRN, 4 frames", SAMPLED])
def test_the_waterfall_adds_up_from_the_prior_to_the_score(catalogue, name: str) -> None:
    trace = figures(catalogue, name)["waterfall-0"]["data"][0]
    clip = scene(catalogue, name).first.clip("20")
    assert trace["measure"] == ["absolute", *["relative"] * len(clip.frame_index), "total"]
    assert sum(trace["y"][:-1]) == pytest.approx(clip.score[clip.label], abs=1e-6) == trace["y"][-1]


def test_a_store_that_does_not_add_up_is_told_with_what_to_type(make_catalogue) -> None:
    catalogue = make_catalogue()
    folder = scene(catalogue).entry.folder
    (folder / "manifest.json").unlink(missing_ok=True)
    zarr.open_group(folder, mode="r+")["esv"][:] = 0
    text = page(catalogue, "TRN, 4 frames", uid="20")
    assert f"These do not add up: the store is damaged. Remove {folder} and type" in text
    assert "python run.py experiment=esv dataset=synthetic model=trn n_frames=4" in text


def test_a_chunk_that_is_gone_is_damage_and_no_zero(make_catalogue) -> None:
    catalogue = make_catalogue()
    for chunk in scene(catalogue).entry.folder.glob("esv/c/*/*/*"):
        chunk.unlink()
    with pytest.raises(DamageError, match="it is not there"):
        page(catalogue, "TRN, 4 frames", uid="20")
    text = page(catalogue, "TSN, 4 frames", uid="20", beside="TRN, 4 frames")
    assert "it is not there" in text


def test_bars_say_by_their_colour_what_supports(catalogue) -> None:
    bars = figures(catalogue)["esvs-0"]["data"][0]
    assert bars["marker"]["color"] == [SUPPORTING if esv > 0 else DISTRACTING for esv in bars["y"]]
    assert min(bars["y"]) < 0 < max(bars["y"])


def test_sampled_esvs_carry_their_95_percent_interval(catalogue) -> None:
    bars = figures(catalogue, SAMPLED)["esvs-0"]["data"][0]
    np.testing.assert_allclose(bars["error_y"]["array"], 1.96 * 0.02, rtol=1e-6)
    assert "error_y" not in figures(catalogue)["esvs-0"]["data"][0]


@pytest.mark.parametrize("names", [("TRN, 4 frames", "TSN, 4 frames"), ("TSN, 4 frames",) * 2])
def test_two_models_share_their_scales(catalogue, names: tuple[str, str]) -> None:
    first, second = names
    both = figures(catalogue, first, beside="TRN, 4 frames" if first == second else second)
    limits = {name: figure["layout"]["yaxis"].get("range") for name, figure in both.items()}
    assert limits["esvs-0"] == limits["esvs-1"]
    assert limits["waterfall-0"] == limits["waterfall-1"]
    traces = both["esvs-0"]["data"] + both["esvs-1"]["data"]
    values = [value for trace in traces for value in trace["y"]]
    low, high = limits["esvs-0"]
    assert low < min(values) < max(values) < high


def test_the_decisive_interval_is_shaded_where_it_lies(catalogue) -> None:
    start, stop = catalogue.clips.dataset("synthetic").evidence()["20"]
    shapes = figures(catalogue)["esvs-0"]["layout"]["shapes"]
    shade = next(shape for shape in shapes if shape["type"] == "rect")
    index = scene(catalogue).first.clip("20").frame_index
    inside = [shade["x0"] <= i < shade["x1"] for i in range(len(index))]
    assert inside == [start <= frame < stop for frame in index]


def test_an_interval_between_two_frames_lies_between_them() -> None:
    assert interval(np.array([0, 10]), (4, 5)) == pytest.approx((0.4, 0.5))
    assert interval(np.array([7]), (0, 20)) == (-0.5, 0.5)


def test_pairs_that_are_not_there_say_what_to_type(catalogue) -> None:
    command = "python run.py experiment=interactions dataset=synthetic model=tsn n_frames=4"
    assert command in page(catalogue, "TSN, 4 frames")


def test_pairs_of_more_frames_than_are_exact_are_advised_as_estimates(
    make_catalogue, write_more
) -> None:
    catalogue = make_catalogue()
    write_more(catalogue.outputs, MAX_FRAMES + 1, budget=100)
    text = page(catalogue, "TRN, 21 frames, sampled (100)")
    assert "n_frames=21 estimator=sampled estimator.budget=100" in text


def test_pair_interactions_are_shown_without_their_diagonal(catalogue) -> None:
    folder = catalogue.interactions(scene(catalogue).entry)
    pairs = clip_interactions(folder, "20")
    both = figures(catalogue, beside="TSN, 4 frames")
    z = both["interactions-0"]["data"][0]["z"]
    assert [z[i][i] for i in range(4)] == [None] * 4
    assert z[0][2] == pytest.approx(pairs[0, 2]) == z[2][0]
    assert "interactions-1" not in both


@pytest.mark.parametrize("n_frames", [1, 4])
def test_shares_are_between_0_and_100_percent(make_catalogue, write_more, n_frames: int) -> None:
    catalogue = make_catalogue()
    write_more(catalogue.outputs, n_frames, model="few")
    name = "few, 1 frame" if n_frames == 1 else "few, 4 frames"
    shares = graphs(population(scene(catalogue, name, page="population"), catalogue))["shares"]
    ticks = shares["layout"]["xaxis"]["tickvals"]
    assert min(ticks) == 0 and max(ticks) == 1
    assert sum(shares["data"][0]["y"]) == pytest.approx(1)


def test_shares_count_the_elements_that_support(catalogue) -> None:
    shares = graphs(population(scene(catalogue, page="population"), catalogue))["shares"]["data"][0]
    supporting = (scene(catalogue).first.true_esvs > 0).mean(1)
    for share, clips in zip(shares["x"], shares["y"], strict=True):
        assert clips == pytest.approx((supporting == share).mean())


def test_two_seeds_have_two_colours(make_catalogue, write_more) -> None:
    catalogue = make_catalogue()
    write_more(catalogue.outputs, 4, seed=1)
    beside = scene(catalogue, beside="TRN, seed 1, 4 frames", page="population")
    traces = graphs(population(beside, catalogue))["shares"]["data"]
    assert [trace["name"] for trace in traces] == ["TRN, 4 frames", "TRN, seed 1, 4 frames"]
    assert traces[0]["marker"]["color"] != traces[1]["marker"]["color"]


def test_the_twin_of_the_true_class_is_marked_among_the_scores(catalogue) -> None:
    first = scene(catalogue).first
    label = first.clip("20").label
    alike = [str(uid) for uid in first.uids[first.labels == label]]
    uid = max(alike, key=lambda uid: first.clip(uid).score[first.twins[label]])
    parts = content(scene(catalogue, uid=uid), catalogue)._traverse()
    bars = [part for part in parts if hasattr(part, "data-class")]
    marked = [getattr(bar, "data-class") for bar in bars if ">twin<" in markup(bar)]
    assert marked == [str(first.twins[label])]


@pytest.fixture
def unlabelled(make_catalogue, write_more) -> tuple[Scene, Catalogue]:
    """A store of test clips without known classes."""
    catalogue = make_catalogue()
    path = write_more(catalogue.outputs, 4, model="blind")
    store = scene(catalogue, "blind, 4 frames").first.esvs
    labels = np.full(store.sizes["video"], -1)
    zarr.open_group(path, mode="r+", use_consolidated=False)["label"][:] = labels
    (path / "zarr.json").touch()
    return scene_of(view_of(catalogue, "blind, 4 frames"), catalogue), catalogue


def test_clips_whose_class_is_not_known_are_shown_without_one(unlabelled) -> None:
    blind, catalogue = unlabelled
    text = markup(content(blind, catalogue))
    assert CLASS_NOT_KNOWN in text and "says “" in text
    assert "true class gets" not in text and "✗" not in text and ">true<" not in text
    assert len(table(blind)) == 4
    nothing = scene_of(replace(blind.view, page="population"), catalogue)
    assert "classes of these clips are not known" in markup(population(nothing, catalogue))


def test_only_stores_of_the_same_clips_and_frames_are_offered_beside(
    make_catalogue, write_more
) -> None:
    catalogue = make_catalogue()
    for options in ({"seed": 1}, {"split": "train"}, {"dataset": "other"}):
        write_more(catalogue.outputs, 4, **options)
    options, _ = choices(scene_of(View(esvs=scene(catalogue).entry.key), catalogue))["beside"]
    assert [option["label"] for option in options] == [
        "nothing",
        "TRN, seed 1, 4 frames",
        "TSN, 4 frames",
    ]


def test_means_by_class_leave_out_clips_whose_class_is_not_known(make_catalogue) -> None:
    catalogue = make_catalogue()
    labels = np.array([0, 1, 1, -1, -1])
    uids = [str(uid) for uid in range(5)]
    write_store(catalogue.outputs, uids, labels, ["Opening", "Closing"], 4, model="half")
    store = scene(catalogue, "half, 4 frames").first
    means, counts = class_means(store)
    true = store.esvs["esv"].values
    assert counts.tolist() == [1, 2]
    np.testing.assert_allclose(means, [true[0, :, 0], true[1:3, :, 1].mean(0)], rtol=1e-6)
    assert clips_by_support(store).sum() == 3


@pytest.mark.parametrize("vision", VISIONS)
def test_classes_beside_are_told_apart_and_are_no_models_colour(vision: str) -> None:
    apart = [distance(one, other, vision) for one, other in combinations(LINES, 2)]
    assert min(apart) >= APART
    assert not set(LINES) & {*MODELS, look.SUPPORTING, look.DISTRACTING}
    for card in ("#ffffff", "#1a1d23"):
        assert min(contrast(colour, card) for colour in LINES) > 2.5
