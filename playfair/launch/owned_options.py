"""Options of Lightning's Trainer that something else here says: refused, with what says it.

They would be accepted by Lightning, recorded in what is trained, and overridden or ignored.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from omegaconf import DictConfig

# option of the Trainer → option of the recipe, and what else is to be known
OF_RECIPE = {
    "max_epochs": ("epochs", ""),
    "max_steps": ("epochs", ""),
    "min_epochs": ("patience", "it ends training early, after so many validations without a gain"),
    "min_steps": ("patience", "it ends training early, after so many validations without a gain"),
    "accumulate_grad_batches": (
        "at_once",
        "most clips that a device holds; what is more of a batch is accumulated",
    ),
    "gradient_clip_val": ("clip", "the largest norm of the gradient"),
    "gradient_clip_algorithm": ("clip", "it bounds the norm"),
}
# option of the Trainer → what to type instead
OF_OTHERS = {
    "max_time": "A run may be interrupted, and the same command goes on from its last epoch.",
    "default_root_dir": "Type paths.outputs=FOLDER.",
    "logger": "Type logger=wandb or logger=none.",
    "enable_checkpointing": "The state of the last epoch is what an interrupted run goes on from.",
    "barebones": "It takes away what an interrupted run goes on from.",
    "limit_test_batches": "experiment.n_videos bounds what an experiment looks at.",
    "limit_predict_batches": "experiment.n_videos bounds what an experiment looks at.",
}


def refuse_owned(cfg: DictConfig) -> None:
    """Raises ValueError where the Trainer is told what a recipe, or something else, says."""
    trainer = cfg.get("trainer")
    if not isinstance(trainer, DictConfig):
        return
    models: Any = cfg.get("model") or {}
    refused = [text for name in trainer if (text := _refusal(str(name), trainer, models))]
    if refused:
        raise ValueError("\n".join(refused))


def _refusal(name: str, trainer: DictConfig, models: Mapping[str, Any]) -> str:
    typed = f"trainer.{name}={trainer[name]}"
    if name in OF_RECIPE:
        return f"{typed} is not obeyed: {instead(name, stages_of(models))}"
    if name in OF_OTHERS:
        return f"{typed} is not obeyed. {OF_OTHERS[name]}"
    if name == "use_distributed_sampler" and trainer[name]:
        return f"{typed} is not obeyed: samplers here know their rank already. Leave it out."
    return ""


def instead(name: str, stages: Sequence[str]) -> str:
    """What says what an option of the Trainer would say, as the second half of a sentence.

    Args:
        name: of the option, without its group.
        stages: as `stages_of`.

    Example:
        >>> instead("max_epochs", ["model.tsn.training"])
        'a recipe says it. Type model.tsn.training.epochs=…'
    """
    option, meaning = OF_RECIPE[name]
    options = " or ".join(f"{stage}.{option}=…" for stage in stages)
    return f"a recipe says it. Type {options}{f' ({meaning})' if meaning else ''}"


def stages_of(models: Mapping[str, Any]) -> list[str]:
    """The recipes of models, by the names of their options.

    >>> stages_of({"trn": {"training": {"epochs": 3}, "heads": {"epochs": 2}}})
    ['model.trn.training', 'model.trn.heads']
    """
    stages = [
        f"model.{name}.{stage}"
        for name, model in models.items()
        for stage in ("training", "heads")
        if isinstance(model, Mapping | DictConfig) and model.get(stage)
    ]
    return stages or ["model.NAME.training"]
