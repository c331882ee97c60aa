"""Launchers that start processes elsewhere: what they need, told before anything is launched."""

import shutil
from typing import Any

from omegaconf import DictConfig

from playfair.launch.command_line import program

SLURM = "SlurmLauncher"
BASIC = "BasicLauncher"  # Hydra's own: one point after the other, here


def require_sweep(hydra: Any) -> None:
    """A launcher was chosen, and there is nothing that it launches: a run of its own is done here.

    Args:
        hydra: the section of Hydra's options.

    Raises:
        ValueError: with what to type.
    """
    if _kind(hydra) == BASIC:
        return
    choice = hydra.runtime.choices["hydra/launcher"]
    here = "on this machine, and no job submitted" if is_slurm(hydra) else "in this process"
    raise ValueError(
        f"hydra/launcher={choice} launches the points of a sweep; without -m this would be run "
        f"{here}. Type -m in front, for a sweep or for one run: {program()} -m "
        f"hydra/launcher={choice} …, or leave hydra/launcher={choice} away to run it here."
    )


def require_slurm(config: DictConfig) -> None:
    """Slurm is to be asked for jobs: it has to be here.

    Raises:
        ValueError: with what to type.
    """
    if not is_slurm(config.hydra) or shutil.which("sbatch"):
        return
    raise ValueError(
        "There is no Slurm on this machine: its command sbatch is not found. Type this on a "
        "cluster's login node, or hydra/launcher=joblib to run points side by side here, or neither "
        "to run them one after the other."
    )


def is_slurm(hydra: Any) -> bool:
    """Whether points are jobs of Slurm's, whose words stand in files of their own."""
    return _kind(hydra) == SLURM


def _kind(hydra: Any) -> str:
    return str(hydra.launcher["_target_"]).rpartition(".")[2]
