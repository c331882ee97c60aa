"""What a run says first: what will be done, with what, where results go; and what is there already.

The first comes before torch is imported, as soon as the options are known. The second follows when
the steps are named: whether each of them lies in the outputs.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from playfair.launch import CONF
from playfair.launch.options import about, read
from playfair.launch.pretrained import study_name
from playfair.launch.terminal import console, near
from playfair.printable import printable
from playfair.report.look import listed, model_name

if TYPE_CHECKING:
    from playfair.steps.step import Step
    from playfair.steps.study import Study

# the last step that an experiment asks for; of others, and of those of one's own: ESVs
LAST = {
    "approximation": "heads",
    "extract": "features",
    "train": "heads",
}
# which make no step: of weights that are not there experiment=clip says what to type
NONE = ("benchmark", "clip", "doctor", "plan", "wandb_workspace")
MOST_LINES = 6  # one for each model and seed


def print_intent(cfg: DictConfig, folder: Path) -> None:
    """Prints what will be done, with what, and where results go."""
    out = console()
    out.print(printable(intent(cfg)), style="bold")
    if cfg.experiment.get("_partial_"):
        out.print(printable(settings(cfg)))
    if remark := unread(cfg, sys.argv):
        out.print(remark)
    out.print(printable(f"Results go to {near(folder)}"), soft_wrap=True)
    out.file.flush()


def intent(cfg: DictConfig) -> str:
    """What the experiment does: the first comment of its YAML."""
    name = experiment_name(cfg)
    if not (CONF / "experiment" / f"{name}.yaml").is_file():
        return f"experiment={name}"
    return f"{name}: {about(read('experiment', name))}"


def experiment_name(cfg: DictConfig) -> str:
    """As it is typed."""
    from hydra.core.hydra_config import HydraConfig

    chosen = (
        HydraConfig.get().runtime.choices.get("experiment") if HydraConfig.initialized() else ""
    )
    return str(chosen or cfg.experiment._target_.rpartition(".")[2])


def settings(cfg: DictConfig) -> str:
    """With what: models, dataset, frames, seeds, estimator, devices."""
    models = [model_name(study_name(str(name), cfg.model[name])) for name in cfg.model]
    seeds = f"seed {cfg.seed}"
    if cfg.seeds is not None and cfg.seeds > 1:
        seeds = f"seeds 0 to {cfg.seeds - 1}"
    budget = cfg.estimator.get("budget")
    values = "exact values" if budget is None else f"estimates from {budget} evaluations"
    clips = f"the {cfg.split} clips of {cfg.dataset.name}"
    if experiment_name(cfg) == "clip":
        clips = "what clip= names"
    words = [f"{listed(models)} on {clips}", *frames_of(cfg), values, seeds]
    if cfg.trainer.devices not in (1, "auto"):
        words.append(f"trainer.devices={cfg.trainer.devices}")
    return ", ".join(words) + "."


def frames_of(cfg: DictConfig) -> list[str]:
    """How many frames models are shown, in words; nothing of an experiment that asks of none.

    >>> from omegaconf import OmegaConf
    >>> frames_of(OmegaConf.create({"experiment": {"_target_": "playfair.x", "lengths": [4, 1, 8]}}))
    ['1 to 8 frames']
    """
    if reads_n_frames(cfg):
        counts = [cfg.n_frames]
    else:
        names = ("lengths", "frames", "long_frames")
        counts = [count for name in names for count in cfg.experiment.get(name) or ()]
    if not counts:
        return []
    if len(set(counts)) > 1:
        return [f"{min(counts)} to {max(counts)} frames"]
    return ["1 frame" if counts[0] == 1 else f"{counts[0]} frames"]


def reads_n_frames(cfg: DictConfig) -> bool:
    """Whether an experiment reads this option; one of a plug-in may, by a name of its own."""
    is_ours = str(cfg.experiment.get("_target_", "")).startswith("playfair.")
    return "n_frames" in cfg.experiment or not is_ours


def unread(cfg: DictConfig, typed: Sequence[str]) -> str:
    """That n_frames was typed for an experiment that does not read it; "" otherwise."""
    if reads_n_frames(cfg) or not any(word.startswith("n_frames=") for word in typed):
        return ""
    instead = next((name for name in ("lengths", "frames") if name in cfg.experiment), "")
    hint = f": type experiment.{instead}=[…]" if instead else ""
    return f"n_frames is not read by experiment={experiment_name(cfg)}{hint}."


def print_stock(cfg: DictConfig, studies: Sequence["Study"]) -> None:
    """Prints of each model what is there already, and what is still to be made."""
    name = experiment_name(cfg)
    if name in NONE:
        return
    lengths = lengths_of(cfg)
    lines = []
    for study in studies:
        try:
            stock = stock_of(study, LAST.get(name, "esvs"), lengths)
        except (ValueError, OSError):  # whoever asks for the step says what is wrong with it
            continue
        if not stock:
            continue  # as of a checkpoint, of which nothing is made but ESVs
        seed = f", seed {study.seed}" if len({other.seed for other in studies}) > 1 else ""
        lines.append(f"{model_name(study.name)}{seed}: {said(stock)}")
    out = console()
    for line in lines[:MOST_LINES]:
        out.print(printable(line))
    if len(lines) > MOST_LINES:
        out.print(f"… and {len(lines) - MOST_LINES} more.")
    out.print()
    out.file.flush()


def lengths_of(cfg: DictConfig) -> list[int]:
    """The numbers of frames whose ESVs an experiment asks for."""
    lengths = [cfg.n_frames] if "n_frames" in cfg.experiment else []
    lengths += list(cfg.experiment.get("lengths") or [])
    return sorted(set(lengths)) or [cfg.n_frames]


def said(stock: Mapping[str, bool]) -> str:
    """What is there and what is not, as a sentence.

    >>> said({"training": True, "ESVs at 8 frames": False})
    'there already: training; to be made: ESVs at 8 frames.'
    >>> said({"training": True, "features": True})
    'features: there already.'
    """
    if stock and list(stock.values())[-1]:  # what it was made from need not be there any more
        return f"{list(stock)[-1]}: there already."
    there = [what for what, made in stock.items() if made]
    missing = [what for what, made in stock.items() if not made]
    if not there:
        return f"nothing is there yet; to be made: {listed(missing)}."
    return f"there already: {listed(there)}; to be made: {listed(missing)}."


def stock_of(study: "Study", last: str, lengths: Sequence[int]) -> dict[str, bool]:
    """What an experiment asks for of a study, in order: whether it is there.

    Args:
        study: whose steps.
        last: the kind of the last one.
        lengths: numbers of frames, where these are ESVs.
    """
    stock: dict[str, bool] = {}
    for what, steps in _asked(study, last, lengths):
        stock[what] = all(_is_there(step, study) for step in steps)
    return stock


def _asked(study: "Study", last: str, lengths: Sequence[int]) -> Iterator[tuple[str, list["Step"]]]:
    split = study.split_name
    if study.is_pretrained:
        if last == "esvs":
            yield _of_frames(lengths), [study.esvs_step(length) for length in lengths]
        return
    if study.has_videos:
        if study.dataset.option("decode_once"):
            yield "decoded clips", [study.frames_step("train"), study.frames_step(split)]
        yield "training from video", [study.video_step]
    has_heads = study.head_step.kind == "heads"
    splits = dict.fromkeys(("train", split) if has_heads or last == "features" else (split,))
    yield "features", [study.features_step(name) for name in splits]
    if last == "features":
        return
    if has_heads:
        yield "heads", [study.head_step]
    if last == "esvs":
        yield _of_frames(lengths), [study.esvs_step(length) for length in lengths]


def _of_frames(lengths: Sequence[int]) -> str:
    if len(lengths) > 1:
        return f"ESVs at {len(lengths)} lengths"
    return "ESVs at 1 frame" if lengths[0] == 1 else f"ESVs at {lengths[0]} frames"


def _is_there(step: "Step", study: "Study") -> bool:
    """Whether a step is there and finished; its files are looked at where it is opened."""
    from playfair.steps.layout import NotAtHandError
    from playfair.steps.manifest import MANIFEST

    try:
        return (study.layout.folder(step) / MANIFEST).is_file()
    except NotAtHandError:
        return False
