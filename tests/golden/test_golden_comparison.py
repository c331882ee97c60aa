"""`experiment=comparison` on the heads in closed form, against the methods' definitions."""

import re
from itertools import combinations, pairwise, permutations

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from scipy import stats

from playfair.analysis.comparison import paired_differences, verdicts
from playfair.analysis.duplicates import credit_of_copies, shared_credit
from playfair.experiments.comparison import comparison, headline
from playfair.report.look import number
from playfair.result import Result
from tests.golden import closed_form, figure_data
from tests.golden.closed_form import FEATURES, FORMULA_LABELS, PRIOR, shapley, worth
from tests.golden.figure_data import (
    BLACK,
    INDIGO,
    OLIVE,
    TRN_COLOUR,
    TSN_COLOUR,
    WINE,
)
from tests.golden.interval import interval, mean, within

MODELS = ("tsn", "trn")
METHODS = ("esv", "integrated_gradients", "leave_one_out")
VIDEOS = np.array(FEATURES, dtype=float)[:, :4]
INSIDE = [{1, 2, 3}, {0, 1, 2}, {0, 1, 2, 3}, {1, 2}]  # elements in the decisive interval


def esv(model: str, video: np.ndarray, label: int) -> np.ndarray:
    return shapley(model, video)[:, label]


def leave_one_out(model: str, video: np.ndarray, label: int) -> np.ndarray:
    n = len(video)
    whole = worth(model, video, tuple(range(n)))[label]
    without = [tuple(j for j in range(n) if j != i) for i in range(n)]
    return np.array([whole - worth(model, video, others)[label] for others in without])


def integrated_gradients(model: str, video: np.ndarray, label: int) -> np.ndarray:
    """The logits grow in proportion to the features, so each element has a fixed part of them."""
    n = len(video)
    parts = video[:, :3] / n
    if model == "trn":
        pairs = list(combinations(range(n), 2))
        parts = parts / 2
        for i, j in pairs:
            sign = np.sign(video[j, 3] - video[i, 3])
            column = 0 if sign > 0 else 1
            parts[j, column] += sign * video[j, 3] / len(pairs) / 2
            parts[i, column] -= sign * video[i, 3] / len(pairs) / 2
    logits = closed_form.LOGITS[model](video)
    assert parts.sum(0) == pytest.approx(logits)
    found = np.zeros(n)
    for place, weight in zip(*np.polynomial.legendre.leggauss(10), strict=True):
        powers = np.exp((place + 1) / 2 * logits)
        score = powers / powers.sum()
        found += weight / 2 * score[label] * (parts[:, label] - parts @ score)
    return found


DEFINITIONS = {
    "esv": esv,
    "integrated_gradients": integrated_gradients,
    "leave_one_out": leave_one_out,
}


def frozen(kept: list[int]) -> tuple[int, ...]:
    """Each of four elements, or the nearest that is kept; the earlier of two."""
    return tuple(min(kept, key=lambda j: (abs(i - j), j)) for i in range(4)) if kept else ()


def area(curve: list[float]) -> float:
    """By trapezoids, over the share of elements left."""
    return sum((a + b) / 2 for a, b in pairwise(curve)) / (len(curve) - 1)


def auroc(values: np.ndarray, inside: set[int]) -> float:
    """Pair by pair; NaN where all elements are inside."""
    pairs = [(values[i], values[j]) for i in inside for j in set(range(4)) - inside]
    return mean([(a > b) + (a == b) / 2 for a, b in pairs]) if pairs else float("nan")


def measured(model: str, v: int, values: np.ndarray) -> dict[str, object]:
    """All measures of one method on one video; best first is the order of removal."""
    video, label = VIDEOS[v], FORMULA_LABELS[v]
    order = sorted(range(4), key=lambda i: -values[i])
    of = lambda kept: worth(model, video, tuple(sorted(kept)))[label]  # noqa: E731
    deletion = [of(order[4 - left :]) for left in range(5)]
    insertion = [of(order[:left]) for left in range(5)]
    freezing = [worth(model, video, frozen(order[4 - left :]))[label] for left in range(5)]
    unfreezing = [worth(model, video, frozen(order[:left]))[label] for left in range(5)]
    first = lambda kept: float(  # noqa: E731
        worth(model, video, tuple(sorted(kept))).argmax() == label
    )
    sets = [some for size in range(5) for some in combinations(range(4), size)]
    away = [(sum(values[i] for i in some), of(set(range(4)) - set(some))) for some in sets]
    correlations = [
        np.corrcoef(
            *np.array([pair for pair, some in zip(away, sets, strict=True) if len(some) == size]).T
        )[0, 1]
        for size in (1, 2, 3)
    ]
    positive = [max(value, 0) for value in values]
    whole = worth(model, video, (0, 1, 2, 3))[label]
    ranks = [np.argsort(np.argsort(of)) for of in (values, esv(model, video, label))]
    return {
        "deletion": deletion,
        "insertion": insertion,
        "frozen": freezing,
        "deletion_area": area(deletion),
        "insertion_area": area(insertion),
        "deletion_area_frozen": area(freezing),
        "insertion_area_frozen": area(unfreezing),
        "accuracy_deletion": area([first(order[4 - left :]) for left in range(5)]),
        "accuracy_insertion": area([first(order[:left]) for left in range(5)]),
        "keep_supporting": of([i for i in range(4) if values[i] > 0]),
        "average_drop": max(whole - of(order[:2]), 0) / whole,
        "sensitivity_n": -np.mean(correlations),  # what is left falls as what is lost rises
        "infidelity": np.mean([(credit - (whole - left)) ** 2 for credit, left in away]),
        "evidence_mass": sum(positive[i] for i in INSIDE[v]) / (sum(positive) or np.nan),
        "evidence_absolute_mass": sum(abs(values[i]) for i in INSIDE[v])
        / sum(abs(value) for value in values),
        "evidence_auroc": auroc(values, INSIDE[v]),
        "pointing": float(order[0] in INSIDE[v]),
        "efficiency_error": abs(sum(values) - (whole - PRIOR[label])),
        "spearman": np.corrcoef(*ranks)[0, 1],
        "kendall": sum(
            np.sign((ranks[0][i] - ranks[0][j]) * (ranks[1][i] - ranks[1][j]))
            for i, j in combinations(range(4), 2)
        )
        / 6,
    }


@pytest.fixture(scope="module")
def expected() -> dict[tuple[str, str], list[dict[str, object]]]:
    """By model and method: the measures of each video."""
    return {
        (model, method): [
            measured(model, v, DEFINITIONS[method](model, VIDEOS[v], FORMULA_LABELS[v]))
            for v in range(4)
        ]
        for model in MODELS
        for method in METHODS
    }


@pytest.fixture(scope="module")
def result() -> Result:
    studies = [closed_form.by_formula(model, (4,)) for model in MODELS]
    return comparison(studies, n_frames=4, methods=METHODS)


MORE_IS_BETTER = {
    "evidence_mass": True,
    "evidence_absolute_mass": True,
    "evidence_auroc": True,
    "pointing": True,
    "insertion_area": True,
    "deletion_area": False,
    "deletion_area_frozen": False,
    "insertion_area_frozen": True,
    "accuracy_deletion": False,
    "accuracy_insertion": True,
    "keep_supporting": True,
    "average_drop": False,
    "sensitivity_n": True,
    "infidelity": False,
}
# of which the scores are of the coalitions that ESVs are means of
OWN_GAME = (
    *("deletion_area", "insertion_area", "accuracy_deletion", "accuracy_insertion"),
    *("keep_supporting", "average_drop", "sensitivity_n", "infidelity"),
)
SANITY = ("model_randomisation", "random_logit", "noise_robustness")
ONE_NUMBER = (*MORE_IS_BETTER, "efficiency_error", "spearman", "kendall")


def test_the_metrics_are_of_esv_and_of_its_best_rival(result, expected) -> None:
    wanted = {}
    for model in MODELS:
        for measure, more in MORE_IS_BETTER.items():
            means = [mean([of[measure] for of in expected[model, method]]) for method in METHODS]
            wanted[f"{model}_esv_{measure}"] = means[0]
            wanted[f"{model}_best_rival_{measure}"] = (max if more else min)(means[1:])
    metrics = {name: result.metrics[name] for name in wanted}
    assert metrics == pytest.approx(wanted, abs=2e-6)
    for model in MODELS:
        assert result.metrics[f"{model}_esv_largest_efficiency_error"] < 1e-6


def test_the_closed_form_tells_the_rivals_apart(expected) -> None:
    """Else the best and the worst could be swapped unseen."""
    for model in MODELS:
        for measure in ("deletion_area", "insertion_area", "evidence_mass"):
            rivals = [mean([of[measure] for of in expected[model, one]]) for one in METHODS[1:]]
            if model == "trn":
                assert abs(rivals[0] - rivals[1]) > 1e-3


def test_the_best_rival_is_not_the_worst_nor_the_best_order() -> None:
    rows = [
        ("deletion_area", {"esv": 0.30, "integrated_gradients": 0.35, "gradcam": 0.45, "best order": 0.2}),
        ("insertion_area", {"esv": 0.80, "integrated_gradients": 0.75, "gradcam": 0.65, "best order": 0.9}),
        ("evidence_mass", {"esv": 0.60, "integrated_gradients": 0.70, "gradcam": 0.50}),
        ("efficiency_error", {"esv": 0.001, "integrated_gradients": 0.2, "gradcam": 0.3}),
    ]  # fmt: skip
    table = pd.DataFrame(
        {"measure": measure, "method": method, "mean": value, "low": value - 0.01, "largest": 9 * value}
        for measure, of_methods in rows
        for method, value in of_methods.items()
    )  # fmt: skip
    assert headline("trn", table) == pytest.approx(
        {
            "trn_esv_deletion_area": 0.30,
            "trn_best_rival_deletion_area": 0.35,
            "trn_esv_insertion_area": 0.80,
            "trn_best_rival_insertion_area": 0.75,
            "trn_esv_evidence_mass": 0.60,
            "trn_best_rival_evidence_mass": 0.70,
            "trn_esv_largest_efficiency_error": 0.009,
        }
    )


def ends(measure: str) -> tuple[float, float]:
    """What its means lie between."""
    if measure in ("spearman", "kendall", "sensitivity_n"):
        return -1, 1
    return 0, np.inf if measure in ("efficiency_error", "infidelity") else 1


def test_the_table_of_measures(result, expected) -> None:
    table = result.tables["measures"].set_index(["model", "method", "measure"])
    for (model, method), of_videos in expected.items():
        for measure in ONE_NUMBER:
            values = [of[measure] for of in of_videos]
            row = table.loc[(model, method, measure)]
            assert row[["mean", "low", "high", "largest"]].tolist() == pytest.approx(
                [mean(values), *within(interval(values), *ends(measure)), np.nanmax(values)],
                abs=2e-6,
            )
            assert row["videos"] == np.isfinite(values).sum()


def test_the_areas_of_the_best_order_bound_all_others(result) -> None:
    table = result.tables["measures"].set_index(["model", "method", "measure"])["mean"]
    for model in MODELS:
        lowest, highest = [], []
        for video, label in zip(VIDEOS, FORMULA_LABELS, strict=True):
            areas = [
                area([worth(model, video, tuple(sorted(order[:k])))[label] for k in range(5)])
                for order in permutations(range(4))
            ]
            lowest.append(min(areas))
            highest.append(max(areas))
        assert table[model, "best order", "deletion_area"] == pytest.approx(mean(lowest), abs=1e-6)
        assert table[model, "best order", "insertion_area"] == pytest.approx(
            mean(highest), abs=1e-6
        )


def test_the_differences_are_esv_minus_rival_and_say_who_is_better(result, expected) -> None:
    table = result.tables["differences"]
    checks = table["measure"].isin(SANITY)
    n_verdicts = 2 * len(MORE_IS_BETTER)
    assert len(table) == 2 * n_verdicts + checks.sum()
    table = table[~checks].set_index(["model", "rival", "measure"])
    for model in ("tsn", "trn"):  # Holm's, over those of a model
        of_model = table.loc[model].sort_values("p")
        times = [of_model["p"].iloc[i] * (n_verdicts - i) for i in range(n_verdicts)]
        corrected = [min(max(times[: i + 1]), 1) for i in range(n_verdicts)]
        assert of_model["p_holm"].tolist() == pytest.approx(corrected)
    for (model, rival, measure), row in table.iterrows():
        values = [
            a[measure] - b[measure]
            for a, b in zip(expected[model, "esv"], expected[model, rival], strict=True)
        ]
        low, high = interval(values)
        ends = row[["difference", "low", "high"]].tolist()
        assert ends == pytest.approx([mean(values), low, high], abs=2e-6)
        deviation = np.std(values, ddof=1)
        if deviation > 1e-5:  # else of rounding errors
            distance = abs(mean(values)) / (deviation / 2)  # √4 videos
            assert row["p"] == pytest.approx(2 * stats.t.sf(distance, 3), rel=1e-3)
        won = (mean(values) > 0) == MORE_IS_BETTER[measure]
        told_apart = row["p_holm"] < 0.05
        says = "better" if won else "worse"
        assert row["esv_is"] == (says if told_apart else "not told apart")


@pytest.mark.parametrize(
    ("measure", "ours", "says"),
    [
        ("insertion_area", (0.10, 0.06), "better"),
        ("insertion_area", (0.01, 0.05), "worse"),
        ("deletion_area", (0.01, 0.05), "better"),
        ("deletion_area", (0.10, 0.06), "worse"),
        ("deletion_area", (0.05, 0.05), "not told apart"),
    ],
)
def test_better_is_higher_for_insertion_and_lower_for_deletion(measure, ours, says) -> None:
    values = np.array([[0.5] * 9, [ours[0]] * 9, [ours[1]] * 9])
    compared = xr.Dataset(
        {measure: (("method", "video"), values)},
        {"method": ["best order", "esv", "leave_one_out"]},
    )
    (row,) = paired_differences(compared).itertuples()
    assert (row.rival, row.esv_is) == ("leave_one_out", says)
    assert row.difference == pytest.approx(ours[0] - ours[1])


def test_the_sentences_name_who_is_not_beaten() -> None:
    rows = [
        ("evidence_mass", "a", 0.10, 0.05, 0.15, "better"),
        ("evidence_mass", "b", 0.20, 0.15, 0.25, "better"),
        ("deletion_area", "a", -0.10, -0.15, -0.05, "better"),
        ("deletion_area", "b", 0.01, -0.02, 0.04, "not told apart"),
        ("insertion_area", "a", -0.10, -0.15, -0.05, "worse"),
        ("insertion_area", "b", 0.01, -0.02, 0.04, "not told apart"),
    ]
    columns = ["measure", "rival", "difference", "low", "high", "esv_is"]
    paired = pd.DataFrame(rows, columns=columns)
    of_one_training = verdicts(paired, {"a": "A", "b": "B"})
    assert of_one_training[0] == "evidence mass: ESV is ahead of every rival"
    assert "better" not in " ".join(of_one_training)
    assert list(verdicts(paired.assign(seeds=5), {"a": "A", "b": "B"})) == [
        "evidence mass: ESV is better than every rival",
        "deletion area: ESV is no better than B (+0.010 [−0.020, +0.040]), better than all others",
        "insertion area: ESV is worse than A (−0.100 [−0.150, −0.050]), "
        "no better than B (+0.010 [−0.020, +0.040])",
    ]


def test_each_model_has_a_line_of_its_own_numbers(result) -> None:
    lines = {line[:3]: line for line in result.findings}
    assert list(lines) == ["TSN", "TRN"]
    table = result.tables["differences"]
    table = table[~table["measure"].isin(SANITY)]
    errors = result.tables["measures"].set_index(["measure", "model", "method"])
    for model in MODELS:
        of_model = table[(table["model"] == model) & table["p_holm"].notna()]
        counts = [
            (of_model["esv_is"] == word).sum() for word in ("better", "worse", "not told apart")
        ]
        assert (
            f"of {len(of_model)} comparisons with a rival by a measure ESV is ahead in {counts[0]}, "
            f"behind in {counts[1]}, and not told apart in {counts[2]}, on this training"
        ) in lines[model.upper()]
        own = of_model["measure"].isin(OWN_GAME)
        ahead = of_model["esv_is"] == "better"
        assert (
            f"(one seed); in the game whose mean its values are it is ahead in "
            f"{(ahead & own).sum()} of {own.sum()}, in others in {(ahead & ~own).sum()} of "
            f"{(~own).sum()}. It misses"
        ) in lines[model.upper()]
        own = errors.loc[("efficiency_error", model, "esv"), "mean"]
        assert f"score minus the prior by {number(own)} on average" in lines[model.upper()]


def test_the_verdicts_name_every_rival_that_is_not_beaten_with_its_numbers(result) -> None:
    table = result.tables["differences"]
    table = table[~table["measure"].isin(SANITY)]
    said = result.tables["verdicts"].groupby("model")["verdict"].agg(" ".join)
    for row in table[table["esv_is"] != "better"].itertuples():
        numbers = f"({row.difference:+.3f} [{row.low:+.3f}, {row.high:+.3f}])".replace("-", "−")
        numbers = re.sub(r"[+−]0\.000", "0", numbers)  # none has neither sign nor digits
        assert numbers in said[row.model]
    errors = result.tables["measures"].set_index(["measure", "model", "method"])
    for model in MODELS:
        row = errors.loc[("efficiency_error", model, "leave_one_out")]
        numbers = f"{number(row['mean'])} on average, {number(row['largest'])} at most"
        assert f"leave-one-out {numbers}" in said[model]


def test_the_credit_of_a_doubled_element(result) -> None:
    table = result.tables["duplicates"].set_index(["model", "method", "measure"])
    for model in MODELS:
        for method in METHODS:
            credit, pair, larger, before, after = [], [], [], [], []
            for video, label in zip(VIDEOS, FORMULA_LABELS, strict=True):
                values = DEFINITIONS[method](model, video, label)
                top = int(values.argmax())
                twice = np.insert(video, top, video[top], axis=0)
                doubled = DEFINITIONS[method](model, twice, label)
                credit.append(values[top])
                pair.append(doubled[top] + doubled[top + 1])
                larger.append(max(doubled[top], doubled[top + 1]))
                before.append(values.sum())
                after.append(doubled.sum())
            ratios = {
                "kept": sum(pair) / sum(credit),
                "larger_share": sum(larger) / sum(pair),
                "total": sum(after) / sum(before),
            }
            for measure, ratio in ratios.items():
                assert table.loc[(model, method, measure), "mean"] == pytest.approx(ratio, rel=1e-4)


def test_of_unequal_copies_the_larger_ones_share() -> None:
    before = np.array([[0.1, 0.4, 0.2], [0.3, 0.1, 0.0]])
    after = np.array([[0.1, 0.2, 0.3, 0.2], [0.2, 0.0, 0.1, 0.1]])
    table = shared_credit(credit_of_copies(before, after, np.array([1, 0])))
    expected = {
        "kept": (0.5 + 0.2) / (0.4 + 0.3),
        "larger_share": (0.3 + 0.2) / (0.5 + 0.2),
        "total": (0.8 + 0.4) / (0.7 + 0.4),
    }
    assert table.set_index("measure")["mean"].to_dict() == pytest.approx(expected)


def test_what_the_length_alone_does(result, expected) -> None:
    table = result.tables["length"].set_index(["model", "removal", "left"])
    for model in MODELS:
        for left in range(5):
            deleted = [of["deletion"][left] for of in expected[model, "esv"]]
            freezing = [of["frozen"][left] for of in expected[model, "esv"]]
            for removal, values in (
                ("deleted", deleted),
                ("frozen", freezing),
                ("difference", np.subtract(deleted, freezing)),
            ):
                row = table.loc[(model, removal, left)]
                assert row[["score", "low", "high"]].tolist() == pytest.approx(
                    [mean(values), *interval(values)], abs=1e-6
                )


def test_the_dots_of_the_figure(result, expected) -> None:
    titles = {
        "Ranks as ESV's": "spearman",
        "Evidence mass high is good": "evidence_mass",
        "Deletion area low is good": "deletion_area",
        "Insertion area high is good": "insertion_area",
        "Deletion area, frozen low is good": "deletion_area_frozen",
    }
    panels = {figure_data.title(axes): axes for axes in result.figures["comparison"].axes}
    assert titles.keys() < panels.keys()
    # where all methods have one value there is nothing to see
    assert len({mean([of["pointing"] for of in expected["trn", one]]) for one in METHODS}) == 1
    assert "Pointing game high is good" not in panels
    rows = ["ESV", "Integrated Gradients", "leave-one-out"]
    assert figure_data.y_ticks(result.figures["comparison"].axes[0]) == rows
    for title, measure in titles.items():
        for model, colour in (("tsn", TSN_COLOUR), ("trn", TRN_COLOUR)):
            dots = [
                (x, y)
                for x, y, own, style in figure_data.lines(panels[title])
                if own == colour and style == "None"
            ]
            ((x, y),) = dots
            means = [mean([of[measure] for of in expected[model, one]]) for one in METHODS]
            assert x == pytest.approx(means, abs=2e-6)
            shift = -0.15 if model == "tsn" else 0.15
            assert y == pytest.approx([0 + shift, 1 + shift, 2 + shift])


def test_the_curves_of_the_figure(result, expected) -> None:
    grid = result.figures["curves"].axes
    colours = {"esv": INDIGO, "integrated_gradients": WINE, "leave_one_out": OLIVE}
    for row, model in enumerate(MODELS):
        for column, curve in enumerate(("deletion", "insertion")):
            axes = grid[3 * row + column]
            assert figure_data.title(axes) == f"{model.upper()}: {curve}"
            for method, colour in colours.items():
                along = np.array([of[curve] for of in expected[model, method]])
                x, y = figure_data.line(axes, colour)
                assert x == [0, 1, 2, 3, 4]
                assert y == pytest.approx(along.mean(0).tolist(), abs=1e-6)
        alone = grid[3 * row + 2]
        for style, colour, curve in (("-", INDIGO, "deletion"), ("--", BLACK, "frozen")):
            along = np.array([of[curve] for of in expected[model, "esv"]])
            y = figure_data.line(alone, colour, style)[1]
            assert y == pytest.approx(along.mean(0).tolist(), abs=1e-6)


def test_the_lines_that_answer_the_mouse_are_of_each_model(result, expected) -> None:
    assert set(result.interactive) == {"curves_tsn", "curves_trn"}
    for model in MODELS:
        traces = {trace.name: trace for trace in result.interactive[f"curves_{model}"]().data}
        along = np.array([of["deletion"] for of in expected[model, "leave_one_out"]])
        assert list(traces["leave-one-out deletion"].y) == pytest.approx(
            along.mean(0).tolist(), abs=1e-6
        )


def test_naive_methods_score_as_chance_does() -> None:
    studies = [closed_form.by_formula("trn", (4,))]
    table = comparison(studies, n_frames=4, methods=["esv", "centre", "uniform"]).tables["measures"]
    rows = table.set_index(["method", "measure"])["mean"]
    # inside are 3, 3, 4 and 2 of four elements
    assert rows["uniform", "evidence_mass"] == pytest.approx((3 + 3 + 4 + 2) / 16)
    assert rows["uniform", "pointing"] == pytest.approx((3 + 3 + 4 + 2) / 16)
    # weights of the centre are 1, 2, 2, 1 over 6
    assert rows["centre", "evidence_mass"] == pytest.approx((5 + 5 + 6 + 4) / 24)
    assert rows["centre", "pointing"] == pytest.approx(1)


def test_the_planted_are_in_no_table_of_rivals_and_have_one_of_their_own(result, expected) -> None:
    planted = {"negated", "shuffled", "class_blind", "model_blind"}
    for name in ("measures", "differences", "duplicates", "methods"):
        table = result.tables[name]
        assert not planted & set(table["rival" if name == "differences" else "method"])
    table = result.tables["planted"].set_index(["model", "measure", "planted"])
    for model in MODELS:
        esvs = [esv(model, *of_video) for of_video in zip(VIDEOS, FORMULA_LABELS, strict=True)]
        negated = [measured(model, v, -values) for v, values in enumerate(esvs)]
        for measure in ("deletion_area", "insertion_area_frozen", "sensitivity_n", "infidelity"):
            row = table.loc[(model, measure, "negated")]
            own = mean([of[measure] for of in expected[model, "esv"]])
            bad = mean([of[measure] for of in negated])
            assert row[["esv", "bad", "difference"]].tolist() == pytest.approx(
                [own, bad, own - bad], abs=2e-6
            )
            assert row["caught"]
        assert table.loc[(model, "random_logit", "class_blind"), "bad"] == pytest.approx(1)
        assert table.loc[(model, "model_randomisation", "model_blind"), "bad"] == pytest.approx(1)
        of_model = result.tables["planted"][result.tables["planted"]["model"] == model]
        said = f"{of_model['caught'].sum()} of {len(of_model)} planted bad attributions are caught"
        assert any(said in line for line in result.findings)


def test_a_rerun_gives_the_same_numbers_and_verdicts(result) -> None:
    torch.manual_seed(7)  # nothing is drawn from what others may have moved
    studies = [closed_form.by_formula(model, (4,)) for model in MODELS]
    again = comparison(studies, n_frames=4, methods=METHODS)
    for name in ("differences", "verdicts", "planted", "measures"):
        pd.testing.assert_frame_equal(again.tables[name], result.tables[name], check_exact=True)


def test_every_measure_that_was_taken_says_whose_game_it_is_scored_in(result) -> None:
    table = result.tables["presumptions"].set_index("measure")
    assert set(table.index) == {*ONE_NUMBER, *SANITY}
    assert "frozen" in table.loc["insertion_area_frozen", "scored_in"]
    assert table.loc["average_drop", "better"] == "less"


def test_a_method_without_what_it_needs_is_left_out_and_said() -> None:
    methods = ["esv", "leave_one_out", "attention_rollout", "hirescam"]
    studies = [closed_form.by_formula("trn", (4,))]
    answer = comparison(studies, n_frames=4, methods=methods, measures=["infidelity"])
    assert set(answer.tables["measures"]["method"]) == {"esv", "leave_one_out", "best order"}
    assert "sensitivity_n" not in set(answer.tables["measures"]["measure"])
    for said in (
        "Left out, needing attention between all tokens of a clip, as VideoMAE and ViViT have it: "
        "attention rollout.",
        "Left out, needing a backbone and the pictures of single frames: HiResCAM.",
    ):
        assert said in answer.summary
    assert answer.tables["methods"].set_index("method")["models"].to_dict() == {
        "esv": 1,
        "leave_one_out": 1,
        "attention_rollout": 0,
        "hirescam": 0,
    }


def test_the_panels_of_the_contest_and_the_names_of_naive_methods(result) -> None:
    studies = [closed_form.by_formula("trn", (4,))]
    answer = comparison(studies, n_frames=4, methods=["esv", "centre"])
    figure = answer.figures["contest"]
    panels = [figure_data.title(axes) for axes in figure.axes]
    for title in (
        "Sensitivity-n high is good",
        "Infidelity low is good",
        "Random logit low is good",
    ):
        assert title in panels
    colours = [str(label.get_color()) for label in figure.axes[0].get_yticklabels()]
    assert colours == ["#000000", "0.5"]


def test_of_a_score_that_never_changes_nothing_is_told_apart_and_nothing_fails() -> None:
    """Logits are the prior's whatever is shown, so that all ESVs are 0."""
    study = closed_form.by_formula("tsn", (4,))
    with torch.no_grad():
        study.head.classifier.weight.zero_()
        study.head.classifier.bias.copy_(torch.tensor(PRIOR).log())
    study.stores[4]["esv"].values[:] = 0
    study.stores[4]["score"].values[:] = PRIOR
    answer = comparison([study], n_frames=4, methods=["esv", "leave_one_out", "banzhaf"])
    games = answer.tables["differences"].dropna(subset="p_holm")
    assert len(games) and set(games["esv_is"]) == {"not told apart"}
    # no attribution is positive, and ranks of equal ones are none: there is no such number
    taken = set(answer.tables["measures"]["measure"])
    assert not taken & {"evidence_mass", "sensitivity_n", "spearman", "random_logit"}
    assert np.isfinite(list(answer.metrics.values())).all()
    assert "tsn_esv_evidence_mass" not in answer.metrics
    assert not answer.tables["planted"]["caught"].any()
    assert "ahead in 0, behind in 0" in answer.findings[0]


def test_of_one_class_no_other_can_be_asked_for() -> None:
    from playfair.experiments.attributor import Attributor, Clips

    study = closed_form.by_formula("tsn", (4,))
    attributed = Attributor(study)
    clips = Clips(
        torch.from_numpy(VIDEOS).float(), torch.zeros(4, dtype=torch.long), None, np.empty(0), None
    )
    assert attributed.anew(clips, np.ones(4, dtype=bool))("esv", "class") is not None
    attributed.prior = torch.ones(1)
    assert attributed.anew(clips, np.ones(4, dtype=bool))("esv", "class") is None
