"""`experiment=prior` and a dead zone on the hand-written stores, counted by hand."""

import json

import numpy as np
import pytest

from playfair.experiments.classes import classes
from playfair.experiments.position import position
from playfair.experiments.prior import prior
from playfair.experiments.support import support
from playfair.result import Result
from tests.golden import closed_form, figure_data
from tests.golden.closed_form import LABELS, PRIOR

# TRN's scores: up 95 70 20 75 15 30; down 5 30 60 15 15 65; Poking 0 0 20 10 70 5
MEAN_OUTPUT = (305 / 600, 190 / 600, 105 / 600)


@pytest.fixture(scope="module")
def result() -> Result:
    return prior(closed_form.tsn_and_trn(), n_frames=4)


def moved(priors: object) -> np.ndarray:
    """The hand-written ESVs of TRN's true classes from other priors, probability."""
    own = np.array([PRIOR[label] for label in LABELS])
    other = np.array([priors[label] for label in LABELS])
    return closed_form.true_class("trn") / 100 + ((own - other) / 4)[:, None]


@pytest.mark.parametrize(
    ("name", "priors"),
    [
        ("training frequencies", PRIOR),
        ("uniform", (1 / 3, 1 / 3, 1 / 3)),
        ("mean output", MEAN_OUTPUT),
    ],
)
def test_the_measures_of_each_prior(result, name: str, priors: object) -> None:
    table = result.tables["prior"]
    table = table[(table["prior"] == name) & (table["model"] == "trn")].set_index("measure")
    esvs = moved(priors)
    before = closed_form.true_class("trn")
    assert table.loc["supporting", "mean"] == pytest.approx((esvs > 0).mean())
    assert table.loc["distracting", "mean"] == pytest.approx((esvs < 0).mean())
    strongest = [of.max() for of in esvs if of.max() > 0]
    assert table.loc["strongest_supporting", "mean"] == pytest.approx(np.mean(strongest))
    changed = (np.sign(esvs.round(9)) != np.sign(before)).mean()
    assert table.loc["changed_sides", "mean"] == pytest.approx(changed)
    key = f"trn_supporting_{name.replace(' ', '_')}"
    assert result.metrics[key] == pytest.approx((esvs > 0).mean())


def test_some_of_them_in_numbers(result) -> None:
    # uniform: up + (1/2 − 1/3) / 4 = + 4.2 hundredths, down and Poking (1/4 − 1/3) / 4 = − 2.1.
    # up: only 601's 0; (−5, −5 of 602 stay below): 1 changes; down: none of 5, 10, 30, −10, −5,
    # −20, 15 but 604's 0; Poking: −2 stays below: 2 of 24
    metrics = result.metrics
    assert metrics["trn_changed_sides_uniform"] == pytest.approx(2 / 24)
    assert metrics["trn_moved_uniform"] == pytest.approx((2 / 24 - 4 / 48) / 6)
    assert metrics["trn_changed_sides_training_frequencies"] == 0


def test_no_interval_of_a_share_leaves_0_to_1(result) -> None:
    table = result.tables["prior"]
    shares = table[
        table["measure"].isin(["supporting", "distracting", "changed_sides"])
        & table["model"].isin(["tsn", "trn"])
    ]
    assert len(shares) == 3 * 3 * 2
    assert (shares["low"] >= 0).all() and (shares["high"] <= 1).all()
    own = support(closed_form.tsn_and_trn(), n_frames=4).tables["support"]
    at = shares[shares["prior"] == "training frequencies"].set_index(["model", "measure"])
    for row in own[own["measure"].isin(["supporting", "distracting"])].itertuples():
        if row.model in ("tsn", "trn"):
            ends = at.loc[(row.model, row.measure)]
            assert (row.low, row.high) == pytest.approx((ends["low"], ends["high"]))


def test_the_sentence_and_the_bars(result) -> None:
    (sentence,) = (line for line in result.findings if line.startswith("TRN"))
    assert "with a uniform as prior" not in sentence
    assert "with a uniform prior 8.3 %" in sentence
    assert "at most, on this training (one seed)" in sentence
    axes = result.figures["prior"].axes[0]
    assert figure_data.heights(axes, figure_data.TRN_COLOUR)[0] == pytest.approx(12 / 24)
    assert figure_data.x_ticks(axes) == ["training frequencies", "uniform", "mean output"]


def test_in_a_dead_zone_nothing_supports_or_distracts() -> None:
    metrics = support(closed_form.tsn_and_trn(), n_frames=4, dead_zone=0.055).metrics
    # above 5.5: 40, 20; 10, 20; 10, 30; 15; 25, 10; below −5.5: −15; −10; −20; −8
    assert metrics["trn_supporting"] == pytest.approx(9 / 24)
    assert metrics["trn_distracting"] == pytest.approx(4 / 24)
    assert metrics["trn_strongest_distracting"] == pytest.approx(-0.01 * (15 + 10 + 20 + 8) / 4)
    result = position(closed_form.tsn_and_trn(), n_frames=4, dead_zone=0.055)
    assert "up to an |ESV| of 0.055 it is neither" in result.summary
    rows = result.tables["extremes"].set_index(["model", "measure"])
    # of 602, whose worst is −5, nothing distracts now: 601's first, 603's last, 604's second,
    # 606's last
    assert rows.loc[("trn", "distracting_first"), "mean"] == pytest.approx(1 / 4)
    assert rows.loc[("trn", "distracting_last"), "mean"] == pytest.approx(2 / 4)


@pytest.mark.parametrize("zone", [-0.1, 1.0, float("nan")])
def test_what_is_no_dead_zone_is_told(zone: float) -> None:
    with pytest.raises(ValueError, match="experiment.dead_zone=0.01"):
        support(closed_form.tsn_and_trn(), n_frames=4, dead_zone=zone)


def test_groups_of_classes_are_taken_together(tmp_path) -> None:
    path = tmp_path / "groups.json"
    path.write_text(json.dumps({"moving": list(closed_form.CLASSES[:2])}))
    result = classes(closed_form.tsn_and_trn(), n_frames=4, groups=str(path))
    table = result.tables["group_profiles"]
    table = table[table["model"] == "trn"]
    assert table["group"].tolist() == ["moving"] * 4
    expected = closed_form.true_class("trn")[:4].mean(0) / 100  # not the two of Poking
    assert table["esv"].tolist() == pytest.approx(expected.tolist())
    assert result.tables["group_leaning"]["videos"].tolist() == [4, 4]
    assert "1 of 3 classes are in none" in result.captions["groups"]
    assert figure_data.y_ticks(result.figures["groups"].axes[0]) == ["moving"]
    assert "groups" not in classes(closed_form.tsn_and_trn(), n_frames=4).figures
