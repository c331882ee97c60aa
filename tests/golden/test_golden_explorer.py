"""The explorer's pages on the hand-written stores: what is drawn and written, read back."""

import json
from pathlib import Path

import numpy as np
import pytest
from dash.development.base_component import Component

from playfair.datasets.synthetic import open_dataset
from playfair.experiments.explorer import explorer
from playfair.explorer import clip_page, population_page
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clip_list import clip_list
from playfair.explorer.clips import Clips
from playfair.explorer.export_csv import table
from playfair.steps.durable import write_json
from playfair.steps.esv_creation import create_store
from playfair.steps.interactions import write_interactions
from playfair.steps.layout import Layout
from playfair.steps.made_from import MADE_FROM
from playfair.steps.step import Record
from tests.explorer.conftest import CONFIGURATIONS, record, scene
from tests.golden import closed_form
from tests.golden.closed_form import CLASSES, HAND_WRITTEN, PRIOR, UIDS
from tests.golden.figure_data import BLUE, ORANGE, TRN_COLOUR, TSN_COLOUR

UP, DOWN, POKE = CLASSES
TRN = "TRN, 4 frames"
TSN = "TSN, 4 frames"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory) -> Catalogue:
    """The hand-written stores, with pairs of TRN; no clips."""
    outputs = tmp_path_factory.mktemp("explorer") / "outputs"
    made_from = {name: write_store(outputs, name) for name in HAND_WRITTEN}
    write_pairs(outputs, made_from["trn"])
    return Catalogue(Layout(outputs), Clips(CONFIGURATIONS, outputs / "no data"))


def write_store(outputs: Path, name: str) -> Record:
    """A hand-written store as the step of ESVs leaves it; what it says it was made from."""
    esvs = closed_form.hand_written(name)
    settings = {"model": name, "n_frames": 4, "estimator": {"budget": None}}
    made_from = record("esvs", settings, {})
    folder = outputs / "synthetic" / "esvs" / f"{name}-4-frames-{made_from['id'][:8]}"
    write_json(folder / MADE_FROM, made_from)
    store = create_store(
        folder,
        uids=list(UIDS),
        labels=esvs["label"].values,
        prior=np.array(PRIOR),
        class_names=CLASSES,
        n_frames=4,
        twins=esvs["twin"].values,
        evidence=esvs["evidence"].values,
        clip_frames=esvs["clip_frames"].values,
        attributes={"model": name, "seed": 0, "split": "validation", "n_frames": 4},
        block=4,  # a seam amid the videos
    )
    for block in store.missing():
        rows = store.videos(block)
        arrays = {key: esvs[key].values[rows] for key in ("esv", "score", "frame_index")}
        store.write(block, **arrays)
    return made_from


def write_pairs(outputs: Path, esvs: Record) -> None:
    """The made-up interactions of a store's clips."""
    made_from = record("interactions", {"model": "trn", "n_frames": 4}, {"esvs": esvs})
    folder = outputs / "synthetic" / "interactions" / f"trn-4-frames-{made_from['id'][:8]}"
    write_json(folder / MADE_FROM, made_from)
    write_interactions(folder, list(UIDS), {"interaction": closed_form.pairs_of_clips()})


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
    (graph,) = [part for part in parts(component) if getattr(part, "id", None) == name]
    return json.loads(getattr(graph, "data-figure"))


@pytest.fixture(scope="module")
def population(catalogue) -> Component:
    both = scene(catalogue, TRN, beside=TSN, page="population", cell=(1, 2))
    return population_page.content(both, catalogue)


@pytest.mark.parametrize(("place", "model"), [(0, "trn"), (1, "tsn")])
def test_the_cells_are_mean_esvs_of_the_true_class(population, place: int, model: str) -> None:
    (trace,) = figure(population, f"cells-{place}")["data"]
    esvs = closed_form.true_class(model) / 100
    expected = [(esvs[2 * label] + esvs[2 * label + 1]) / 2 for label in range(3)]
    assert np.array(trace["z"]) == pytest.approx(np.array(expected), abs=1e-5)
    # one scale for both, about 0: TRN's up, (40 + 20) / 2 hundredths
    assert (trace["zmin"], trace["zmax"]) == pytest.approx((-0.3, 0.3))
    assert trace["text"][0][0] == f"{UP}\n2 clips"
    assert [trace["colorscale"][end][1].lower() for end in (0, -1)] == [ORANGE, BLUE]


def test_the_share_of_supporting_elements(population) -> None:
    trn, tsn = figure(population, "shares")["data"]
    assert trn["x"] == tsn["x"] == [0, 0.25, 0.5, 0.75, 1]
    # by video, of four: TRN 2, 2, 3, 1, 4, 0; TSN 4, 1, 2, 2, 2, 2
    assert trn["y"] == pytest.approx([1 / 6, 1 / 6, 2 / 6, 1 / 6, 1 / 6])
    assert tsn["y"] == pytest.approx([0, 1 / 6, 4 / 6, 0, 1 / 6])
    assert (trn["name"], trn["marker"]["color"].lower()) == (TRN, TRN_COLOUR)
    assert (tsn["name"], tsn["marker"]["color"].lower()) == (TSN, TSN_COLOUR)


def test_the_clips_behind_a_cell_are_the_most_supported_first(population) -> None:
    (behind,) = [part for part in parts(population) if getattr(part, "id", None) == "behind"]
    # element 2 of 603 and 604: 30 and 15 hundredths
    items = [
        text(item) for item in parts(of_class(behind, "clips")[0].children) if item._type == "Li"
    ]
    assert items == ["603 +0.300", "604 +0.150"]
    assert f"{DOWN}, frame 2: 2 clips; all of them" in text(behind)
    assert "Mean ESV of this frame: TRN, 4 frames +0.225, TSN, 4 frames +0.100." in text(behind)


def test_clips_behind_a_cell_that_are_not_at_hand_have_no_pictures_but_a_reason(population) -> None:
    assert not [part for part in parts(population) if part._type == "Img"]
    (note,) = of_class(population, "note")
    assert text(note).startswith("The clips of synthetic are not in ")


def test_a_clip_behind_a_cell_is_called_distracting_below_0(catalogue) -> None:
    page = population_page.content(scene(catalogue, TRN, page="population", cell=(0, 0)), catalogue)
    behind = of_class(page, "clips")[0]
    esvs = [(text(part), part.className) for part in parts(behind) if part._type == "B"]
    assert esvs == [("+0.100", "supporting"), ("−0.150", "distracting")]  # 602, 601


def test_the_table_to_take_away_has_the_means(catalogue) -> None:
    rows = table(scene(catalogue, TRN, page="population"))
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
    order = [UIDS[row] for row in scene(catalogue, TRN, sort=sort).order]
    assert order[: len(expected)] == expected and sorted(order) == list(UIDS)


def test_the_list_marks_what_is_right_and_what_is_wrong(catalogue) -> None:
    items = clip_list(scene(catalogue, TRN))
    lines = [text(item) for item in parts(items) if item._type == "Li"]
    # each score is that of the class that it stands beside
    assert lines[0] == f"601✓0.950{UP}" and lines[3] == f"604✗0.150{DOWN}says {UP}, 0.750"


@pytest.fixture(scope="module")
def clip(catalogue) -> Component:
    return clip_page.content(scene(catalogue, TRN, beside=TSN, uid="604"), catalogue)


def test_the_verdict_of_each_model(clip) -> None:
    verdicts = [text(part) for part in of_class(clip, "verdict")]
    assert verdicts == [
        f"✗ says “{UP}”, 0.750; the true class gets 0.150",
        f"✓ says “{DOWN}”, 0.500",
    ]


def test_the_bars_over_the_frames_are_blue_above_0_and_orange_below(clip) -> None:
    bars, line = figure(clip, "esvs-0")["data"]
    assert bars["y"] == pytest.approx([-0.05, -0.20, 0.15, 0])  # of down, the true class
    assert [colour.lower() for colour in bars["marker"]["color"][:3]] == [ORANGE, ORANGE, BLUE]
    assert bars["customdata"] == [1, 3, 5, 7]
    assert line["name"] == UP and line["y"] == pytest.approx([0.10, 0.20, -0.10, 0.05])
    labels = [
        part.to_plotly_json()["props"]["aria-label"]
        for part in parts(clip)
        if str(getattr(part, "className", "")).startswith("frame ")
    ]
    assert labels[:4] == [
        "Frame 1: ESV −0.0500, distracting",
        "Frame 3: ESV −0.200, distracting",
        "Frame 5: ESV +0.150, supporting",
        "Frame 7: ESV 0",
    ]


def test_the_decisive_frames_are_shaded_between_the_elements(clip) -> None:
    # frames 2 to 5, before 6: of frames 1, 3, 5, 7 half a step after the first and the third
    (shade,) = [
        shape for shape in figure(clip, "esvs-0")["layout"]["shapes"] if shape["type"] == "rect"
    ]
    assert (shade["x0"], shade["x1"]) == pytest.approx((0.5, 2.5))
    (head,) = of_class(clip, "head")
    facts = [text(part) for part in of_class(head, "facts")]
    assert facts == ["4 frames are explained; frames 2 to 5 of the clip decide its class."]


def test_the_waterfall_goes_from_the_prior_to_the_score(clip) -> None:
    (trace,) = figure(clip, "waterfall-0")["data"]
    assert trace["y"] == pytest.approx([0.25, -0.05, -0.20, 0.15, 0, 0.15])
    assert trace["measure"] == ["absolute", *["relative"] * 4, "total"]
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
    assert lines == [f"●{UP}twin0.750", f"●{DOWN}true0.150", f"{POKE}0.100"]
    widths = [part.style["width"] for part in of_class(scores, "bar")]
    assert widths == ["100.00%", "20.00%", "13.33%"]  # of the highest, 0.75


def test_the_pairs_are_those_of_the_clip(clip) -> None:
    (trace,) = figure(clip, "interactions-0")["data"]
    # video 3: 4 (i + j) hundredths, below 0 where i + j is odd; 4 · 6 at most
    assert trace["z"][0] == [None, *(pytest.approx(z) for z in (-0.04, 0.08, -0.12))]
    assert (trace["zmin"], trace["zmax"]) == pytest.approx((-0.24, 0.24))
    assert [trace["colorscale"][end][1].lower() for end in (0, -1)] == [ORANGE, BLUE]
    # of TSN there are none, and none are taken from TRN
    assert "interactions-1" not in [getattr(part, "id", None) for part in parts(clip)]


def test_the_table_of_a_clip_has_its_esvs(catalogue) -> None:
    rows = table(scene(catalogue, TRN, uid="604"))
    assert rows["class_name"].tolist()[::4] == [DOWN, UP]
    assert rows["esv"].tolist()[:4] == pytest.approx([-0.05, -0.20, 0.15, 0])
    assert rows["score"].tolist()[::4] == pytest.approx([0.15, 0.75])


def test_the_explorer_says_how_many_stores_it_showed(catalogue) -> None:
    folder = catalogue.outputs / "no data"
    result = explorer(
        outputs=str(catalogue.outputs),
        data=str(folder),
        dataset="synthetic",
        root=str(folder),
        open_dataset=open_dataset,
        host="127.0.0.1",
        port=8391,
        serve_seconds=0.01,
    )
    assert result.metrics == {"esv_stores": 2, "left_out": 0}
    assert f"{TRN}; {TSN}" in result.summary
