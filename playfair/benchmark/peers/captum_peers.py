"""captum's estimators, which live in our environment: permutations, and KernelSHAP."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from playfair.benchmark.peers.counted import Worths
from playfair.benchmark.peers.pipe import Answer, PeerFailed

NAMES = ("ShapleyValueSampling", "KernelShap")
# coalitions that captum asks for at once
AT_ONCE = 256


def captum_estimate(name: str, worths: Worths, n_elements: int, budget: int, seed: int) -> Answer:
    """One of NAMES on one game; arguments as of `Peers.estimate`.

    Raises:
        PeerFailed: captum is not installed, or fails.
    """
    try:
        import captum.attr
    except ImportError as missing:
        raise PeerFailed("not installed; type pip install 'playfair[dev]'") from missing
    waited = 0.0

    def game(inside: Tensor) -> Tensor:
        nonlocal waited
        start = time.process_time()
        worth = worths(inside > 0)
        waited += time.process_time() - start
        return worth

    # beside its samples it asks for all elements
    options = {"n_samples": budget - 1, "perturbations_per_eval": AT_ONCE}
    make: Callable[..., object] = getattr(captum.attr, name)
    if name == "ShapleyValueSampling":
        # a permutation asks for a coalition with each element
        options["n_samples"] = max(1, (budget - 1) // n_elements)
    torch.manual_seed(seed)
    start = time.process_time()
    try:
        esv = make(game).attribute(torch.ones(1, n_elements), **options)  # type: ignore[attr-defined]
    except (ImportError, ValueError, RuntimeError, AssertionError) as error:
        raise PeerFailed(f"{type(error).__name__}: {error}") from error
    ms = 1e3 * (time.process_time() - start - waited)
    return Answer(esv[0].double(), ms)
