"""A checkpoint, loaded whole and checked: what is known to go wrong without a word is refused."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from playfair.models.huggingface.class_names import class_order
from playfair.models.huggingface.family import family_of
from playfair.models.huggingface.folder import (
    NoCheckpointError,
    folder_of,
    read_config,
    require_weights,
)
from playfair.models.huggingface.model import HuggingFaceModel
from playfair.models.huggingface.preprocess import NoPreprocessError, read_preprocess, shown_size
from playfair.shapley.errors import WrongOption
from playfair.shapley.precision import models_in_full

SAME = 1e-3  # of the largest logit: rounding is 1e-6, another model 1
LISTED = 5  # weights of an error
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class UnfitCheckpointError(ValueError):
    """A checkpoint that would be explained as something else than it is.

    Attributes:
        folder: the checkpoint's.
    """

    def __init__(self, folder: Path, why: str) -> None:
        self.folder = folder
        super().__init__(why)


def load_checkpoint(
    path: str,
    class_names: Sequence[str] | None = None,
    *,
    classes: str = "by_name",
    frames_per_element: int | None = None,
    dtype: str = "float32",
    checked: bool = False,
) -> HuggingFaceModel:
    """The model of a folder or of an id of the Hub, in eval mode.

    Code that lies with a checkpoint is never run, and `.bin` files are read as weights alone.

    Args:
        path: a folder, or an id.
        class_names: the dataset's, whose order logits are brought into; None: the checkpoint's own.
        classes: as of `class_order`.
        frames_per_element: as of HuggingFaceModel.
        dtype: of weights and tokens, "float32" or "bfloat16"; what is checked is in float32.
        checked: whether this release of transformers was found to make it as it should; otherwise a
            clip of noise is shown to it.

    Raises:
        ValueError: no checkpoint, one of something else, or one that does not fit; says which.
        WrongOption: the dtype is another.
    """
    if dtype not in DTYPES:
        raise WrongOption("dtype", dtype, " or ".join(DTYPES))
    folder = folder_of(path)
    require_video_classifier(folder)
    network = _loaded(folder)
    config: Any = network.config
    require_one_class_a_clip(config, folder)
    family = family_of(config.model_type)
    preprocess = read_preprocess(folder)
    asked = shown_size(preprocess, (240, 320))
    if asked != family.picture(config):
        raise NoPreprocessError(
            folder,
            f"The model takes pictures of {_by(family.picture(config))}, and its preprocessing "
            f"makes them {_by(asked)}",
        )
    if class_names is None:
        class_names = [str(config.id2label[place]) for place in sorted(config.id2label)]
        classes = "by_order"
    order = class_order(config.id2label, class_names, classes)
    n_frames = family.n_frames(config)
    if frames_per_element is not None and (
        frames_per_element < 1
        or n_frames % frames_per_element
        or frames_per_element % family.frames_per_element(config)
    ):
        raise ValueError(
            f"Elements of {frames_per_element} frames do not fit: the model takes {n_frames} frames, "
            f"{family.frames_per_element(config)} to a token. Type model.NAME.frames_per_element="
            f"{family.frames_per_element(config)}, or a multiple of it that divides {n_frames}."
        )
    model = HuggingFaceModel(
        network, family, preprocess, order, frames_per_element, class_names=class_names
    )
    model.eval()
    model.requires_grad_(False)
    if not checked:
        require_sound(model, folder)
    return model.to(DTYPES[dtype])


def require_video_classifier(folder: Path) -> None:
    """Raises NoCheckpointError where a folder holds none, or a model of something else."""
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_VIDEO_CLASSIFICATION_MAPPING_NAMES as KINDS,
    )

    config = read_config(folder)
    kind = str(config.get("model_type"))
    if kind not in KINDS:
        classes = config.get("architectures") or [kind]
        raise NoCheckpointError(
            str(folder),
            f"{folder} holds a {classes[0]}, which is no video classifier that transformers knows; "
            f"those are {', '.join(sorted(set(KINDS.values())))}. Code that lies with a checkpoint "
            "is not run.",
        )
    require_weights(folder)


def require_one_class_a_clip(config: Any, folder: Path) -> None:
    """Raises UnfitCheckpointError where a model's own scores are no softmax over classes."""
    kind = getattr(config, "problem_type", None)
    if kind in ("multi_label_classification", "regression") or len(config.id2label) == 1:
        what = "several labels of a clip" if kind == "multi_label_classification" else "a number"
        raise UnfitCheckpointError(
            folder,
            f"The model in {folder} tells {what} (problem_type and id2label in its config.json), "
            "and what is explained are scores of classes of which a clip has one, a softmax. In "
            "Python playfair.explain_masks takes whatever scores a function of masks gives.",
        )


def _loaded(folder: Path) -> nn.Module:
    """All of the weights in all of the model."""
    from transformers import AutoModelForVideoClassification
    from transformers.utils import logging as transformers_logging

    bar = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        network, info = AutoModelForVideoClassification.from_pretrained(
            folder,
            output_loading_info=True,
            trust_remote_code=False,
            local_files_only=True,
            weights_only=True,
            dtype=torch.float32,  # else half precision, where the file is
            ignore_mismatched_sizes=True,  # so that they are told by name, below
        )
    # transformers raises errors of pickle, zip, safetensors and its own for files of another kind
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise NoCheckpointError(
            str(folder), f"The weights in {folder} cannot be read: {lines[0]}"
        ) from error
    finally:
        if bar:
            transformers_logging.enable_progress_bar()
    _require_all_weights(info, folder)
    return network.float()


def _require_all_weights(info: Mapping[str, Any], folder: Path) -> None:
    """Missing weights would be drawn at random, and unexpected ones left out."""
    lines = []
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        for key in sorted(info.get(kind) or (), key=str):
            name = key if isinstance(key, str) else key[0]
            lines.append(f"\n  {kind.removesuffix('_keys')}: {name}")
    if lines:
        more = f"\n  … and {len(lines) - LISTED} more" if len(lines) > LISTED else ""
        raise UnfitCheckpointError(
            folder,
            f"The weights in {folder} are not those of its model:{''.join(lines[:LISTED])}{more}\n"
            "What is missing would be drawn at random. A checkpoint that was fine-tuned to classify "
            "has all of them; some releases of transformers lose weights of old files, another "
            "may not.",
        )


@torch.no_grad()
@models_in_full()
def require_sound(model: HuggingFaceModel, folder: Path) -> None:
    """Raises UnfitCheckpointError where logits are none, or a half of the model is not the model."""
    for name, weight in model.state_dict().items():
        if weight.is_floating_point() and not weight.isfinite().all():
            raise UnfitCheckpointError(
                folder,
                f"The weights in {folder} hold NaN or infinity, in {name}: fetch them again.",
            )
    units = _made_up(model)
    logits = model(units)
    if logits.ndim != 2 or not logits.isfinite().all():
        raise UnfitCheckpointError(
            folder, f"The model in {folder} answers {tuple(logits.shape)} with NaN or infinity."
        )
    total = logits.sum(1)
    if logits.min() >= 0 and bool((total - 1).abs().max() < 1e-4):
        raise UnfitCheckpointError(
            folder,
            f"The model in {folder} answers with probabilities, and logits are explained: take its "
            "last softmax away.",
        )
    if "drop" in model.removals:
        _require_same(model, units, logits, folder)


def _require_same(model: HuggingFaceModel, units: Tensor, logits: Tensor, folder: Path) -> None:
    """With all tokens kept, the model in two halves is the model."""
    tokens = model.tokens(units)
    elements = torch.arange(tokens.shape[1]).expand(len(tokens), -1)
    halves = model.of_tokens(tokens, elements)
    if bool((halves - logits).abs().max() > SAME * logits.abs().max().clamp(min=1e-3)):
        raise UnfitCheckpointError(
            folder,
            f"With all tokens kept, the {model.family.name} in {folder} does not answer as the "
            "model itself does: this release of transformers makes it in another way. Type "
            "pip install -c constraints.txt transformers, or removal=freeze.",
        )


def _made_up(model: HuggingFaceModel) -> Tensor:
    """A clip of noise, of the right size."""
    height, width = model.picture
    generator = torch.Generator().manual_seed(0)
    shape = (1, model.n_frames, height, width, 3)
    return model.units(torch.randint(256, shape, generator=generator, dtype=torch.uint8))


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
