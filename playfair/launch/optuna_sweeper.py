"""A search by Optuna: it proposes points, and learns from what each returns.

Proposals follow from the seed and from what the points before returned, so a search needs no file of
its own: typed again, it proposes the same points, and those that are finished answer at once.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from playfair.launch.objective import ObjectiveError

if TYPE_CHECKING:  # 0.5 s, for which no mistake waits
    import optuna
    from optuna.distributions import BaseDistribution

DIRECTIONS = ("maximize", "minimize")
SAMPLERS = ("tpe", "random")
DIGITS = 4  # significant ones of a proposed number: it is part of a folder's name


class OptunaSweeper(Sweeper):
    """Hydra's sweeper; its options are those of conf/hydra/sweeper/optuna.yaml.

    Args:
        direction: of the objective, "maximize" or "minimize".
        n_trials: points in all.
        n_jobs: points that are proposed and launched at once.
        sampler: "tpe" or "random".
        seed: of the proposals.
        params: option → where it is searched, "interval(0, 1)"; those typed come on top.
    """

    def __init__(
        self,
        direction: str,
        n_trials: int,
        n_jobs: int,
        sampler: str,
        seed: int,
        params: Mapping[str, str] | None = None,
    ) -> None:
        _require_word("direction", direction, DIRECTIONS)
        _require_word("sampler", sampler, SAMPLERS)
        _require_number("n_trials", n_trials)
        _require_number("n_jobs", n_jobs)
        self.direction = direction
        self.n_trials = n_trials
        self.n_jobs = n_jobs
        self.sampler = sampler
        self.seed = seed
        self.params = dict(params or {})
        self.config: DictConfig | None = None
        self.hydra_context: HydraContext | None = None
        self.launcher: Launcher | None = None

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Takes what Hydra hands to every sweeper."""
        if not config.get("objective"):
            raise ValueError(
                f"hydra/sweeper=optuna {self.direction[:-1]}es a number of a run's metrics.json. "
                "Say which: objective=trn_top1"
            )
        import optuna  # before anything is launched

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.config = config
        self.hydra_context = hydra_context
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        """Proposes points until there are n_trials."""
        assert self.launcher is not None and self.hydra_context is not None
        fixed, space = self._parsed(arguments)
        study = self._study()
        failures: list[Exception] = []
        n_proposed = 0
        while n_proposed < self.n_trials:
            n_now = min(self.n_jobs, self.n_trials - n_proposed)
            trials = [study.ask(space) for _ in range(n_now)]
            batch = [[*fixed, *_typed(trial.params)] for trial in trials]
            if n_proposed == 0:
                self.validate_batch_is_legal(batch[:1])
            answers = self.launcher.launch(batch, initial_job_idx=n_proposed)
            for trial, answer in zip(trials, answers, strict=True):
                failures += _learn(study, trial, answer)
            n_proposed += n_now
        self._save(study)
        if failures:
            raise failures[0]

    def _parsed(self, arguments: Sequence[str]) -> tuple[list[str], "dict[str, BaseDistribution]"]:
        """What is the same for all points, and where each other option is searched."""
        assert self.hydra_context is not None
        words = [f"{name}={value}" for name, value in self.params.items()]
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        fixed: dict[str, str] = {}
        space: dict[str, BaseDistribution] = {}
        for override in parser.parse_overrides([*words, *arguments]):
            name = override.get_key_element()
            fixed.pop(name, None)
            space.pop(name, None)
            if override.is_sweep_override():
                space[name] = _distribution(override)
            else:
                fixed[name] = f"{name}={override.get_value_element_as_str()}"
        if not space:
            raise ValueError(
                "There is nothing to search. Type search=trn, or an option with the values that it "
                "may have: 'model.trn.training.optimizer.lr=tag(log,interval(1e-4,1e-2))'."
            )
        return list(fixed.values()), space

    def _study(self) -> "optuna.Study":
        import optuna

        samplers = optuna.samplers
        sampler: Any = samplers.RandomSampler(seed=self.seed)
        if self.sampler == "tpe":
            # of points that are proposed together, each takes the others for poor ones
            sampler = samplers.TPESampler(seed=self.seed, constant_liar=self.n_jobs > 1)
        direction = optuna.study.StudyDirection[self.direction.upper()]
        return optuna.create_study(direction=direction, sampler=sampler)

    def _save(self, study: "optuna.Study") -> None:
        """The best point, in the sweep's folder, as hydra's sweepers do."""
        import optuna

        assert self.config is not None
        if not study.get_trials(states=[optuna.trial.TrialState.COMPLETE]):
            return
        best = {"value": study.best_value, "options": _typed(study.best_params)}
        OmegaConf.save(OmegaConf.create(best), f"{self.config.hydra.sweep.dir}/best.yaml")


def _learn(study: "optuna.Study", trial: "optuna.Trial", answer: JobReturn) -> list[Exception]:
    """Tells the study what a point returned.

    Returns:
        Why the point failed, if it did.

    Raises:
        ObjectiveError: the objective is no number of the answer; nor will it be of the others.
    """
    from optuna.trial import TrialState

    if answer.status == JobStatus.COMPLETED:
        study.tell(trial, float(answer.return_value))
        return []
    study.tell(trial, state=TrialState.FAIL)
    error = answer._return_value
    if isinstance(error, ObjectiveError):
        raise error
    return [error]


def _typed(values: Mapping[str, Any]) -> list[str]:
    return [f"{name}={_written(value)}" for name, value in values.items()]


def _written(value: Any) -> str:
    """A value as it is typed.

    >>> _written(0.0012345678), _written(12345.0), _written(True), _written("relu")
    ('0.001235', '12340', 'true', 'relu')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value):
        return f"{float(f'{value:.{DIGITS}g}'):.10g}"
    return str(value)


def _distribution(override: Override) -> "BaseDistribution":
    """Where an option is searched, from what was typed for it."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    sweep: Any = override.value()
    if isinstance(sweep, RangeSweep):
        numbers: list[Any] = list(sweep.range())
        if all(isinstance(number, int) for number in numbers) and len(numbers) > 1:
            step = abs(numbers[1] - numbers[0])
            return IntDistribution(min(numbers), max(numbers), step=step)
        return CategoricalDistribution(numbers)
    if isinstance(sweep, IntervalSweep):
        start: Any = sweep.start
        end: Any = sweep.end
        log = "log" in sweep.tags
        if isinstance(start, int) and isinstance(end, int):
            return IntDistribution(start, end, log=log)
        return FloatDistribution(start, end, log=log)
    return CategoricalDistribution(list(override.sweep_string_iterator()))


def _require_word(name: str, word: object, words: Sequence[str]) -> None:
    if word not in words:
        raise ValueError(
            f"Expected hydra.sweeper.{name} to be {' or '.join(words)}, got {name}={word}."
        )


def _require_number(name: str, number: object) -> None:
    if not isinstance(number, int) or number < 1:
        raise ValueError(
            f"Expected hydra.sweeper.{name} to be a whole number, 1 or more, got {name}={number}."
        )
