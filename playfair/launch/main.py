"""Play Fair's one command, and what it performs once everything is composed.

playfair experiment=paper            playfair            (lists the experiments)
"""

import sys
from pathlib import Path
from typing import Any

from playfair import signals


def command() -> None:
    """What `playfair`, `python -m playfair` and `python run.py` run."""
    try:
        if sys.argv[1:2] == ["--rank-of"]:
            _rank_of(Path(sys.argv[2]))
        else:
            signals.catch()
            _command()
    except signals.Stopped as stop:  # before there was anything to be kept
        signals.insist_no_more()
        print(f"\nStopped by {stop.signal.name}.", file=sys.stderr)
        raise


def _command() -> None:
    # here, and not above: Ctrl-C is caught from the first moment
    from playfair.launch import command_line, errors, quoting, terminal
    from playfair.steps import place, ranks

    command_line.remember_program()
    place.forget_other_runs()
    if len(sys.argv) == 1:
        terminal.list_experiments()
        return
    sys.argv[1:] = quoting.quoted(sys.argv[1:])
    from playfair.launch import sweep_page
    from playfair.launch.compose import main

    if place.in_distributed_run():
        ranks.take_part(lambda: errors.teaching(main))
    else:
        sys.exit(errors.teaching(lambda: sweep_page.ending_in_a_page(main)))


def _rank_of(folder: Path) -> None:
    """One rank's share of the run that was composed into `folder`."""
    from omegaconf import OmegaConf

    from playfair.steps import ranks

    def share() -> None:
        from playfair.launch import errors
        from playfair.launch.perform import perform

        cfg: Any = OmegaConf.load(folder / "config.yaml")
        errors.spoken(lambda: perform(cfg, folder))

    ranks.work(share, folder)
