"""`experiment=interactions` on the heads in closed form, against the index's definition."""

import numpy as np
import pandas as pd
import pytest

from playfair.experiments.interactions import headline, interactions, verdict
from playfair.report.look import probability
from playfair.result import Result
from tests.golden import closed_form, figure_data
from tests.golden.closed_form import FEATURES, FORMULA_LABELS, TWINS
from tests.golden.figure_data import TRN_COLOUR, TSN_COLOUR
from tests.golden.interval import interval, mean

NAN = float("nan")
MODELS = ("tsn", "trn")
# By the clip's frames 1, 3, 5, 7 the actions [2, 8), [1, 6), [0, 8), [2, 6) have their middles at
# 5, 3.5, 4 and 4, so that these pairs lie in the action on both sides of it, and on the same side
ACROSS = [[(1, 2), (1, 3)], [(0, 2), (1, 2)], [(0, 2), (0, 3), (1, 2), (1, 3)], [(1, 2)]]
SAME = [[(2, 3)], [(0, 1)], [(0, 1), (2, 3)], []]
ONE_INSIDE = [
    [(0, 1), (0, 2), (0, 3)],
    [(0, 3), (1, 3), (2, 3)],
    [],
    [(0, 1), (0, 2), (1, 3), (2, 3)],
]
NONE_INSIDE = [[], [], [], [(0, 3)]]


def measures(model: str) -> dict[str, np.ndarray]:
    """The three measures by their definitions: (video, element, element)."""
    found = {"true class": [], "true class − twin": [], "order": []}
    for video, label in zip(np.array(FEATURES, dtype=float), FORMULA_LABELS, strict=True):
        index = closed_form.interaction(model, video[:4])
        reverse = closed_form.interaction(model, video[:4][::-1])[::-1, ::-1]
        found["true class"].append(index[..., label])
        found["true class − twin"].append(index[..., label] - index[..., TWINS[label]])
        found["order"].append((index[..., label] - reverse[..., label]) / 2)
    return {name: np.array(values) for name, values in found.items()}


@pytest.fixture(scope="module")
def expected() -> dict[str, dict[str, np.ndarray]]:
    return {model: measures(model) for model in MODELS}


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> Result:
    outputs = tmp_path_factory.mktemp("outputs")
    studies = [closed_form.by_formula(model, (4,), outputs=outputs) for model in MODELS]
    return interactions(studies, n_frames=4)


def of_kind(values: np.ndarray, pairs: list[list[tuple[int, int]]]) -> list[float]:
    """By video: the mean over its pairs of a kind."""
    return [
        float(np.mean([video[i, j] for i, j in of_video])) if of_video else NAN
        for video, of_video in zip(values, pairs, strict=True)
    ]


def test_the_metrics_are_means_across_the_middle_and_on_the_same_side(result, expected) -> None:
    wanted = {}
    for model in MODELS:
        for measure, name in (("true class − twin", "contrast"), ("order", "order")):
            values = expected[model][measure]
            wanted[f"{model}_{name}_across"] = mean(of_kind(values, ACROSS))
            wanted[f"{model}_{name}_same_side"] = mean(of_kind(values, SAME))
        wanted[f"{model}_largest_order"] = abs(expected[model]["order"]).max()
    assert result.metrics == pytest.approx(wanted, abs=1e-6)


def test_the_closed_form_is_worth_the_test(result) -> None:
    """TSN is blind to order; TRN's pairs across the middle are not those of one side."""
    assert result.metrics["tsn_largest_order"] < 1e-6 < 0.01 < result.metrics["trn_largest_order"]
    across, same = (result.metrics[f"trn_order_{kind}"] for kind in ("across", "same_side"))
    assert abs(across - same) > 0.01 and abs(across) > 0.01


def test_the_kinds_of_pairs(result, expected) -> None:
    table = result.tables["kinds"].set_index(["model", "measure", "pairs"])
    for model in MODELS:
        for measure, values in expected[model].items():
            across, same = of_kind(values, ACROSS), of_kind(values, SAME)
            kinds = {
                "across the middle": across,
                "same side": same,
                "one in the action": of_kind(values, ONE_INSIDE),
                "across − same side": [a - b for a, b in zip(across, same, strict=True)],
            }
            for kind, of_videos in kinds.items():
                row = table.loc[(model, measure, kind)]
                assert row[["mean", "low", "high"]].tolist() == pytest.approx(
                    [mean(of_videos), *interval(of_videos)], abs=1e-6
                )
                assert row["videos"] == np.isfinite(of_videos).sum()
    # one video alone has a pair outside the action: no interval, no row
    assert "none in the action" not in table.index.get_level_values("pairs")


def test_the_distances(result, expected) -> None:
    table = result.tables["distances"].set_index(["model", "measure", "distance"])
    for model in MODELS:
        for measure, values in expected[model].items():
            for distance in (1, 2, 3):
                pairs = [[(i, i + distance) for i in range(4 - distance)]] * 4
                row = table.loc[(model, measure, distance)]
                of_videos = of_kind(values, pairs)
                assert row[["mean", "low", "high"]].tolist() == pytest.approx(
                    [mean(of_videos), *interval(of_videos)], abs=1e-6
                )


def test_every_pair(result, expected) -> None:
    table = result.tables["pairs"].set_index(["model", "measure", "first", "second"])
    assert len(table) == 2 * 3 * 6
    for (model, measure, i, j), row in table.iterrows():
        values = expected[model][measure][:, i, j]
        low, high = interval(values)
        assert row["mean"] == pytest.approx(values.mean(), abs=1e-6)
        assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-6)
        assert row["none"] == (low < 1e-6 and high > -1e-6)


def test_the_verdicts_say_what_the_interval_of_the_pairs_across_says(result, expected) -> None:
    lines = list(result.findings)
    for model, line in zip(MODELS, lines, strict=True):
        across = of_kind(expected[model]["true class − twin"], ACROSS)
        low, high = interval(across)
        says = "work together" if low > 0 else "hinder each other" if high < 0 else ""
        says = says or "show no interaction told apart from 0"
        assert line == (
            f"{model.upper()}: one frame before and one after the middle {says} for "
            f"true class − twin ({probability(mean(across), low, high)}), on this training "
            "(one seed)."
        )


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (0.1, 0.3, "work together for true class − twin (+0.200 [+0.100, +0.300])"),
        (-0.3, -0.1, "hinder each other for true class − twin (−0.200 [−0.300, −0.100])"),
        (
            -0.1,
            0.5,
            "show no interaction told apart from 0 for true class − twin (+0.200 [−0.100, +0.500])",
        ),
    ],
)
def test_a_verdict_says_together_apart_or_neither(low: float, high: float, says: str) -> None:
    rows = pd.DataFrame(
        {
            "measure": ["order", "true class − twin", "true class − twin"],
            "pairs": ["across the middle", "same side", "across the middle"],
            "mean": [0.7, 0.8, (low + high) / 2],
            "low": [0.6, 0.7, low],
            "high": [0.8, 0.9, high],
        }
    ).set_index(["measure", "pairs"])
    assert verdict("trn", rows).endswith(f"{says}, on this training (one seed).")
    assert verdict("trn", rows.assign(seeds=5)).endswith(f"{says}, over 5 trainings.")
    assert headline("trn", rows["mean"]) == pytest.approx(
        {
            "trn_contrast_across": (low + high) / 2,
            "trn_contrast_same_side": 0.8,
            "trn_order_across": 0.7,
        }
    )


def test_the_heat_maps(result, expected) -> None:
    panels = result.figures["interactions"].axes[:6]
    titles = [f"{m.upper()}: {name}" for m in MODELS for name in expected[m]]
    assert [figure_data.title(axes) for axes in panels] == titles
    everything = [values for model in MODELS for values in expected[model].values()]
    largest = max(abs(values.mean(0)).max() for values in everything)
    for axes, values in zip(panels, everything, strict=True):
        cells = figure_data.cells(axes)
        assert np.isnan(np.diag(cells)).all()
        off = ~np.eye(4, dtype=bool)
        assert cells[off] == pytest.approx(values.mean(0)[off], abs=1e-6)
        assert axes.collections[0].get_clim() == pytest.approx((-largest, largest))
        ends = [figure_data.to_hex(axes.collections[0].cmap(end)) for end in (1.0, 0.0)]
        assert ends == [figure_data.BLUE, figure_data.ORANGE]
        assert axes.get_ylim() == (4, 0)


def test_a_dot_marks_a_pair_whose_interval_holds_0(result, expected) -> None:
    panels = result.figures["interactions"].axes[:6]
    everything = [values for model in MODELS for values in expected[model].values()]
    for axes, values in zip(panels, everything, strict=True):
        ends = [[interval(values[:, i, j]) for j in range(4)] for i in range(4)]
        wanted = {
            (j + 0.5, i + 0.5)
            for i in range(4)
            for j in range(4)
            if i != j and ends[i][j][0] < 1e-6 and ends[i][j][1] > -1e-6
        }
        dots = {
            (x, y) for xs, ys, _, _ in figure_data.lines(axes) for x, y in zip(xs, ys, strict=True)
        }
        assert dots == wanted


def test_the_dots_of_the_kinds_and_the_lines_of_the_distances(result, expected) -> None:
    panels = result.figures["before_and_after"].axes
    dots, lines = panels[2], panels[5]  # of order
    assert figure_data.title(dots) == "Order"
    kinds = ["across the middle", "same side", "one in the action", "across − same side"]
    assert figure_data.y_ticks(panels[0]) == kinds
    for model, colour in (("tsn", TSN_COLOUR), ("trn", TRN_COLOUR)):
        values = expected[model]["order"]
        means = [mean(of_kind(values, pairs)) for pairs in (ACROSS, SAME, ONE_INSIDE)]
        drawn = next(x for x, _, own, style in figure_data.lines(dots) if own == colour)
        assert drawn[:3] == pytest.approx(means, abs=1e-6)
        pairs = [[[(i, i + apart) for i in range(4 - apart)]] * 4 for apart in (1, 2, 3)]
        x, y = figure_data.line(lines, colour)
        assert x == [1, 2, 3]
        assert y == pytest.approx([mean(of_kind(values, of)) for of in pairs], abs=1e-6)
    whiskers = [end[1:3] for end in figure_data.lying(dots) if end[3] == TRN_COLOUR]
    trn = expected["trn"]["order"]
    assert whiskers[0] == pytest.approx(interval(of_kind(trn, ACROSS)), abs=1e-6)


def test_without_evidence_the_middle_is_the_clips(tmp_path, expected) -> None:
    study = closed_form.by_formula("trn", (4,), outputs=tmp_path, evidence={})
    study.stores[4]["evidence"][:] = -1
    metrics = interactions([study], n_frames=4).metrics
    across = of_kind(expected["trn"]["order"], [[(0, 2), (0, 3), (1, 2), (1, 3)]] * 4)
    same = of_kind(expected["trn"]["order"], [[(0, 1), (2, 3)]] * 4)
    assert metrics["trn_order_across"] == pytest.approx(mean(across), abs=1e-6)
    assert metrics["trn_order_same_side"] == pytest.approx(mean(same), abs=1e-6)
