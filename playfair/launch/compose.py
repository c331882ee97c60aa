"""From what was typed to one configuration: Hydra composes it, `check` looks at it, it is run."""

import os
import sys
from pathlib import Path

# errors reach playfair.launch.errors, which says what to type instead
os.environ["HYDRA_FULL_ERROR"] = "1"

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from playfair import signals
from playfair.launch import (
    CONF,
    check,
    clips_options,
    hydra_section,
    owned_options,
    plugins,
    pretrained,
    run_mode,
    sweep,
    terminal,
)
from playfair.launch.command_line import command_of
from playfair.targets import check_targets, instantiate

clips_options.register()
hydra_section.watch_composition()
run_mode.compose_once()


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def main(cfg: DictConfig) -> None:
    """Runs one experiment here, or supervises one process per device that does."""
    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        _run(cfg, folder)
    except (signals.Stopped, KeyboardInterrupt):
        sweep.remove_unanswered(folder)
        raise


def _run(cfg: DictConfig, folder: Path) -> None:
    if not cfg.get("experiment"):
        names = ", ".join(terminal.experiments())
        raise ValueError(f"Expected experiment=…, one of {names}; got none.")
    cfg.command = _what_was_typed()
    pretrained.fill_length(cfg)
    OmegaConf.resolve(cfg)
    check_targets(cfg, plugins.packages(cfg.get("plugins") or []))
    check.check_values(cfg)
    owned_options.refuse_owned(cfg)
    if cfg.watch_esvs and not cfg.logger:
        raise ValueError(
            f"watch_esvs={cfg.watch_esvs} logs to Weights & Biases. Type logger=wandb too."
        )
    if cfg.experiment.get("_partial_"):
        from playfair.launch import ranks
        from playfair.launch.perform import perform

        ranks.run(cfg, folder, perform)
    else:
        _run_without_studies(cfg, folder)


def _run_without_studies(cfg: DictConfig, folder: Path) -> None:
    """An experiment that waits for no studies: nothing is imported that could build them."""
    plugins.load(cfg.get("plugins") or [])
    made = instantiate(cfg.experiment, _convert_="all")
    from playfair.report import save
    from playfair.result import require_result

    result = require_result(made, cfg.experiment._target_.rpartition(".")[2])
    save.save(result, folder, command=cfg.command)
    terminal.print_result(result)
    terminal.print_place(folder)


def _what_was_typed() -> str:
    """The whole line; of a point of a sweep, the line that would run this point alone."""
    hydra_config = HydraConfig.get()
    if hydra_config.mode != RunMode.MULTIRUN:
        return command_of(sys.argv[1:])
    sources = hydra_config.runtime.config_sources
    folders = [source.path for source in sources if source.provider == "command-line"]
    return command_of(
        [*(f"--config-dir={folder}" for folder in folders), *hydra_config.overrides.task]
    )
