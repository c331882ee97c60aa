"""`experiment=approximation` on the heads in closed form: estimates that are drawn once more, each
against exact values by the definition."""

import numpy as np
import pandas as pd
import pytest
import torch

import playfair
from playfair.experiments.approximation import approximation, headline
from playfair.experiments.approximation_words import verdicts
from playfair.report.figures.approximation import approximation_figure
from playfair.result import Result
from tests.golden import closed_form, figure_data
from tests.golden.closed_form import FEATURES, FORMULA_LABELS, PRIOR, shapley
from tests.golden.figure_data import BLACK, INDIGO
from tests.golden.interval import interval, mean, within

OURS = {"tsn": "kernel", "trn": "surrogate"}
BUDGETS = {"tsn": 32, "trn": 20}
SMALL = {"tsn": 29, "trn": 18}  # the least that the estimators of 6 elements accept
REPEATS = 2


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {
        model: approximation(
            [closed_form.by_formula(model, ())],
            frames=[5, 6],
            budgets=[SMALL[model], budget, 2**6],  # the last lists all: it is left out
            n_videos=4,
            repeats=REPEATS,
        )
        for model, budget in BUDGETS.items()
    }


def by_video(model: str, estimator: str, n: int, budget: int) -> pd.DataFrame:
    """Of the estimates with the documented seeds: what each video's errors are."""
    head, rows = closed_form.HEADS[model](), []
    for v, (video, label) in enumerate(zip(np.array(FEATURES), FORMULA_LABELS, strict=True)):
        exact = shapley(model, video[:n].astype(float))
        features = torch.from_numpy(video[None, :n].astype(np.float32))
        draws = []
        for seed in range(v * REPEATS, (v + 1) * REPEATS):
            found = playfair.explain(
                head,
                features,
                torch.tensor(PRIOR, dtype=torch.float64),
                budget=budget,
                estimator=estimator,
                generator=torch.Generator().manual_seed(seed),
            )
            esv = found.esv[0].double().numpy()
            stderr = None if found.stderr is None else found.stderr[0].double().numpy()
            draws.append(
                {
                    "mse": ((esv - exact) ** 2).mean(),
                    "covered": None
                    if stderr is None
                    else (abs(esv - exact) < 1.96 * stderr).mean(),
                    "correlation": np.corrcoef(esv[:, label], exact[:, label])[0, 1],
                }
            )
        rows.append({"square": (exact**2).mean(), **pd.DataFrame(draws).mean().to_dict()})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("model", ["tsn", "trn"])
def test_the_metrics_are_of_the_most_elements_and_the_largest_budget(results, model: str) -> None:
    expected = {}
    for role, estimator in (("recommended", OURS[model]), ("published", "constructive")):
        of_videos = by_video(model, estimator, 6, BUDGETS[model])
        expected[f"{model}_{role}_error"] = of_videos["mse"].sum() / of_videos["square"].sum()
        expected[f"{model}_{role}_correlation"] = of_videos["correlation"].mean()
        if role == "recommended":  # the other states no errors
            expected[f"{model}_{role}_coverage"] = of_videos["covered"].mean()
    assert results[model].metrics == pytest.approx(expected, rel=1e-3)
    assert expected[f"{model}_recommended_error"] != pytest.approx(
        expected[f"{model}_published_error"], rel=0.1
    )


@pytest.mark.parametrize("model", ["tsn", "trn"])
def test_the_table_has_a_row_for_every_budget_and_estimator(results, model: str) -> None:
    table = results[model].tables["approximation"]
    kept = [(5, 29), (6, 29), (6, 32)] if model == "tsn" else [(6, 18), (6, 20)]
    # of TRN's two scales 5 elements have 5 + 10 evaluations, 6 have 6 + 15
    rows = [(n, budget, name) for n, budget in kept for name in (OURS[model], "constructive")]
    found = table[["frames", "budget", "estimator"]].itertuples(index=False)
    assert [tuple(row) for row in found] == rows
    row = table.iloc[-2]
    of_videos = by_video(model, OURS[model], 6, BUDGETS[model])
    assert row["mse"] == pytest.approx(mean(of_videos["mse"]), rel=1e-3)
    assert (row["mse_low"], row["mse_high"]) == pytest.approx(
        within(interval(of_videos["mse"]), 0, np.inf), rel=1e-3
    )
    assert (row["coverage_low"], row["coverage_high"]) == pytest.approx(
        within(interval(of_videos["covered"]), 0, 1), rel=1e-3
    )


def made_up() -> pd.DataFrame:
    """Numbers that tell where they stand: the model, the elements, the budget, the estimator."""
    rows = []
    for model, ours in (("tsn", "stratified"), ("trn", "surrogate")):
        for frames in (16, 8):
            for budget in (900, 100):
                for name in (ours, "constructive"):
                    number = 0.1 * (model == "trn") + 0.01 * (frames == 16)
                    exact_ms = 100 * (number + 0.001)  # whatever is estimated beside it
                    number += 0.2 * (budget == 900) + 0.4 * (name == "constructive") + 0.001
                    row = {"model": model, "frames": frames, "budget": budget, "estimator": name}
                    row |= {"ms": 10 * number, "exact_ms": exact_ms}
                    for place, measure in enumerate(("error", "correlation", "coverage")):
                        row[measure] = number + 0.003 * place
                        row[f"{measure}_low"] = row[measure] - 0.03
                        row[f"{measure}_high"] = row[measure] + 0.04
                    rows.append(row)
    return pd.DataFrame(rows)


def test_the_headline_tells_the_recommended_from_the_published() -> None:
    assert headline(made_up()) == pytest.approx(
        {
            "tsn_recommended_error": 0.211,
            "tsn_recommended_correlation": 0.214,
            "tsn_recommended_coverage": 0.217,
            "tsn_published_error": 0.611,
            "tsn_published_correlation": 0.614,
            "tsn_published_coverage": 0.617,
            "trn_recommended_error": 0.311,
            "trn_recommended_correlation": 0.314,
            "trn_recommended_coverage": 0.317,
            "trn_published_error": 0.711,
            "trn_published_correlation": 0.714,
            "trn_published_coverage": 0.717,
        }
    )


def test_a_sentence_for_each_model() -> None:
    assert verdicts(made_up()) == [
        "TSN, 16 frames, budget 900: mean squared error over that of an estimate of 0: "
        "stratified 0.211 [0.181, 0.251], coverage 0.217 [0.187, 0.257]; "
        "constructive 0.611 [0.581, 0.651], coverage 0.617 [0.587, 0.657], on this training (one seed).",
        "TRN, 16 frames, budget 900: mean squared error over that of an estimate of 0: "
        "surrogate 0.311 [0.281, 0.351], coverage 0.317 [0.287, 0.357]; "
        "constructive 0.711 [0.681, 0.751], coverage 0.717 [0.687, 0.757], on this training (one seed).",
    ]
    assert verdicts(made_up().assign(seeds=5))[1].endswith("0.757], over 5 trainings.")


def test_the_recommended_estimator_is_indigo_and_the_published_black() -> None:
    figure = approximation_figure(made_up())
    axes = figure.axes[4]  # TRN's error; 16 elements are drawn solid, 8 dashed
    assert figure_data.title(axes) == "TRN: error"
    for colour, style, expected in (
        (INDIGO, "-", [0.311, 0.111]),
        (BLACK, "-", [0.711, 0.511]),
        (INDIGO, "--", [0.301, 0.101]),
        (BLACK, "--", [0.701, 0.501]),
    ):
        x, y = figure_data.line(axes, colour, style)
        assert x == [900, 100]
        assert y == pytest.approx(expected)
    ends = [(low, high) for _, low, high in figure_data.whiskers(axes)]
    assert (pytest.approx(0.281), pytest.approx(0.351)) in ends
    named = {
        text.get_text(): figure_data.to_hex(handle.get_color())
        for text, handle in zip(
            figure.legends[0].get_texts(), figure.legends[0].get_lines(), strict=True
        )
    }
    assert named["recommended (stratified, surrogate)"] == INDIGO
    assert named["published (constructive)"] == BLACK


def test_the_time_of_exact_values_is_grey_beside_the_estimates() -> None:
    axes = approximation_figure(made_up()).axes[7]  # TRN's time
    assert figure_data.title(axes) == "TRN: time"
    assert figure_data.line(axes, INDIGO)[1] == pytest.approx([3.11, 1.11])
    grey = figure_data.to_hex("0.65")
    exact = [y for _, y, colour, style in figure_data.lines(axes) if (colour, style) == (grey, "-")]
    assert exact == [pytest.approx([11.1, 11.1])]  # across the panel, of 16 frames
