"""The explorer's pages on the hand-written stores: what is drawn and written, read back."""

import numpy as np
import pytest
from dash.development.base_component import Component

from playfair.experiments.explorer import explorer
from playfair.explorer import clip_page, population_page
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.export import table
from playfair.explorer.page import clip_list
from playfair.explorer.shown import show
from playfair.explorer.view import View
from tests.golden import closed_form
from tests.golden.closed_form import CLASSES, UIDS
from tests.golden.figure_data import BLUE, ORANGE, TRN_COLOUR, TSN_COLOUR

UP, DOWN, POKE = CLASSES


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory) -> Catalogue:
    return closed_form.write_outputs(tmp_path_factory.mktemp("explorer") / "outputs")


def parts(component: object) -> list[Component]:
    """The component and all that is in it."""
    if isinstance(component, list | tuple):
        return [part for one in component for part in parts(one)]
    if not isinstance(component, Component):
        return []
    return [component, *parts(getattr(component, "children", None))]


def text(component: object) -> str:
    if isinstance(component, list | tuple):
        return "".join(text(one) for one in component)
    if isinstance(component, Component):
        return text(getattr(component, "children", None))
    return "" if component is None else str(component)


def of_class(component: object, name: str) -> list[Component]:
    return [part for part in parts(component) if getattr(part, "className", None) == name]


def figure(component: object, name: object) -> dict:
    (found,) = [part for part in parts(component) if getattr(part, "id", None) == name]
    return found.figure


@pytest.fixture(scope="module")
def population(catalogue) -> Component:
    view = View(study="synthetic/trn", beside="tsn", page="population", cell=(1, 2))
    return population_page.content(show(view, catalogue))


@pytest.mark.parametrize("model", ["tsn", "trn"])
def test_the_cells_are_mean_esvs_of_the_true_class(population, model: str) -> None:
    (trace,) = figure(population, {"cells": model})["data"]
    esvs = closed_form.true_class(model) / 100
    expected = [(esvs[2 * label] + esvs[2 * label + 1]) / 2 for label in range(3)]
    assert np.array(trace["z"]) == pytest.approx(np.array(expected), abs=1e-5)
    # one scale for both, about 0: TRN's up, (40 + 20) / 2 hundredths
    assert (trace["zmin"], trace["zmax"]) == pytest.approx((-0.3, 0.3))
    assert trace["text"][0][0] == f"{UP}<br>2 clips"
    assert [trace["colorscale"][end][1].lower() for end in (0, -1)] == [ORANGE, BLUE]


def test_the_share_of_supporting_elements(population) -> None:
    trn, tsn = figure(population, "shares")["data"]
    assert trn["x"] == tsn["x"] == [0, 0.25, 0.5, 0.75, 1]
    # by video, of four: TRN 2, 2, 3, 1, 4, 0; TSN 4, 1, 2, 2, 2, 2
    assert trn["y"] == pytest.approx([1 / 6, 1 / 6, 2 / 6, 1 / 6, 1 / 6])
    assert tsn["y"] == pytest.approx([0, 1 / 6, 4 / 6, 0, 1 / 6])
    assert (trn["name"], trn["marker"]["color"].lower()) == ("TRN", TRN_COLOUR)
    assert (tsn["name"], tsn["marker"]["color"].lower()) == ("TSN", TSN_COLOUR)


def test_the_clips_behind_a_cell_are_the_most_supported_first(population) -> None:
    (behind,) = [part for part in parts(population) if getattr(part, "id", None) == "behind"]
    # element 2 of 603 and 604: 30 and 15 hundredths
    items = [
        text(item) for item in parts(of_class(behind, "clips")[0].children) if item._type == "Li"
    ]
    assert items == ["603 +0.300", "604 +0.150"]
    assert f"{DOWN}, frame 2: 2 clips; all of them" in text(behind)


def test_a_clip_behind_a_cell_is_called_distracting_below_0(catalogue) -> None:
    view = View(study="synthetic/trn", page="population", cell=(0, 0))
    behind = of_class(population_page.content(show(view, catalogue)), "clips")[0]
    told = [(text(b), b.className) for b in parts(behind) if b._type == "B"]
    assert told == [("+0.100", "supporting"), ("-0.150", "distracting")]  # 602, 601


def test_the_table_to_take_away_has_the_means(catalogue) -> None:
    rows = table(show(View(study="synthetic/trn", page="population"), catalogue))
    assert rows["esv"].tolist()[:4] == pytest.approx([-0.025, 0.30, 0.075, -0.025])
    assert rows["clips"].tolist() == [2] * 12
    assert rows["class_name"].tolist()[::4] == list(CLASSES)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("order", list(UIDS)),
        # the lowest ESVs of the true class: −15, −5, −10, −20, 5, −8
        ("distracting", ["604", "601", "603", "606", "602", "605"]),
        # wrong are 604 and 606, sure by 0.75 and 0.65
        ("wrong", ["604", "606", "601"]),
        # highest scores: 0.95, 0.70, 0.60, 0.75, 0.70, 0.65
        ("sure", ["601", "604"]),
        ("unsure", ["603", "606"]),
    ],
)
def test_the_clips_are_in_the_order_asked_for(catalogue, sort: str, expected: list[str]) -> None:
    shown = show(View(study="synthetic/trn", sort=sort), catalogue)
    order = [UIDS[row] for row in shown.order]
    assert order[: len(expected)] == expected and sorted(order) == list(UIDS)


def test_the_list_marks_what_is_right_and_what_is_wrong(catalogue) -> None:
    items = clip_list(show(View(study="synthetic/trn"), catalogue))
    lines = [text(item) for item in parts(items) if item._type == "Li"]
    assert lines[0] == f"601✓95%{UP}" and lines[3] == f"604✗75%{DOWN}"


@pytest.fixture(scope="module")
def clip(catalogue) -> Component:
    view = View(study="synthetic/trn", beside="tsn", uid="604")
    return clip_page.content(show(view, catalogue), catalogue)


def test_the_verdict_of_each_model(clip) -> None:
    verdicts = [text(part) for part in of_class(clip, "verdict")]
    assert verdicts == [
        f"✗ predicts “{UP}”, 75%; the true class gets 15%",
        f"✓ predicts “{DOWN}”, 50%",
    ]


def test_the_bars_over_the_frames_are_blue_above_0_and_orange_below(clip) -> None:
    bars, line = figure(clip, "esvs-trn")["data"]
    assert bars["y"] == pytest.approx([-0.05, -0.20, 0.15, 0])  # of down, the true class
    assert [colour.lower() for colour in bars["marker"]["color"][:3]] == [ORANGE, ORANGE, BLUE]
    assert bars["customdata"] == [1, 3, 5, 7]
    assert line["name"] == UP and line["y"] == pytest.approx([0.10, 0.20, -0.10, 0.05])
    labels = [
        part.to_plotly_json()["props"]["aria-label"]
        for part in parts(clip)
        if str(getattr(part, "className", "")).startswith("frame ")
    ]
    assert labels[:3] == [
        "Frame 1: ESV -0.050, distracting",
        "Frame 3: ESV -0.200, distracting",
        "Frame 5: ESV +0.150, supporting",
    ]


def test_the_waterfall_goes_from_the_prior_to_the_score(clip) -> None:
    (trace,) = figure(clip, "waterfall-trn")["data"]
    assert trace["y"] == pytest.approx([0.25, -0.05, -0.20, 0.15, 0, 0.15])
    assert trace["measure"] == ["absolute", *["relative"] * 4, "total"]
    assert trace["text"][1:4] == ["-0.05", "-0.20", "+0.15"]
    assert trace["increasing"]["marker"]["color"].lower() == BLUE
    assert trace["decreasing"]["marker"]["color"].lower() == ORANGE
    sums = [text(part) for part in of_class(clip, "sum")]
    assert sums == [
        "prior 0.250 − frames 0.100 = score 0.150",
        "prior 0.250 + frames 0.250 = score 0.500",
    ]


def test_the_scores_are_sorted_and_as_long_as_they_are_high(clip) -> None:
    scores = of_class(clip, "scores")[0]
    lines = [text(item) for item in parts(scores) if item._type == "Li"]
    assert lines == [f"●{UP}0.750", f"●{DOWN}true0.150", f"{POKE}0.100"]
    widths = [part.style["width"] for part in of_class(scores, "bar")]
    assert widths == ["100.00%", "20.00%", "13.33%"]  # of the highest, 0.75


def test_the_pairs_are_those_of_the_clip(clip) -> None:
    (trace,) = figure(clip, "interactions-trn")["data"]
    # video 3: 4 (i + j) hundredths, below 0 where i + j is odd; 4 · 5 at most
    assert trace["z"][0] == [None, *(pytest.approx(z) for z in (-0.04, 0.08, -0.12))]
    assert (trace["zmin"], trace["zmax"]) == pytest.approx((-0.24, 0.24))
    assert [trace["colorscale"][end][1].lower() for end in (0, -1)] == [ORANGE, BLUE]


def test_the_table_of_a_clip_has_its_esvs(catalogue) -> None:
    rows = table(show(View(study="synthetic/trn", uid="604"), catalogue))
    assert rows["class_name"].tolist()[::4] == [DOWN, UP]
    assert rows["esv"].tolist()[:4] == pytest.approx([-0.05, -0.20, 0.15, 0])
    assert rows["score"].tolist()[::4] == pytest.approx([0.15, 0.75])


def test_the_explorer_says_how_many_studies_and_stores_it_showed(catalogue) -> None:
    folder = {"outputs": str(catalogue.outputs), "data": str(catalogue.data)}
    result = explorer(
        **folder,
        dataset="synthetic",
        root=str(catalogue.data),
        host="127.0.0.1",
        port=8391,
        serve_seconds=0.01,
    )
    assert result.metrics == {"studies": 2, "esv_stores": 2}
    assert "synthetic/trn, synthetic/tsn" in result.summary
