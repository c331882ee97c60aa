"""A composed configuration → studies → the experiment's Result, saved, logged and printed."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from playfair import silence
from playfair.launch import announcement, lighter_import, made, plugins, runs, terminal
from playfair.launch.check import check_experiment
from playfair.launch.pretrained import require_names
from playfair.result import Result, require_result
from playfair.steps.data import Data
from playfair.steps.estimator import Estimator
from playfair.steps.histories import keep_histories
from playfair.steps.layout import LOCKS, Layout
from playfair.steps.naming import study_name
from playfair.steps.place import is_rank_zero
from playfair.steps.study import Study
from playfair.steps.watchers import require_watchers
from playfair.steps.workplace import Workplace
from playfair.targets import check_targets, instantiate

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger


def perform(cfg: DictConfig, folder: Path) -> None:
    """Runs the experiment; on rank 0 saves, logs and prints its Result.

    Raises:
        ValueError: the experiment was wrong to ask, or something went wrong beside its Result.
    """
    begun = time.time()
    lighter_import.lighten()
    plugins.load(cfg.get("plugins") or [])
    check_targets(cfg)  # a rank reads what another process has written
    check_experiment(cfg.experiment)
    config: Any = OmegaConf.to_container(cfg)
    logged: AbstractContextManager[Any] = nullcontext()
    models = models_of(config)
    if cfg.logger and is_rank_zero():
        from playfair.report import wandb  # 0.6 s, for which no other run waits

        root = Layout(Path(cfg.paths.outputs)).outputs / cfg.dataset.name
        logged = wandb.started(folder, config, models, root, terminal.print_line)

    def keep(so_far: Any) -> None:
        from playfair.launch.origin import origin
        from playfair.report import save  # matplotlib, for which no answer waits

        if is_rank_zero():
            save.save(so_far, folder, command=cfg.command, **origin(cfg, studies, begun))

    from playfair.report.look import drawn_across, showing

    with drawn_across(cfg.report.width), showing(models), logged as mirror:
        require_one_view(cfg)
        studies = studies_of(cfg, mirror.logger if mirror else None, keep, folder)
        require_watchers(studies[0].workplace)
        if is_rank_zero():
            announcement.print_stock(cfg, studies)
            silence.broken()
        with silence.doing(announcement.experiment_name(cfg)):
            answer = instantiate(cfg.experiment, _convert_="all")(studies)
        result = require_result(answer, cfg.experiment._target_.rpartition(".")[2])
        result = _with_remarks(result, studies[0].dataset.remarks())
        if not is_rank_zero():
            return
        terminal.print_result(result)  # before what takes a while to be drawn
        with silence.doing("drawing figures, and writing the report"):
            keep(result)
        keep_histories(studies, folder)
        made.keep_made(folder, studies[0].layout)
        if mirror:
            mirror.log_result(result)
            mirror.log_artifacts(studies[0].layout)
        runs.tell(result, folder, cfg)
        faults = dict.fromkeys(studies[0].workplace.faults)
        if faults:  # all else is done and saved: the exit code says that it is not all
            raise ValueError("\n".join(faults))


def _with_remarks(result: Result, remarks: Sequence[str]) -> Result:
    """The result, whose summary also says how the dataset was read."""
    if not remarks:
        return result
    return replace(result, summary="\n".join([result.summary, " ".join(remarks)]))


def models_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The models by the names of their studies: name → its part of the configuration.

    Raises:
        ValueError: two would have one name.
    """
    names = {name: study_name(name, model) for name, model in config["model"].items()}
    require_names(list(names.values()))
    return {names[name]: model for name, model in config["model"].items()}


def studies_of(
    cfg: DictConfig,
    logger: "Callable[[str, int], Logger] | None" = None,
    keep: Callable[[Any], None] = lambda so_far: None,
    folder: Path | None = None,
) -> list[Study]:
    """A study for each model and each seed, in this order.

    Args:
        cfg: the composed configuration, resolved.
        logger: (model, seed) → where its training logs to; None for nowhere.
        keep: saves what an experiment has answered so far.
        folder: the run's.

    Raises:
        ValueError: a value that no study can be made of.
    """
    config: Any = OmegaConf.to_container(cfg)
    layout = Layout(Path(cfg.paths.outputs))
    workplace = Workplace(
        instantiate,
        config["trainer"],
        workers=cfg.dataset.workers,
        broken=cfg.dataset.broken,
        watch_every=cfg.watch_esvs,
        draw_watched=drawer(),
        keep=keep,
        run_folder=folder,
    )
    lock = layout.outputs / cfg.dataset.name / LOCKS / "dataset.lock"
    estimator = Estimator(
        budget=cfg.estimator.budget,
        name=cfg.estimator.name,
        removal=cfg.removal,
        precision=cfg.estimator.precision,
        batch_size=cfg.batch_size,
    )
    seeds = [cfg.seed] if cfg.seeds is None else list(range(cfg.seeds))
    datasets = {
        videos: Data(config["dataset"], instantiate, lock, videos=videos)
        for videos in {not model.get("features") for model in config["model"].values()}
    }
    return [
        Study(
            name,
            model,
            datasets[not model.get("features")],
            layout,
            replace(workplace, logger=logger(name, seed)) if logger else workplace,
            estimator,
            seed,
            cfg.split,
            cfg.views,
        )
        for name, model in models_of(config).items()
        # what was trained elsewhere has one seed, whatever is trained here
        for seed in (seeds[:1] if model.get("path") else seeds)
    ]


# They score further coalitions, of the centre crop alone.
OF_ONE_VIEW = ("approximation", "comparison", "interactions", "length", "paper", "removal")


def require_one_view(cfg: DictConfig) -> None:
    """Raises ValueError where an experiment would mix one crop's scores with the mean of several."""
    name = cfg.experiment._target_.rpartition(".")[2]
    if cfg.views != "one" and name in OF_ONE_VIEW:
        raise ValueError(
            f"experiment={name} scores coalitions of the centre crop, which the mean of several is "
            f"not to be mixed with. Type views=one, or experiment=esv with views={cfg.views}."
        )


def drawer() -> Callable[..., Any]:
    """Draws the ESVs that are watched while training; imports what draws when it is called."""

    def draw(*esvs_and_names: Any) -> Any:
        from playfair.report.figures.watched import watched_figure

        return watched_figure(*esvs_and_names)

    return draw
