"""Checkpoints: what dropping tokens saves over freezing frames, on a CPU.

Random weights: time does not ask what they say. A VideoMAE-small of fewer layers and smaller pictures;
`card` has the true sizes, on a GPU.
"""

from functools import partial
from importlib import import_module
from statistics import median
from typing import Any

import pandas as pd
import torch

from playfair.benchmark.elapsed import spent
from playfair.models.huggingface.family import family_of
from playfair.models.huggingface.model import HuggingFaceModel
from playfair.models.video_model import Preprocess
from playfair.shapley.explain import explain

CLASSES = 174
SMALL = {"hidden_size": 384, "num_attention_heads": 6, "intermediate_size": 1536}
REDUCED = {"num_hidden_layers": 2, "image_size": 48}


def measure_dropping(rounds: int) -> pd.DataFrame:
    """Exact values of a clip of 8 elements by each removal, in interleaved rounds.

    Args:
        rounds: the medians count.

    Returns:
        A row for each removal: "removal", "ms" of a clip (of CPU time), and "over freeze", the median of the rounds'
        ratios.
    """
    transformers: Any = import_module("transformers")
    config = transformers.VideoMAEConfig(**SMALL, **REDUCED, num_labels=CLASSES)
    model = of_network(transformers.VideoMAEForVideoClassification(config))
    units = clips(model, 1, torch.device("cpu"))
    prior = torch.full((CLASSES,), 1 / CLASSES)
    times: dict[str, list[float]] = {name: [] for name in ("freeze", "drop")}
    for _ in range(rounds):
        for name, seconds in times.items():
            run = partial(explain, model, units, prior, removal=name)
            seconds.append(spent(run, units.device))
    frozen = times["freeze"]
    return pd.DataFrame(
        {
            "removal": name,
            "ms": 1e3 * median(seconds),
            "over freeze": median(own / other for own, other in zip(seconds, frozen, strict=True)),
        }
        for name, seconds in times.items()
    )


def of_network(network: Any) -> HuggingFaceModel:
    """Random weights as a video model."""
    family = family_of(network.config.model_type)
    preprocess = Preprocess(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    return HuggingFaceModel(network.eval(), family, preprocess, range(CLASSES)).eval()


def clips(model: HuggingFaceModel, n_videos: int, device: torch.device) -> torch.Tensor:
    """Noise of the right size, as the model sees it."""
    height, width = model.picture
    frames = torch.randint(256, (n_videos, model.n_frames, height, width, 3), dtype=torch.uint8)
    return model.units(frames.to(device))
