"""Which removals a model stands, by its configuration alone: asked before anything is computed."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def require_removal(name: str, model: Mapping[str, Any], removal: str | None) -> None:
    """Raises ValueError where a model is known not to stand a removal.

    Args:
        name: the model's.
        model: its configuration.
        removal: what was asked for; None: the model's own, and nothing is looked at.
    """
    if removal is None:
        return
    removals = _of_checkpoint(model) if model.get("path") else _of_head(model["head"])
    if removals is not None and removal not in removals:
        raise ValueError(
            f"{name} knows the removals {', '.join(removals)}, its own first; got "
            f"removal={removal}. Type removal={removals[0]}, or leave it out. experiment=removal "
            "asks which of them is valid."
        )


def _of_checkpoint(model: Mapping[str, Any]) -> tuple[str, ...] | None:
    """By its config.json; None where it is not on this machine, or is none."""
    from playfair.models.huggingface.folder import NoCheckpointError, cached_folder, read_config

    folder = cached_folder(str(model["path"]))
    if folder is None:
        return None
    try:
        config = read_config(folder)
        from playfair.models.huggingface.family import family_of
    except (NoCheckpointError, ImportError):  # whoever opens it says so
        return None
    return family_of(config.get("model_type")).removals


def _of_head(head: Mapping[str, Any]) -> tuple[str, ...] | None:
    """By its class; None where it is made by a function of others, which may make anything."""
    module, _, name = str(head["_target_"]).rpartition(".")
    try:
        from playfair.shapley.removal import REMOVALS

        target = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        return None
    own = getattr(target, "removals", None)
    if isinstance(own, tuple | list):
        return tuple(own)
    is_ours = module.partition(".")[0] == "playfair"
    return REMOVALS if own is None and (isinstance(target, type) or is_ours) else None
