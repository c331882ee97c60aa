"""Play Fair's one command, and what it performs once everything is composed.

playfair experiment=paper            playfair            (lists the experiments)
"""

import os
import sys
from pathlib import Path
from typing import Any

from playfair.launch import command_line, errors, terminal


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

    from playfair.launch.perform import perform
    from playfair.steps import ranks as supervisor

    cfg: Any = OmegaConf.load(folder / "config.yaml")
    supervisor.work(lambda: errors.spoken(lambda: perform(cfg, folder)), folder)
