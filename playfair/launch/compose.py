"""From what was typed to one configuration: Hydra composes it, `check` looks at it, it is run."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

# errors reach playfair.launch.errors, which says what to type instead
os.environ["HYDRA_FULL_ERROR"] = "1"

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from playfair import signals, silence
from playfair.launch import (
    CONF,
    added_options,
    announcement,
    check,
    clips_options,
    closed_pipe,
    clusters,
    errors,
    hydra_section,
    owned_options,
    plugins,
    points,
    pretrained,
    quiet_failure,
    run_mode,
    runs,
    searches,
    stopping,
    sweep,
    terminal,
    watched_launcher,
)
from playfair.launch.command_line import command_of
from playfair.launch.objective import objective_of
from playfair.steps.place import is_rank_zero
from playfair.targets import check_targets, instantiate

clips_options.register()
hydra_section.watch_composition()
added_options.watch_additions()
run_mode.compose_once()
watched_launcher.watch_launches()
searches.offer()
quiet_failure.tell_failures_once()


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def main(cfg: DictConfig) -> float | None:
    """Runs one experiment here, or supervises one process per device that does.

    Returns:
        The number of its metrics.json that `objective` names; None where it names none.
    """
    signals.unwind()
    hydra_config = HydraConfig.get()
    folder = Path(hydra_config.runtime.output_dir)
    try:
        if hydra_config.mode != RunMode.MULTIRUN:
            clusters.require_sweep(hydra_config)
            _run(cfg, folder)
            return None
        with sweep.reasons_kept(folder, points.name_of(folder)):
            _run(cfg, folder)
        return objective_of(folder, cfg.objective) if is_rank_zero() else None
    except (signals.Stopped, KeyboardInterrupt):
        sweep.remove_unanswered(folder)
        raise
    except Exception as error:
        if closed_pipe.is_closed(error):
            sweep.remove_unanswered(folder)
            raise signals.Stopped(signal.SIGPIPE) from None
        _leave_failed(folder, error)
        raise


def _leave_failed(folder: Path, error: Exception) -> None:
    """What is left of a run that failed: where it happened, if that is not where it was asked."""
    if errors.keep_traceback(folder, error):
        return
    of_ranks = any(folder.glob("rank-*-error.txt"))
    alone = HydraConfig.get().mode != RunMode.MULTIRUN
    if errors.message(error) and alone and not of_ranks:
        sweep.remove_unanswered(folder)


def remove_begun() -> None:
    """Takes the folder away that Hydra has made for a run which will not begin."""
    if HydraConfig.initialized():
        folder = HydraConfig.instance().cfg.hydra.runtime.get("output_dir")  # type: ignore[union-attr]
        if folder:
            sweep.remove_unanswered(Path(folder))


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
    if is_rank_zero():
        announcement.print_intent(cfg, folder)
    silence.usually("importing what computes")
    if cfg.experiment.get("_partial_"):
        with signals.at_once(lambda number: _leave_begun(number, folder)):
            from playfair.launch import ranks
            from playfair.launch.perform import perform

        ranks.run(cfg, folder, perform)
    else:
        config: Any = OmegaConf.to_container(cfg)
        with sweep.point(folder, config, sweep=False):  # what it reads may have changed: run again
            _run_without_studies(cfg, folder)


def _run_without_studies(cfg: DictConfig, folder: Path) -> None:
    """An experiment that waits for no studies: nothing is imported that could build them."""
    begun = time.time()
    silence.kept()  # the explorer waits for its user
    plugins.load(cfg.get("plugins") or [])
    from playfair.report.look import drawn_across

    with drawn_across(cfg.report.width):
        made = instantiate(cfg.experiment, _convert_="all")
    from playfair.launch.origin import explorer_of
    from playfair.report import save
    from playfair.report.provenance import facts
    from playfair.result import require_result

    result = require_result(made, cfg.experiment._target_.rpartition(".")[2])
    save.save(
        result,
        folder,
        command=cfg.command,
        facts=facts({}, begun),
        explorer=explorer_of(cfg.command or "", cfg.paths.outputs),
    )
    terminal.print_result(result)
    runs.tell(result, folder, cfg)


def _leave_begun(number: int, folder: Path) -> None:
    sweep.remove_unanswered(folder)
    stopping.told(number)


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
