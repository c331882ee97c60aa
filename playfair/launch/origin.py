"""Where a run's report comes from, and how the explorer is opened beside it."""

import shlex
from collections.abc import Sequence
from typing import Any

from omegaconf import DictConfig

from playfair.launch.command_line import program
from playfair.report.html import Explorer
from playfair.report.look import model_name, number
from playfair.report.provenance import facts
from playfair.report.sentences import listed
from playfair.steps.seeds import by_model
from playfair.steps.study import Study

# Words of a command that also say to the explorer where things lie.
PLACES = ("dataset=", "dataset.", "paths.", "plugins=")
OUTPUTS = "outputs"  # where they lie if nothing is said


def origin(cfg: DictConfig, studies: Sequence[Study], begun: float) -> dict[str, Any]:
    """What `report.save.save` is told of a run: `facts` and `explorer`.

    Args:
        cfg: what was composed.
        studies: of the run.
        begun: when it began, seconds since the epoch.
    """
    return {
        "facts": facts(of_run(studies), begun),
        "explorer": explorer_of(cfg.command or "", cfg.paths.outputs),
    }


def of_run(studies: Sequence[Study]) -> dict[str, str]:
    """The dataset and its size, the models, and the seeds they were trained with."""
    if not studies:
        return {}
    models = by_model(studies)
    seeds = sorted({study.seed for study in studies})
    return {
        "Dataset": size_of(studies[0]),
        "Models": listed([model_name(name) for name in models]),
        "Seed" if len(seeds) == 1 else "Seeds": ", ".join(map(str, seeds)),
    }


def size_of(study: Study) -> str:
    """The dataset's name, its clips and classes; the name alone where it is not at hand."""
    name = study.dataset.name
    try:
        data = study.dataset.opened
        clips = {split: len(data.split(split)) for split in ("train", study.split_name)}
    except (ValueError, OSError):
        return name
    counts = [f"{number(count)} {split}" for split, count in clips.items() if count]
    return f"{name}: {listed(counts)} clips, {number(len(data.class_names))} classes"


def explorer_of(command: str, outputs: str = OUTPUTS) -> Explorer:
    """How the explorer is called where a command was.

    Args:
        command: what was typed.
        outputs: where the run's outputs lie; said where it is not the usual folder, however the
            run was told: on its command line, by a configuration of one's own, or from Python.

    Example:
        >>> explorer_of("playfair experiment=paper paths.outputs=there n_frames=8").command
        'playfair experiment=explorer paths.outputs=there'
        >>> explorer_of("playfair --config-dir=mine experiment=paper", "there").command
        'playfair --config-dir=mine experiment=explorer paths.outputs=there'
    """
    words = shlex.split(command)
    is_option = [word for word in words if "=" in word and not word.startswith("-")]
    start = words.index(is_option[0]) if is_option else len(words)
    called = [shlex.quote(word) for word in words[:start]] or [program()]
    places = [word for word in words if word.lstrip("+").startswith(PLACES)]
    if outputs != OUTPUTS and not any("paths.outputs=" in word for word in places):
        places.append(f"paths.outputs={outputs}")
    return Explorer(" ".join([*called, "experiment=explorer", *map(shlex.quote, places)]))
