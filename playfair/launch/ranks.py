"""Where a run is done: in this process, or in one for each device, which this one supervises."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

import playfair
from playfair import silence
from playfair.launch import sweep
from playfair.launch.command_line import launch, program
from playfair.steps import supervisor
from playfair.steps.place import in_distributed_run
from playfair.steps.ranks import n_ranks

Perform = Callable[[DictConfig, Path], None]

# the same package as this process's: of a checkout, its folder is on the path of run.py alone
ROOT = str(Path(playfair.__file__).parents[1])
START = """
import sys
root = sys.argv.pop(1)
root in sys.path or sys.path.insert(0, root)
from playfair.launch.main import command
command()
"""


def run(cfg: DictConfig, folder: Path, perform: Perform) -> None:
    """Performs one point of a sweep, or a run of its own, unless it was finished before.

    Args:
        perform: called here with `cfg` and `folder`, or by the command line of every rank.
    """
    hydra = HydraConfig.get()
    of_many = hydra.mode == RunMode.MULTIRUN
    if of_many and in_distributed_run():
        raise ValueError(
            "A sweep starts its own processes. "
            f"Type {program()} -m … trainer.devices=N, without torchrun."
        )
    config = OmegaConf.to_container(cfg)
    assert isinstance(config, dict)
    if cfg.logger:  # after what the point is known by: a longer sweep is another launch of it
        _name_in_mirror(cfg, list(hydra.overrides.task), folder.parent.name if of_many else "")
    with sweep.point(
        folder, {str(name): value for name, value in config.items()}, sweep=of_many
    ) as new:
        trainer = cfg.trainer
        n_processes = n_ranks(trainer.devices, trainer.accelerator, trainer.num_nodes)
        # joblib's processes start no others
        ours = hydra.launcher["_target_"].endswith("BasicLauncher")
        if not new:
            return
        if (n_processes == 1 and ours) or in_distributed_run():
            perform(cfg, folder)
            return
        OmegaConf.save(cfg, folder / "config.yaml")
        silence.kept()  # rank 0 speaks
        rank = [sys.executable, "-P", "-c", START, ROOT, "--rank-of", str(folder)]
        supervisor.supervise(rank, n_processes, folder, rank_timeout=cfg.rank_timeout)


def _name_in_mirror(cfg: DictConfig, typed: list[str], sweep_folder: str) -> None:
    """What a run is called in W&B beside its model: what was typed, and the sweep's launch."""
    from playfair.report.wandb_names import typed_words

    cfg.logger.typed = typed_words(typed)
    if sweep_folder:
        own = os.environ.get("WANDB_RUN_GROUP") or f"{sweep_folder} {launch()}"
        cfg.logger.group = cfg.logger.group or own
