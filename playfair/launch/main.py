"""Play Fair's one command, and what it performs once everything is composed.

playfair experiment=paper            playfair            (lists the experiments)
"""

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playfair.launch import command_line, errors, terminal

if TYPE_CHECKING:
    from omegaconf import DictConfig


def perform(cfg: "DictConfig", folder: Path) -> None:
    """Builds the studies, runs the experiment on them and, on rank 0, saves, logs and prints its Result."""
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    from playfair.launch import plugins
    from playfair.report import save
    from playfair.report.figures.watched import watched_figure
    from playfair.steps.ranks import is_rank_zero
    from playfair.steps.study import Study
    from playfair.training.watched_esvs import Watch

    plugins.load(cfg.get("plugins") or [])
    config: Any = OmegaConf.to_container(cfg)
    logged: AbstractContextManager[Any] = nullcontext()
    if cfg.logger and is_rank_zero():
        from playfair.report import wandb  # 0.6 s, for which no other run waits

        logged = wandb.started(folder, config=config, **cfg.logger)
    with logged as logger:
        trainer = instantiate(cfg.trainer, logger=logger or False, _convert_="all")
        shared = {
            "outputs": Path(cfg.paths.outputs),
            "dataset": instantiate(cfg.dataset, _convert_="all"),
        }
        shared |= {
            "make_trainer": trainer,
            "seed": cfg.seed,
            "overwrite": cfg.overwrite,
            "budget": cfg.estimator.budget,
            "watch": Watch(cfg.watch_esvs, watched_figure) if cfg.watch_esvs else None,
        }
        studies = [
            Study(
                name,
                model=instantiate(model, _convert_="all"),
                config=config["model"][name],
                **shared,
            )
            for name, model in cfg.model.items()
        ]
        result = instantiate(cfg.experiment, _convert_="all")(studies)
        if is_rank_zero():
            save.save(result, folder, command=cfg.command)
            if logger:
                wandb.log_result(logger, result)
            terminal.print_result(result, folder)
            if faults := [fault for study in studies for fault in dict.fromkeys(study.faults)]:
                raise ValueError(
                    "\n".join(faults)
                )  # all else is done and saved: the exit code says it is not all


def command() -> None:
    """What `playfair`, `python -m playfair` and `python run.py` run."""
    if sys.argv[1:2] == ["--rank-of"]:
        _rank_of(Path(sys.argv[2]))
        return
    command_line.remember_program()
    if len(sys.argv) == 1:
        terminal.list_experiments()
        return
    from playfair.launch.compose import main

    if os.environ.keys() & {"LOCAL_RANK", "SLURM_PROCID"}:
        from playfair.steps import ranks as supervisor

        supervisor.take_part(lambda: errors.teaching(main))
    else:
        sys.exit(errors.teaching(main))


def _rank_of(folder: Path) -> None:
    """One rank's share of the run that was composed into `folder`."""
    from omegaconf import OmegaConf

    from playfair.steps import ranks as supervisor

    cfg: Any = OmegaConf.load(folder / "config.yaml")
    supervisor.work(lambda: errors.spoken(lambda: perform(cfg, folder)), folder)
