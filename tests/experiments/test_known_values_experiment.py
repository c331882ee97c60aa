"""`experiment=known_values`, asked of the ideal observer itself, of trained models, and refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.conftest import run_warm

SMALL = ("dataset.write.n_train=20", "dataset.write.n_validation=24", "trainer.accelerator=cpu")
IDEAL_HEAD = '''
"""The ideal observer as a head: it reads what the frames show, and answers with its posterior."""

import numpy as np
import torch
from torch import nn

from playfair.datasets.events.clip import EventClip
from playfair.datasets.events.happenings import paths
from playfair.datasets.events.looks import log_likelihoods


class IdealHead(nn.Module):
    def __init__(self, feature_dim, n_classes, dropout=0.0):
        super().__init__()
        self.n_classes = n_classes
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, features):
        n_videos, n_frames, _ = features.shape
        signs, moments = EventClip.read(features.detach().numpy().reshape(n_videos * n_frames, -1))
        states, given_class = paths()
        of_states = log_likelihoods(signs, moments)
        rows = np.arange(len(signs))[:, None]
        of_frames = of_states[rows, states[:, moments].T].reshape(n_videos, n_frames, -1)
        joint = np.exp(of_frames.sum(1) + 20 * n_frames) @ (given_class * [0.3, 0.3, 0.2, 0.2])
        return torch.from_numpy(np.log(joint)).float() + 0 * self.weight
'''


def result_in(folder: Path) -> tuple[dict[str, float], dict[str, pd.DataFrame]]:
    """Metrics and tables of the one run."""
    (run,) = (folder / "outputs").glob("*/runs/known_values_*")
    tables = {path.stem: pd.read_csv(path) for path in run.rglob("*.csv")}
    return json.loads((run / "metrics.json").read_text()), tables


@pytest.fixture(scope="module")
def ideal(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("ideal")
    (folder / "ideal_head.py").write_text(IDEAL_HEAD)
    done = run_warm(
        "experiment=known_values",
        "model=tsn",
        "plugins=[ideal_head.py]",
        "model.tsn.head._target_=ideal_head.IdealHead",
        "model.tsn.heads=null",
        "experiment.methods=[leave_one_out,feature_norm,pixel_change,centre,uniform]",
        *SMALL,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return (*result_in(folder), done.stdout)


def test_a_model_that_is_the_ideal_observer_errs_nowhere(ideal) -> None:
    metrics, _, stdout = ideal
    assert metrics["tsn_divergence"] == pytest.approx(0, abs=1e-6)
    assert metrics["tsn_esv_error"] == pytest.approx(0, abs=1e-6)
    assert metrics["tsn_esv_pearson"] == pytest.approx(1, abs=1e-5)
    assert metrics["tsn_esv_pooled_spearman"] == pytest.approx(1, abs=1e-4)
    assert metrics["tsn_esv_distractors_found"] == 1 and metrics["true_distractors"] > 10
    assert metrics["tsn_top1"] == metrics["tsn_ideal_top1"]
    assert metrics["largest_divergence_when_read_back"] < 1e-12
    assert "ESV has r = 1 by definition" in " ".join(stdout.split())


def test_what_is_left_to_other_methods_is_their_own_error(ideal) -> None:
    _, tables, _ = ideal
    table = tables["agreement"].set_index(["model", "method", "measure"])["mean"]
    for method in ("leave_one_out", "singleton", "decisive interval"):
        for measure in ("pearson", "distractors_found", "pooled_pearson"):
            of_model = table["tsn", method, measure]
            assert of_model == pytest.approx(table["ideal observer", method, measure], abs=1e-5)
            assert of_model < 0.99
    for method in ("feature_norm", "pixel_change", "centre"):
        assert abs(table["tsn", method, "pooled_pearson"]) < 0.2  # 24 clips
    assert table["tsn", "uniform", "pearson"] == 0


def test_what_is_wrong_by_design_loses_every_measure(ideal) -> None:
    _, tables, stdout = ideal
    planted = tables["planted"]
    assert set(planted["planted"]) == {"negated", "shuffled", "class_blind"}
    assert set(planted["measure"]) == {"pearson", "spearman", "distractors_found"}
    assert planted["loses"].all() and (planted["low"] > 0).all()
    assert "lose every measure" in " ".join(stdout.split())
    assert not set(tables["agreement"]["method"]) & set(planted["planted"])


@pytest.mark.whole  # features of the same clips are above; that videos say as much, in test_known_values.py
def test_models_learn_the_clips_as_videos_and_are_held_against_the_same_values(tmp_path) -> None:
    done = run_warm(
        "experiment=known_values",
        "dataset=known_values",
        "model=both",
        *(f"model.{name}.training.epochs=1" for name in ("tsn", "trn")),
        "model.trn.heads.epochs=1",
        "model.trn.head.hidden_dim=8",
        "dataset.write.size=32",
        "dataset.frame_size=[32,32]",
        *SMALL,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    metrics, tables = result_in(tmp_path)
    assert metrics["largest_divergence_when_read_back"] < 1e-3
    assert {"gradcam", "pixel_change"} <= set(tables["agreement"]["method"])
    models = tables["models"].set_index(["model", "measure"])["mean"]
    assert models["trn", "ideal_top1"] == models["tsn", "ideal_top1"] > models["tsn", "top1"]
    assert np.isfinite(list(metrics.values())).all() and metrics["trn_divergence"] > 0.05


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["dataset=synthetic"], "type dataset=known_values_features or dataset=known_values"),
        (["dataset=synthetic", "n_frames=16"], "type n_frames=8"),
        (["dataset=synthetic", "estimator=sampled"], "Type estimator=exact"),
    ],
)
def test_what_has_no_known_values_is_refused(explained, typed: list[str], expected: str) -> None:
    refused = explained("experiment=known_values", *typed)
    assert refused.returncode == 2 and expected in " ".join(refused.stderr.split())
