from dataclasses import replace

import numpy as np
import pytest
from playfair.steps.interactions_store import clip_interactions

from playfair.explorer import figures
from playfair.explorer.clip_page import content
from playfair.explorer.export import markup
from playfair.explorer.population_page import content as population
from playfair.explorer.shown import show
from playfair.explorer.view import View
from playfair.report.look import DISTRACTING, SUPPORTING
from playfair.shapley.exact import MAX_FRAMES
from tests.explorer.conftest import write_store

TRN = View(study="synthetic/trn", frames="4", uid="20")


def drawn(view: View, catalogue) -> dict[str, dict]:
    """The page's figures, by the ids of their graphs."""
    parts = content(show(view, catalogue), catalogue)._traverse()
    return {part.id: part.figure for part in parts if getattr(part, "_type", "") == "Graph"}


@pytest.mark.parametrize("frames", ["4", "6-budget-100"])
def test_the_waterfall_adds_up_from_the_prior_to_the_score(catalogue, frames: str) -> None:
    view = replace(TRN, frames=frames)
    trace = drawn(view, catalogue)["waterfall-trn"]["data"][0]
    clip = show(view, catalogue).first.clip("20")
    assert trace["measure"] == ["absolute", *["relative"] * len(clip.frame_index), "total"]
    assert sum(trace["y"][:-1]) == pytest.approx(clip.score[clip.label], abs=1e-6) == trace["y"][-1]


def test_a_store_that_does_not_add_up_is_told(make_catalogue) -> None:
    catalogue = make_catalogue()
    for chunk in catalogue.store("synthetic/trn", "4").glob("esv/c/*/*/*"):
        chunk.unlink()
    assert "These do not add up" in markup(content(show(TRN, catalogue), catalogue))


def test_bars_say_by_their_colour_what_supports(catalogue) -> None:
    bars = drawn(TRN, catalogue)["esvs-trn"]["data"][0]
    assert bars["marker"]["color"] == [SUPPORTING if esv > 0 else DISTRACTING for esv in bars["y"]]


def test_sampled_esvs_carry_their_95_percent_interval(catalogue) -> None:
    bars = drawn(replace(TRN, frames="6-budget-100"), catalogue)["esvs-trn"]["data"][0]
    np.testing.assert_allclose(bars["error_y"]["array"], 1.96 * 0.02, rtol=1e-6)
    assert "error_y" not in drawn(TRN, catalogue)["esvs-trn"]["data"][0]


@pytest.mark.parametrize(("first", "second"), [("trn", "tsn"), ("tsn", "trn")])
def test_two_models_share_their_scales(catalogue, first: str, second: str) -> None:
    both = drawn(replace(TRN, study=f"synthetic/{first}", beside=second), catalogue)
    limits = {name: figure["layout"]["yaxis"].get("range") for name, figure in both.items()}
    assert (
        limits["esvs-trn"] == limits["esvs-tsn"]
        and limits["waterfall-trn"] == limits["waterfall-tsn"]
    )
    shown = [
        value
        for model in ("trn", "tsn")
        for trace in both[f"esvs-{model}"]["data"]
        for value in trace["y"]
    ]
    low, high = limits["esvs-trn"]
    assert low < min(shown) < max(shown) < high


def test_the_decisive_interval_is_shaded_where_it_lies(catalogue) -> None:
    start, stop = catalogue.evidence("synthetic")["20"]
    shade = next(
        s for s in drawn(TRN, catalogue)["esvs-trn"]["layout"]["shapes"] if s["type"] == "rect"
    )
    index = show(TRN, catalogue).first.clip("20").frame_index
    inside = [shade["x0"] <= i < shade["x1"] for i in range(len(index))]
    assert inside == [start <= frame < stop for frame in index]


def test_an_interval_between_two_frames_lies_between_them() -> None:
    assert figures.interval(np.array([0, 10]), (4, 5)) == pytest.approx((0.4, 0.5))
    assert figures.interval(np.array([7]), (0, 20)) == (-0.5, 0.5)


def test_pairs_that_are_not_there_say_what_to_type_where_they_can_be_had(
    catalogue, make_catalogue
) -> None:
    def told(catalogue, frames: str) -> str:
        return markup(
            content(
                show(View(study="synthetic/tsn", frames=frames, uid="20"), catalogue), catalogue
            )
        )

    typed = "python run.py experiment=interactions dataset=synthetic model=tsn n_frames=4"
    assert typed in told(catalogue, "4")
    long, whole = make_catalogue(), show(TRN, catalogue).first
    path, n_frames = long.outputs / "synthetic/tsn/esv/frames-21-budget-100.zarr", MAX_FRAMES + 1
    write_store(
        path, whole.uids.tolist(), whole.labels, whole.class_names, n_frames, estimator="sampled"
    )
    assert "of up to 20 frames" in told(long, "21-budget-100") and "experiment=" not in told(
        long, "21-budget-100"
    )


def test_classes_that_differ_at_their_ends_are_told_apart_by_short_names(catalogue) -> None:
    names = show(TRN, catalogue).first.class_names
    short = [figures.shortened(name, 28) for name in names]
    assert len(set(short)) == len(names) and max(map(len, short)) == 28


@pytest.mark.parametrize("n_frames", [1, 4])
def test_shares_are_between_0_and_100_percent(catalogue, make_catalogue, n_frames: int) -> None:
    several, whole = make_catalogue(), show(TRN, catalogue).first
    path = several.outputs / "synthetic" / "few" / "esv" / f"frames-{n_frames:02d}.zarr"
    write_store(path, whole.uids.tolist(), whole.labels, whole.class_names, n_frames)
    shown = show(View(study="synthetic/few", page="population"), several)
    shares = next(
        part.figure for part in population(shown)._traverse() if getattr(part, "id", "") == "shares"
    )
    ticks = shares["layout"]["xaxis"]["tickvals"]
    assert min(ticks) == 0 and max(ticks) == 1 and sum(shares["data"][0]["y"]) == pytest.approx(1)


def test_pair_interactions_are_shown_without_their_diagonal(catalogue) -> None:
    pairs = clip_interactions(catalogue.interactions("synthetic/trn", "4"), "20", {})
    z = drawn(TRN, catalogue)["interactions-trn"]["data"][0]["z"]
    assert [z[i][i] for i in range(4)] == [None] * 4
    assert z[0][2] == pytest.approx(pairs[0, 2]) == z[2][0]
    assert "interactions-tsn" not in drawn(replace(TRN, beside="tsn"), catalogue)
