"""Experiments on a model of several seeds: one row a model, intervals over seeds and videos."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from playfair.experiments.classes import classes
from playfair.experiments.esv import esv
from playfair.experiments.length import length
from playfair.experiments.position import position
from playfair.experiments.prior import prior
from playfair.experiments.support import support
from playfair.experiments.train import train
from playfair.result import Result
from playfair.steps.estimator import EXACT, Estimator
from tests.analysis.stores import study

UP, DOWN = [0.6, 0.3, 0.1], [0.3, 0.6, 0.1]
SEEDS = {"tsn": (0, 1, 2), "trn": (0, 1, 2)}


@dataclass(frozen=True)
class OneSeed:
    """What experiments that read ESVs alone ask of a study."""

    name: str
    seed: int
    store: xr.Dataset
    has_videos: bool = False
    is_pretrained: bool = False
    frames_per_element: int = 1
    views: str = "one"
    model: dict[str, object] = field(default_factory=dict)
    dataset: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(name="by hand"))
    estimator: Estimator = EXACT
    workplace: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(faults=[]))

    def esvs(self, n_frames: int) -> xr.Dataset:
        return self.store

    @property
    def shown_step(self) -> str:
        return "features"

    def esvs_step(self, n_frames: int) -> int:
        return n_frames

    @property
    def layout(self) -> SimpleNamespace:
        return SimpleNamespace(folder=lambda step: Path("esvs") / str(step))


@pytest.fixture(autouse=True)
def all_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every store is there, and scores are those of the store."""
    counts = {"repeated_frames": 0, "too_short": 0, "not_decodable": 0}
    monkeypatch.setattr("playfair.experiments.left_out.is_made", lambda step, layout: True)
    # the place of a frame is all that is at hand of it: no features, no pictures
    monkeypatch.setattr("playfair.experiments.without_a_model.is_made", lambda step, layout: False)
    monkeypatch.setattr(
        "playfair.steps.samples.scores", lambda study, n_frames, n_clips=None: study.store
    )
    monkeypatch.setattr("playfair.steps.samples.clip_counts", lambda study, n_frames: counts)


def store(model: str, seed: int) -> xr.Dataset:
    """Twelve videos; each seed adds its number of hundredths to every ESV of every class."""
    score = [UP, DOWN] * 6
    esv = np.random.default_rng(model == "trn").normal(size=(12, 4, 3)) / 10
    esvs = study([0] * 6 + [1] * 6, score, esv + seed / 100)
    esvs["evidence"].values[:] = (3, 6)
    esvs.attrs["counts"] = {"split": 15}
    return esvs


def studies(seeds: dict[str, tuple[int, ...]]) -> list[OneSeed]:
    return [OneSeed(model, seed, store(model, seed)) for model, of in seeds.items() for seed in of]


RUNS = {
    "position": lambda of: position(of, n_frames=4),
    "support": lambda of: support(of, n_frames=4),
    "prior": lambda of: prior(of, n_frames=4),
    "classes": lambda of: classes(of, n_frames=4),
    "length": lambda of: length(of, lengths=[2, 4]),
    "train": lambda of: train(of, n_frames=4),
    "esv": lambda of: esv(of, n_frames=4),
}


@pytest.mark.parametrize("experiment", RUNS)
def test_an_experiment_takes_in_all_seeds_of_a_model(experiment: str) -> None:
    one: Result = RUNS[experiment](studies({"tsn": (1,), "trn": (1,)}))
    three: Result = RUNS[experiment](studies(SEEDS))
    assert list(three.metrics) == list(one.metrics), "the names are those of one seed"
    assert three.findings and "nan" not in " ".join(three.findings)
    if experiment == "esv":
        assert three.tables["esvs"]["seed"].tolist() == [0, 1, 2] * 2
        return
    assert "videos and 3 seeds" in three.summary
    assert "seeds" not in one.summary
    said_of_one = " ".join(one.findings)
    said_of_three = " ".join(three.findings)
    assert "(one seed)" not in said_of_three
    if experiment in (
        "position",
        "support",
        "prior",
        "train",
        "length",
    ):  # elsewhere nothing is told apart
        assert "on this training (one seed)" in said_of_one and "over 3 trainings" in said_of_three
    for name, table in three.tables.items():
        if name != "clips":
            assert (table["seeds"] == 3).all() and "seeds" not in one.tables[name], name
            assert len(table) == len(one.tables[name]), name


def test_means_are_over_the_seeds_and_intervals_wider_than_of_one() -> None:
    rows = {}
    for seeds in ((1,), (0, 1, 2)):
        table = position(studies({"tsn": seeds, "trn": seeds}), n_frames=4).tables["evidence"]
        rows[seeds] = table.set_index(["model", "measure"])
    one, three = rows[(1,)], rows[(0, 1, 2)]
    inside = ("trn", "inside")
    assert three.loc[inside, "mean"] == pytest.approx(one.loc[inside, "mean"], abs=1e-6)
    width = {
        key: table.loc[inside, "high"] - table.loc[inside, "low"] for key, table in rows.items()
    }
    assert width[(0, 1, 2)] > width[(1,)]
    assert three.loc[inside, "videos"] == 12
    # both models of a seed gain alike: paired by seed, their difference knows nothing of it
    difference = ("trn − tsn", "inside")
    for end in ("mean", "low", "high"):
        assert three.loc[difference, end] == pytest.approx(one.loc[difference, end], abs=1e-6)


def test_the_length_asks_neither_dataset_nor_features_of_stores_that_are_there() -> None:
    result = length(studies({"trn": (0,)}), lengths=[2, 4])
    assert result.metrics["clips"] == 12 and result.metrics["left_out"] == 3
