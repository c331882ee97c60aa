"""Checkpoints on the command line: what their studies are called, and how many frames they take."""

from omegaconf import DictConfig, OmegaConf

from playfair.steps.naming import study_name


def require_names(names: list[str]) -> None:
    """Raises ValueError where two models would be taken for one."""
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(
            f"Two models are called {', '.join(twice)}, by the last part of their path. Rename one "
            "of the folders."
        )


def fill_length(cfg: DictConfig) -> None:
    """Where n_frames is null, as many as the checkpoints were trained on.

    Raises:
        ValueError: a checkpoint has no path, or none is there, or they differ.
    """
    models = cfg.get("model") or {}
    for name, model in models.items():
        if isinstance(model, DictConfig) and OmegaConf.is_missing(model, "path"):
            raise ValueError(
                f"model={name} is a checkpoint. Type model.{name}.path=FOLDER, or an id of the "
                "Hugging Face Hub."
            )
    if "n_frames" not in cfg or cfg.n_frames is not None:
        return
    lengths = {}
    for name, model in models.items():
        if model.get("path"):
            lengths[study_name(name, model)] = _own_length(model.path)
    if len(set(lengths.values())) != 1:
        listed = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise ValueError(
            f"Expected n_frames to be a whole number, 1 or more, got n_frames=null{_of(listed)}. "
            "Type n_frames=8, say."
        )
    cfg.n_frames = next(iter(lengths.values()))


def _of(listed: str) -> str:
    return f", and the models take other numbers ({listed})" if listed else ""


def _own_length(path: str) -> int:
    from playfair.models.huggingface.folder import folder_of, own_lengths

    return own_lengths(folder_of(path)).n_frames
