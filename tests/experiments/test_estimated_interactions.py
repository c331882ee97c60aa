"""`experiment=interactions` of more elements than exact values are known of: estimates, and said."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from playfair import TSN
from playfair.experiments.interactions import estimated
from playfair.models.multiscale import multiscale_trn
from playfair.report.figures.interactions import heat_maps_figure
from playfair.steps.interactions import (
    CONTRAST,
    ORDER,
    OWN,
    STDERR,
    estimated_measures,
    three_measures,
)

PRIOR = torch.tensor([0.4, 0.4, 0.2])
LABEL, TWIN = np.array([0, 1]), np.array([1, -1])


def features(n_elements: int) -> torch.Tensor:
    return torch.randn(2, n_elements, 6, generator=torch.Generator().manual_seed(0))


def heads() -> dict[str, torch.nn.Module]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tsn, trn = TSN(6, 3).eval(), multiscale_trn(3, 6, 8, 3).eval()
    tsn.classifier.weight.data.mul_(6)
    return {"tsn": tsn, "trn": trn}


@pytest.mark.parametrize("name", ["tsn", "trn"])
def test_the_measures_are_near_the_exact_ones_and_hold_them_within_their_errors(name: str) -> None:
    head = heads()[name]
    exact = three_measures(head, features(9), PRIOR, LABEL, TWIN)
    budget = 250 if name == "tsn" else 100
    ours = estimated_measures(head, features(9), PRIOR, LABEL, TWIN, None, budget)
    pairs = np.triu_indices(9, 1)
    off = np.abs(ours[OWN] - exact[OWN])[:, *pairs]
    assert (off <= 1.96 * ours[STDERR][:, *pairs] + 1e-6).mean() > 0.9
    for measure in (OWN, ORDER):
        assert np.abs(ours[measure] - exact[measure]).mean() < 0.02
    assert np.isnan(ours[CONTRAST][1]).all() and np.isfinite(ours[CONTRAST][0]).all()


def test_nothing_of_a_tsns_estimates_depends_on_order() -> None:
    ours = estimated_measures(heads()["tsn"], features(22), PRIOR, LABEL, TWIN, None, 400)
    assert np.abs(ours[ORDER]).max() < 1e-5 < np.abs(ours[OWN]).max()


def test_it_is_said_that_they_are_estimates_and_how_far_off() -> None:
    own = np.full((2, 3, 3), 0.4)
    stderr = np.full((2, 3, 3), 0.03)
    stderr[1] = np.nan
    sentence, numbers = estimated("trn", own, stderr, 1000)
    assert sentence == (
        "TRN: estimates, from 1,000 evaluations of a clip: a pair's standard error is 0.03 (root "
        "mean square), of interactions of 0.4; means over clips take it in."
    )
    assert numbers == pytest.approx({"trn_stated_error": 0.03})
    sentence, numbers = estimated("trn", own, np.full((2, 3, 3), np.nan), 1000)
    assert "whose standard errors are not known" in sentence and not numbers


LONG = ("n_frames=22", "dataset.short=repeat", "estimator=sampled", "estimator.budget=300")


@pytest.mark.whole
def test_the_command_says_what_was_found_and_that_it_is_estimated(tiny) -> None:
    done = tiny("experiment=interactions", *LONG)
    assert done.returncode == 0, done.stderr
    run = max((tiny.folder / "outputs/synthetic/runs").glob("interactions_*"), key=stamp)
    *_, found, estimates = json.loads((run / "about.json").read_text())["findings"]
    assert found.startswith("TRN: one frame before and one after the middle")
    assert estimates.startswith("TRN: estimates, from 300 evaluations of a clip: a pair's standard")
    error = json.loads((run / "metrics.json").read_text())["trn_stated_error"]
    assert 0 < error < 1 and f"is {error:.2g} (root" in estimates
    pairs = pd.read_csv(run / "pairs.csv").query("model == 'trn' and measure == 'order'")
    assert len(pairs) == 22 * 21 / 2


@pytest.mark.whole
def test_a_plan_of_more_frames_is_of_estimates_and_leaves_out_what_needs_exact_ones(tiny) -> None:
    done = tiny("experiment=plan", *LONG)
    assert done.returncode == 0, done.stderr
    run = max((tiny.folder / "outputs/synthetic/runs").glob("plan_*"), key=stamp)
    hours = pd.read_csv(run / "stages.csv").groupby("stage")["hours"].sum()
    assert hours["interactions"] > 0 and "comparison" not in hours
    page = (run / "report.html").read_text()
    assert "What the single experiments take" in page
    assert "and the comparison, which is of up to 20 frames" in page
    refused = tiny("experiment=plan", "n_frames=22")
    assert refused.returncode == 2 and "estimator=sampled" in refused.stderr


def stamp(run: Path) -> float:
    return run.stat().st_mtime


def test_a_map_of_many_frames_names_few_of_them() -> None:
    first, second = np.triu_indices(32, 1)
    pairs = pd.DataFrame(
        {"measure": "order", "first": first, "second": second, "mean": 0.1, "none": False}
    )
    axes = heat_maps_figure({"trn": pairs}).axes[0]
    assert [int(label.get_text()) for label in axes.get_xticklabels()] == list(range(0, 32, 3))
