"""Play Fair's one command, and what it performs once everything is composed.

playfair experiment=paper            playfair            (lists the experiments)
"""

import sys
from pathlib import Path
from typing import Any

from playfair import signals


def command() -> None:
    """Does what was typed, however it was typed."""
    try:
        if sys.argv[1:2] == ["--rank-of"]:
            _rank_of(Path(sys.argv[2]))
        else:
            signals.catch()
            with signals.at_once(_leave):
                _command()
    except signals.Stopped as stop:  # before there was anything to be kept
        signals.insist_no_more()
        print(f"\nStopped by {stop.signal.name}.", file=sys.stderr)
        raise


def _command() -> None:
    # here, and not above: Ctrl-C is caught from the first moment
    from playfair.launch import closed_pipe, command_line, errors, terminal
    from playfair.steps import place, ranks

    terminal.speak_any_encoding()
    command_line.remember_program()
    place.forget_other_runs()
    closed_pipe.log_on()
    if len(sys.argv) == 1:
        if code := errors.teaching(terminal.list_experiments):
            sys.exit(code)
        return
    if sys.argv[1] in ("push", "pull"):
        from playfair.launch import travel

        sys.exit(errors.teaching(lambda: travel.perform(sys.argv[1:])))
    if place.in_distributed_run():
        ranks.take_part(lambda: errors.teaching(_run))
    else:
        sys.exit(errors.teaching(_run))


def _run() -> None:
    """Answers what was typed: a question of the command line itself, or one that is computed."""
    from playfair import silence
    from playfair.launch import quoting, words
    from playfair.steps import place

    typed = sys.argv[1:]
    words.require_options(typed)
    flags = set(words.flags_of(typed))
    if words.HELP & flags or "--version" in flags:
        from playfair.launch import help

        help.print_version() if "--version" in flags else help.print_help(typed)
        return
    read = quoting.quoted(typed)
    quoting.require_readable(read)
    if place.is_rank_zero():
        quoting.say(quoting.remarks(typed, read))
        if not flags & words.ASKS_HYDRA:
            silence.broken()
    sys.argv[1:] = read
    from playfair.launch import sweep_page
    from playfair.launch.compose import main

    if place.in_distributed_run():
        main()
    else:
        sweep_page.ending_in_a_page(main)


def _leave(number: int) -> None:
    """Says that the run is stopped which has not begun, and takes its folder away."""
    # nothing is imported here: a module may be half there
    remove = getattr(sys.modules.get("playfair.launch.compose"), "remove_begun", None)
    if remove is not None:
        remove()
    name = signals.signal.Signals(number).name
    signals.say(f"\nStopped by {name}. Nothing had begun.\n")


def _rank_of(folder: Path) -> None:
    """One rank's share of the run that was composed into `folder`."""
    from omegaconf import OmegaConf

    from playfair.launch import terminal
    from playfair.steps import ranks

    terminal.speak_any_encoding()

    def share() -> None:
        from playfair.launch import errors
        from playfair.launch.perform import perform

        cfg: Any = OmegaConf.load(folder / "config.yaml")
        errors.spoken(lambda: perform(cfg, folder))

    ranks.work(share, folder)
