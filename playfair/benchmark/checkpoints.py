"""Checkpoints: what dropping tokens saves over freezing frames, and clips per second on a GPU.

Random weights: time does not ask what they say. On a CPU a VideoMAE-small of fewer layers and smaller
pictures; on a GPU the true VideoMAE-B and V-JEPA 2 ViT-L, in bfloat16.
"""

import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from statistics import median
from typing import Any

import pandas as pd
import torch

from playfair.models.huggingface.family import family_of
from playfair.models.huggingface.model import HuggingFaceModel
from playfair.models.video_model import Preprocess
from playfair.shapley.explain import explain

CLASSES = 174
SPLIT = 24_777  # clips of Something-Something v2's validation split
NO_GPU = "no GPU here: experiment=benchmark device=cuda measures VideoMAE-B and V-JEPA 2 ViT-L"
SMALL = {"hidden_size": 384, "num_attention_heads": 6, "intermediate_size": 1536}
REDUCED = {"num_hidden_layers": 2, "image_size": 48}
# of all 255 coalitions of 8 elements with tokens dropped, TFLOP a clip
EXACT = {"VideoMAE-B": 42, "V-JEPA 2 ViT-L": 213}


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
            seconds.append(timed(partial(explain, model, units, prior, removal=name)))
    frozen = times["freeze"]
    return pd.DataFrame(
        {
            "removal": name,
            "ms": 1e3 * median(seconds),
            "over freeze": median(own / other for own, other in zip(seconds, frozen, strict=True)),
        }
        for name, seconds in times.items()
    )


def measure_card(rounds: int, n_videos: int = 4) -> pd.DataFrame:
    """Exact values at true size on a GPU, in bfloat16 with tokens dropped.

    Returns:
        A row for each model: "clips/s", "TFLOP/s", its share of the rate of large products measured
        in the same rounds, and hours for SPLIT clips. Without a GPU no row.
    """
    if not torch.cuda.is_available():
        return pd.DataFrame()
    transformers: Any = import_module("transformers")
    networks: dict[str, Callable[[], Any]] = {
        "VideoMAE-B": lambda: transformers.VideoMAEForVideoClassification(
            transformers.VideoMAEConfig(num_labels=CLASSES)
        ),
        "V-JEPA 2 ViT-L": lambda: transformers.VJEPA2ForVideoClassification(
            transformers.VJEPA2Config(frames_per_clip=16, num_labels=CLASSES)
        ),
    }
    device = torch.device("cuda")
    rows = []
    for name, make in networks.items():
        model = of_network(make()).to(device)
        units = clips(model, n_videos, device)
        prior = torch.full((CLASSES,), 1 / CLASSES, device=device)
        run = partial(explain, model, units, prior, precision="bfloat16", batch_size=128)
        run()
        seconds = []
        rates = []
        for _ in range(rounds):
            rates.append(matrix_rate(device))
            seconds.append(timed(run) / n_videos)
        rate = EXACT[name] / median(seconds)
        rows.append(
            {
                "model": name,
                "clips/s": 1 / median(seconds),
                "TFLOP/s": rate,
                "share of matrix rate": rate / median(rates),
                "hours for a split": SPLIT * median(seconds) / 3600,
            }
        )
    return pd.DataFrame(rows)


def of_network(network: Any) -> HuggingFaceModel:
    """Random weights as a video model."""
    family = family_of(network.config)
    preprocess = Preprocess(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    return HuggingFaceModel(network.eval(), family, preprocess, range(CLASSES)).eval()


def clips(model: HuggingFaceModel, n_videos: int, device: torch.device) -> torch.Tensor:
    """Noise of the right size, as the model sees it."""
    height, width = model.picture
    frames = torch.randint(256, (n_videos, model.n_frames, height, width, 3), dtype=torch.uint8)
    return model.units(frames.to(device))


def matrix_rate(device: torch.device, side: int = 8192) -> float:
    """Of large bfloat16 products, TFLOP/s."""
    matrix = torch.randn(side, side, device=device, dtype=torch.bfloat16)
    seconds = timed(lambda: [matrix @ matrix for _ in range(8)])
    return 8 * 2 * side**3 / seconds / 1e12


def timed(run: Callable[[], object]) -> float:
    """Seconds until a GPU has finished; without one, of CPU time, whatever else runs beside."""
    if not torch.cuda.is_available():
        began = time.process_time()
        run()
        return time.process_time() - began
    torch.cuda.synchronize()
    began = time.perf_counter()
    run()
    torch.cuda.synchronize()
    return time.perf_counter() - began
