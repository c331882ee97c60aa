"""Play Fair's one command: compose the configuration, run the experiment, save and log its Result.

python run.py experiment=paper            python run.py            (lists the experiments)
"""

import os
import sys
from pathlib import Path
from typing import Any

os.environ["HYDRA_FULL_ERROR"] = (
    "1"  # errors reach playfair.launch.terminal, which says what to type instead
)

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

import playfair
from playfair.launch import sweep, terminal

CONF = Path(playfair.__file__).parent / "conf"


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def main(cfg: DictConfig) -> None:
    """Runs one experiment here, or supervises one process per device that does."""
    if not cfg.get("experiment"):
        raise ValueError(
            f"Expected experiment=…, one of {', '.join(terminal.experiments(CONF))}; got none."
        )
    folder = Path(HydraConfig.get().runtime.output_dir)
    cfg.command = "python run.py " + " ".join(HydraConfig.get().overrides.task)
    OmegaConf.resolve(cfg)
    if cfg.watch_esvs and not cfg.logger:
        raise ValueError(
            f"watch_esvs={cfg.watch_esvs} logs to Weights & Biases. Type logger=wandb too."
        )
    if not cfg.experiment.get(
        "_partial_"
    ):  # it waits for no studies, so nothing is imported that could build them
        from playfair.report import save

        result = instantiate(cfg.experiment, _convert_="all")
        save.save(result, folder, command=cfg.command)
        terminal.print_result(result, folder)
        return
    from playfair.steps import ranks as supervisor

    of_many = HydraConfig.get().mode == RunMode.MULTIRUN
    if of_many and supervisor.in_distributed_run():
        raise ValueError(
            "A sweep starts its own processes. Type python run.py -m … trainer.devices=N, without torchrun."
        )
    if of_many and cfg.logger:
        cfg.logger.group = cfg.logger.group or folder.parent.name
    with sweep.point(folder, OmegaConf.to_container(cfg), sweep=of_many) as wanted:
        n_ranks = supervisor.n_ranks(
            cfg.trainer.devices, cfg.trainer.accelerator, cfg.trainer.num_nodes
        )
        ours = (
            HydraConfig.get().launcher["_target_"].endswith("BasicLauncher")
        )  # joblib's processes start no others
        from playfair.launch.perform import perform

        if wanted and ((n_ranks == 1 and ours) or supervisor.in_distributed_run()):
            perform(cfg, folder)
        elif wanted:
            OmegaConf.save(cfg, folder / "config.yaml")
            supervisor.supervise(
                [sys.executable, "-m", "playfair", "--rank-of", str(folder)], n_ranks, folder
            )


def command() -> None:
    """What `playfair`, `python -m playfair` and `python run.py` run."""
    if len(sys.argv) == 1:
        terminal.list_experiments(CONF)
    elif sys.argv[1] == "--rank-of":
        from playfair.launch.perform import perform
        from playfair.steps import ranks as supervisor

        run_folder = Path(sys.argv[2])
        composed: Any = OmegaConf.load(run_folder / "config.yaml")
        supervisor.work(lambda: perform(composed, run_folder), run_folder)
    elif os.environ.keys() & {"LOCAL_RANK", "SLURM_PROCID"}:
        from playfair.steps import ranks as supervisor

        supervisor.take_part(lambda: terminal.teaching(main, CONF))
    else:
        sys.exit(terminal.teaching(main, CONF))
