"""Tiny random checkpoints of every family, written as a fine-tuned one is: seconds to make, 0.3 MB each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from playfair.datasets.drawing.actions import TEMPLATES
from playfair.datasets.label_files import without_brackets

N_FRAMES = {"videomae": 8, "timesformer": 4, "vjepa2": 8, "vivit": 8, "videoprism": 4}
SIDE = {name: 36 if name == "videoprism" else 32 for name in N_FRAMES}
PUBLISHED = {"image_mean": [0.45, 0.5, 0.4], "image_std": [0.225, 0.25, 0.2]}


def synthetic_classes() -> list[str]:
    """The classes of the synthetic dataset, in its order."""
    return sorted(without_brackets(template) for template in TEMPLATES)


def bracketed(class_names: list[str]) -> dict[int, str]:
    """Names as checkpoints have them, in another order: with brackets, in another case."""
    names = [name.replace("something", "[something]").upper() for name in class_names]
    return dict(enumerate(reversed(names)))


def write_checkpoint(folder: Path, family: str, class_names: list[str], **config: Any) -> Path:
    """A checkpoint of random weights that tells clips apart, and its preprocessor_config.json."""
    torch.manual_seed(0)
    network = network_of(family, class_names, **config)
    network.save_pretrained(folder)
    write_preprocess(folder, SIDE[family])
    return folder


def write_preprocess(folder: Path, side: int, **other: Any) -> None:
    config = {
        "do_resize": True,
        "size": {"shortest_edge": side},
        "do_center_crop": True,
        "crop_size": {"height": side, "width": side},
        **PUBLISHED,
        **other,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(config))


def network_of(family: str, class_names: list[str], **config: Any) -> Any:
    import transformers

    id2label = bracketed(class_names)
    sizes = {
        "hidden_size": 32,
        "num_attention_heads": 2,
        "initializer_range": 0.2,
        "id2label": id2label,
        "label2id": {name: place for place, name in id2label.items()},
    }
    n_frames = {"num_frames": N_FRAMES[family], "image_size": SIDE[family], "intermediate_size": 64}
    kinds: dict[str, tuple[str, str, dict[str, Any]]] = {
        "videomae": (
            "VideoMAEForVideoClassification",
            "VideoMAEConfig",
            {**n_frames, "patch_size": 16, "tubelet_size": 2, "num_hidden_layers": 2},
        ),
        "timesformer": (
            "TimesformerForVideoClassification",
            "TimesformerConfig",
            {**n_frames, "patch_size": 16, "num_hidden_layers": 2},
        ),
        "vjepa2": (
            "VJEPA2ForVideoClassification",
            "VJEPA2Config",
            {
                "crop_size": 32,
                "frames_per_clip": 8,
                "patch_size": 16,
                "tubelet_size": 2,
                "mlp_ratio": 2.0,
                "num_hidden_layers": 2,
                "num_pooler_layers": 1,
                "pred_hidden_size": 12,
                "pred_num_attention_heads": 2,
                "pred_num_hidden_layers": 1,
            },
        ),
        "vivit": (
            "VivitForVideoClassification",
            "VivitConfig",
            {**n_frames, "tubelet_size": [2, 16, 16], "num_hidden_layers": 2},
        ),
        "videoprism": (
            "VideoPrismForVideoClassification",
            "VideoPrismVisionConfig",
            {
                **n_frames,
                "tubelet_size": [1, 18, 18],
                "num_spatial_layers": 1,
                "num_temporal_layers": 1,
                "num_auxiliary_layers": 1,
            },
        ),
    }
    kind, of_config, own = kinds[family]
    configured = getattr(transformers, of_config)(**{**sizes, **own, **config})
    return getattr(transformers, kind)(configured).eval()


def checkpoints_in(folder: Path, class_names: list[str]) -> Callable[[str], Path]:
    """family → its checkpoint, written when it is first asked for."""

    def checkpoint(family: str) -> Path:
        there = folder / f"tiny-{family}"
        return there if there.exists() else write_checkpoint(there, family, class_names)

    return checkpoint
