"""Clips per second of exact values on a GPU, and their share of its rate of large products.

VideoMAE-B and V-JEPA 2 ViT-L with random weights of the true size: time does not ask what they say.
By itself, on a machine with torch, transformers and pandas alone, in two minutes:

    python -m playfair.benchmark.card
"""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from playfair.benchmark.checkpoints import CLASSES, clips, of_network
from playfair.benchmark.elapsed import elapsed
from playfair.benchmark.speed import mean_seconds, peak_memory
from playfair.shapley.attribution import Attribution
from playfair.shapley.explain import explain, explain_more

SPLIT = 24_777  # clips of Something-Something v2's validation split
NO_GPU = "no GPU here: on one, python -m playfair.benchmark.card measures VideoMAE-B and V-JEPA 2"
SIDE = 8192  # of the square matrices whose product is the card's rate
# name → class of transformers, and what its configuration says beyond the usual
NETWORKS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "VideoMAE-B": ("VideoMAE", {}),
    "V-JEPA 2 ViT-L": ("VJEPA2", {"frames_per_clip": 16}),
}
AUTOCAST = "products, by autocast"  # what precision=bfloat16 does
WHOLE = "weights and tokens"  # what model.huggingface.dtype=bfloat16 does


def measure_card(
    rounds: int,
    n_videos: int = 4,
    *,
    device: str | None = None,
    networks: Mapping[str, tuple[str, Mapping[str, Any]]] = NETWORKS,
    side: int = SIDE,
) -> pd.DataFrame:
    """Exact values of all 255 coalitions of 8 elements, tokens dropped, in bfloat16.

    Args:
        rounds: the medians count.
        n_videos: explained together.
        device: None: a GPU.
        networks: name → class of transformers, options of its configuration.
        side: of the matrices whose product is the card's rate.

    Returns:
        Two rows for each model, "in bfloat16": products alone, as precision=bfloat16 has it, or
        weights and tokens. "clips/s"; "TFLOP/s", of the operations counted in a run; "share of
        matrix rate", of that measured in the same rounds; "hours for a split" of SPLIT clips;
        "error", the largest difference of an ESV from float32's; "gap", the largest of the sum of
        float32's from score − prior; "peak GB". Without a GPU no row, if no device is named.
    """
    if device is None and not torch.cuda.is_available():
        return pd.DataFrame()
    place = torch.device(device or "cuda")
    prior = torch.full((CLASSES,), 1 / CLASSES, device=place)
    rows = []
    for name, (kind, options) in networks.items():
        with place:  # weights are drawn where they are used
            network = network_of(kind, options)
        model = of_network(network).to(place)
        units = clips(model, n_videos, place)
        exact = explain(model, units[:1], prior, batch_size=32)  # looks at the model, too
        by_autocast = partial(explain_more, model, units, prior, batch_size=128)
        rows.append(
            row(name, AUTOCAST, partial(by_autocast, precision="bfloat16"), exact, rounds, side)
        )
        model = model.to(torch.bfloat16)
        whole = partial(explain_more, model, units, prior, batch_size=128)
        rows.append(row(name, WHOLE, whole, exact, rounds, side))
    return pd.DataFrame(rows)


def row(
    name: str,
    how: str,
    run: Callable[[], Attribution],
    exact: Attribution,
    rounds: int,
    side: int,
) -> dict[str, object]:
    """What is measured of one model in one precision.

    Args:
        name, how: of the model, and what is in bfloat16.
        run: explains some clips.
        exact: of the first of them, in float32.
        rounds, side: as of `measure_card`.
    """
    device = exact.esv.device
    assert exact.prior is not None
    with FlopCounterMode(display=False) as counted:
        answer = run()  # the round that warms up
    operations = counted.get_total_flops()
    peak = peak_memory(run, device)
    times = []
    rates = []
    for _ in range(rounds):
        rates.append(matrix_rate(device, side))
        times.append(elapsed(run, device))
    n_videos = len(answer.esv)
    rate = operations / median(times) / 1e12
    return {
        "model": name,
        "in bfloat16": how,
        "clips/s": n_videos / median(times),
        "TFLOP a clip": operations / n_videos / 1e12,
        "TFLOP/s": rate,
        "share of matrix rate": rate / median(rates),
        "hours for a split": SPLIT * median(times) / n_videos / 3600,
        "error": largest(answer.esv[:1] - exact.esv),
        "gap": largest(exact.esv.double().sum(1) - (exact.score - exact.prior).double()),
        "peak GB": peak / 1e9,
    }


def network_of(kind: str, options: Mapping[str, Any]) -> Any:
    """Random weights of a class of transformers."""
    transformers: Any = import_module("transformers")
    config = getattr(transformers, f"{kind}Config")(**options, num_labels=CLASSES)
    return getattr(transformers, f"{kind}ForVideoClassification")(config)


def matrix_rate(device: torch.device, side: int = SIDE) -> float:
    """Of large bfloat16 products of noise, TFLOP/s, after one that warms up."""
    matrix = torch.randn(side, side, device=device, dtype=torch.bfloat16)
    out = torch.empty_like(matrix)
    torch.mm(matrix, matrix, out=out)
    eight = mean_seconds(lambda: [torch.mm(matrix, matrix, out=out) for _ in range(8)], device, 0.1)
    return 8 * 2 * side**3 / eight / 1e12


def largest(values: Tensor) -> float:
    """Without its sign."""
    return values.abs().max().item()


def main() -> None:
    """Prints the rows, and writes them where it is asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="the medians count")
    parser.add_argument("--videos", type=int, default=4, help="explained together")
    parser.add_argument("--csv", type=Path, help="a file for the rows")
    typed = parser.parse_args()
    table = measure_card(typed.rounds, typed.videos)
    if not len(table):
        raise SystemExit(NO_GPU)
    device = torch.cuda.get_device_name()
    versions = (
        f"torch {torch.__version__}, transformers {import_module('transformers').__version__}"
    )
    print(f"{device}, {versions}")
    print(table.T.to_string(float_format=lambda value: f"{value:.4g}"))
    if typed.csv:
        table.to_csv(typed.csv, index=False)


if __name__ == "__main__":
    main()
