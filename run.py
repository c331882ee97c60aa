"""Play Fair's one command: compose the configuration, seed, run the experiment, save and log its Result.

python run.py experiment=paper            python run.py            (lists the experiments)
"""

import os
import sys
from pathlib import Path
from typing import Any

os.environ["HYDRA_FULL_ERROR"] = "1"  # errors reach playfair.report.terminal, which says what to type instead

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from playfair.report import terminal

CONF = Path(__file__).parent / "conf"


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(cfg: DictConfig) -> None:
    if not cfg.get("experiment"):
        raise ValueError(f"Expected experiment=…, one of {', '.join(terminal.experiments(CONF))}; got none.")
    from pytorch_lightning.utilities import rank_zero_only

    from playfair.report import save, wandb
    from playfair.study import Study

    folder = Path(HydraConfig.get().runtime.output_dir)
    config: Any = OmegaConf.to_container(cfg, resolve=True)
    first = getattr(rank_zero_only, "rank", 0) == 0  # other ranks do their share and leave the report to it
    logger = wandb.start(folder, config=config, **cfg.logger) if cfg.logger and first else None
    dataset = instantiate(cfg.dataset, _convert_="all")
    trainer = instantiate(cfg.trainer, logger=logger or False, _convert_="all")
    studies = [
        Study(
            name,
            outputs=Path(cfg.paths.outputs),
            dataset=dataset,
            model=instantiate(model, _convert_="all"),
            config=config["model"][name],
            make_trainer=trainer,
            seed=cfg.seed,
            overwrite=cfg.overwrite,
        )
        for name, model in cfg.model.items()
    ]
    result = instantiate(cfg.experiment, _convert_="all")(studies)
    if first:
        save.save(result, folder, command="python run.py " + " ".join(HydraConfig.get().overrides.task))
        if logger:
            wandb.log_result(logger, result)
            wandb.finish()
        terminal.print_result(result, folder)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        terminal.list_experiments(CONF)
    else:
        sys.exit(terminal.teaching(main, CONF))
