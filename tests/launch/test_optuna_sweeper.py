"""A search through Hydra's sweeper: where it looks, what it learns from, and that it goes on when typed again."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hydra import initialize_config_dir
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import JobReturn, JobStatus
from hydra.types import HydraContext, RunMode
from omegaconf import OmegaConf

pytest.importorskip("optuna", reason="pip install -e '.[sweep]'")

from playfair.launch import watched_launcher
from playfair.launch.compose import main  # noqa: F401  whoever composes registers resolvers
from playfair.launch.objective import ObjectiveError, objective_of
from playfair.launch.optuna_sweeper import OptunaSweeper
from tests.conftest import ROOT

OPTIONS = {"direction": "maximize", "n_trials": 12, "n_jobs": 1, "sampler": "tpe", "seed": 0}


class Launcher:
    """Asks `answer` instead of running anything."""

    def __init__(self, answer: Callable[[dict[str, str]], float]) -> None:
        self.answer = answer
        self.asked: list[dict[str, str]] = []
        self.batches: list[int] = []

    def launch(self, overrides: Sequence[Sequence[str]], initial_job_idx: int) -> list[JobReturn]:
        assert initial_job_idx == len(self.asked)
        self.batches.append(len(overrides))
        return [self._one(dict(word.split("=", 1) for word in words)) for words in overrides]

    def _one(self, values: dict[str, str]) -> JobReturn:
        self.asked.append(values)
        job = JobReturn(status=JobStatus.COMPLETED)
        try:
            job.return_value = self.answer(values)
        except Exception as error:
            job.status, job.return_value = JobStatus.FAILED, error
        return job


def search(
    folder: Path,
    typed: Sequence[str],
    answer: Callable[[dict[str, str]], float],
    **options: Any,
) -> Launcher:
    """A search that was typed, of what `answer` says."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        hydra: Hydra = GlobalHydra.instance().hydra  # type: ignore[assignment]
        config = hydra.compose_config(
            "config", [f"hydra.sweep.dir={folder}", "experiment=esv"], run_mode=RunMode.MULTIRUN
        )
        sweeper = OptunaSweeper(**{**OPTIONS, **options})
        sweeper.config = config
        sweeper.hydra_context = HydraContext(config_loader=hydra.config_loader, callbacks=None)  # type: ignore[arg-type]
        launcher = sweeper.launcher = Launcher(answer)  # type: ignore[assignment]
        sweeper.sweep(["experiment=esv", *typed])
    return launcher  # type: ignore[return-value]


def far_from(best: float) -> Callable[[dict[str, str]], float]:
    return lambda values: abs(float(values["model.trn.training.optimizer.lr"]) - best)


LR = "model.trn.training.optimizer.lr=tag(log,interval(1e-4,1e-1))"


def test_a_search_comes_nearer_and_typed_again_proposes_the_same(tmp_path: Path) -> None:
    first = search(tmp_path, [LR], far_from(0.01), direction="minimize", n_trials=30)
    distances = [far_from(0.01)(values) for values in first.asked]
    assert len(distances) == 30 and first.batches == [1] * 30
    assert min(distances[10:]) < min(distances[:10]), "random at first, then near the best"
    again = search(tmp_path, [LR], far_from(0.01), direction="minimize", n_trials=30)
    assert again.asked == first.asked
    best = OmegaConf.load(tmp_path / "best.yaml")
    assert best.value == min(distances)
    lr = first.asked[distances.index(min(distances))]["model.trn.training.optimizer.lr"]
    assert best.options == [f"model.trn.training.optimizer.lr={lr}"]


def test_what_may_be_searched_is_written_in_hydras_grammar(tmp_path: Path) -> None:
    typed = [
        "n_frames=range(2,9,2)",
        "seed=int(interval(3,5))",
        "trainer.precision=choice(32-true,bf16-mixed)",
        "model.trn.head.dropout=interval(0,0.5)",
        "split=test",
        "views=one,three_crop",
    ]
    asked = search(tmp_path, typed, lambda values: 0.0, n_trials=25, sampler="random").asked
    assert {int(values["n_frames"]) for values in asked} == {2, 4, 6, 8}
    assert {int(values["seed"]) for values in asked} == {3, 4, 5}
    assert {values["trainer.precision"] for values in asked} == {"32-true", "bf16-mixed"}
    assert {values["views"] for values in asked} == {"one", "three_crop"}
    dropouts = [float(values["model.trn.head.dropout"]) for values in asked]
    assert len(set(dropouts)) == 25 and 0 <= min(dropouts) < max(dropouts) <= 0.5
    assert all(len(values["model.trn.head.dropout"]) <= 9 for values in asked)
    assert {values["split"] for values in asked} == {"test"}


def test_the_shipped_space_is_searched_and_what_is_typed_comes_on_top(tmp_path: Path) -> None:
    space = OmegaConf.to_container(OmegaConf.load(ROOT / "conf/search/trn.yaml"))
    heads = "model.trn.heads.optimizer.lr"
    asked = search(tmp_path, [f"{heads}=0.5"], lambda values: 0.0, n_trials=2, params=space).asked
    assert set(space) <= asked[0].keys()  # type: ignore[arg-type]
    assert [values[heads] for values in asked] == ["0.5", "0.5"]


def test_points_that_fail_teach_nothing_and_are_raised_at_the_end(tmp_path: Path) -> None:
    def answer(values: dict[str, str]) -> float:
        if int(values["n_frames"]) > 3:
            raise ValueError("too long")
        return 0.5

    with pytest.raises(ValueError, match="too long"):
        search(tmp_path, ["n_frames=range(1,6)"], answer, n_trials=10, n_jobs=4)
    assert OmegaConf.load(tmp_path / "best.yaml").value == 0.5


def test_an_objective_that_is_none_ends_the_search_at_its_first_point(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text('{"trn_top1": 0.5, "trn_top5": 0.9, "gap": NaN}')
    assert objective_of(tmp_path, "trn_top1") == 0.5
    assert objective_of(tmp_path, None) is None
    with pytest.raises(ObjectiveError, match="objective=gap is nan here"):
        objective_of(tmp_path, "gap")
    asked = []

    def answer(values: dict[str, str]) -> float:
        asked.append(values)
        return objective_of(tmp_path, "trn_tpo1")  # type: ignore[return-value]

    with pytest.raises(ObjectiveError, match=r"trn_tpo1 is no number .* Did you mean trn_top1\?"):
        search(tmp_path, ["n_frames=range(1,6)"], answer)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"direction": "up"}, "direction to be maximize or minimize, got direction=up"),
        ({"sampler": "grid"}, "sampler to be tpe or random"),
        ({"n_trials": 0}, "n_trials to be a whole number, 1 or more, got n_trials=0"),
        ({"n_jobs": 1.5}, "n_jobs to be a whole number"),
    ],
)
def test_what_a_search_cannot_be_is_refused(options: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        OptunaSweeper(**{**OPTIONS, **options})


def test_a_search_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to search. Type search=trn"):
        search(tmp_path, ["n_frames=2"], lambda values: 0.0)


def test_a_launcher_that_loses_one_job_keeps_the_answers_of_the_others(
    tmp_path: Path, monkeypatch
) -> None:
    """As Slurm's does, where one job is killed: all answers are lost, and are on the disk."""
    monkeypatch.setattr(watched_launcher, "launched", [])
    monkeypatch.setattr(watched_launcher.sweep, "failed", [])
    GlobalHydra.instance().clear()

    class Losing:
        def launch(self, overrides: Any, initial_job_idx: int) -> Any:
            kept = tmp_path / "n_frames=2"
            kept.mkdir()
            (kept / "metrics.json").write_text('{"trn_top1": 0.5}')
            (kept / "finished.json").write_text("{}")
            raise RuntimeError("Job 7_1 was killed\nby somebody")

    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        hydra: Hydra = GlobalHydra.instance().hydra  # type: ignore[assignment]
        typed = [f"hydra.sweep.dir={tmp_path}", "experiment=esv", "objective=trn_top1"]
        config = hydra.compose_config("config", typed, run_mode=RunMode.MULTIRUN)
        context = HydraContext(config_loader=hydra.config_loader, callbacks=None)  # type: ignore[arg-type]
        launcher = watched_launcher.WatchedLauncher(Losing(), context, config)  # type: ignore[arg-type]
        answers = launcher.launch([["experiment=esv", f"n_frames={n}"] for n in (2, 3)], 0)
    assert [answer.status for answer in answers] == [JobStatus.COMPLETED, JobStatus.FAILED]
    assert answers[0].return_value == 0.5
    assert watched_launcher.sweep.failed == [
        "n_frames=3: its process ended without an answer (Job 7_1 was killed)."
    ]
