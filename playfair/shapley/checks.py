"""What `explain` refuses before it computes anything, and what to type instead."""

import torch
from torch import Tensor

from playfair.shapley.game import Heads
from playfair.shapley.removal import REMOVALS


def check(model: object, features: Tensor, prior: Tensor) -> None:
    """Raise ValueError for input from which no ESV follows."""
    if getattr(model, "training", False):
        raise ValueError(
            "the model is in train mode, where dropout makes its scores random; call model.eval() first"
        )
    check_features(features)
    check_prior(prior)
    if isinstance(model, Heads) and len(prior) != (n_classes := len(model.readout(1)[1])):
        raise ValueError(
            f"prior has {len(prior)} entries but the model has {n_classes} classes; give one probability "
            "per class, in the order of the model's outputs"
        )
    feature_dim = getattr(model, "feature_dim", features.shape[-1])
    if feature_dim != features.shape[-1]:
        raise ValueError(
            f"the model takes {feature_dim} features per frame, got features of shape "
            f"{tuple(features.shape)}; the axes are (video, frame, feature)"
        )


def check_options(
    budget: int | None, removal: str, generator: torch.Generator | None, precision: str
) -> None:
    """Raise ValueError for options that mean nothing."""
    if budget is not None and (not isinstance(budget, int) or budget < 1):
        raise ValueError(
            f"budget must be a positive number of evaluations per video, or None; got {budget!r}"
        )
    if removal not in REMOVALS:
        raise ValueError(f"removal must be one of {', '.join(REMOVALS)}; got {removal!r}")
    if generator is not None and generator.device.type != "cpu":
        raise ValueError(
            f"generator must be on the CPU, got one on {generator.device}; type torch.Generator().manual_seed(0)"
        )
    if precision not in ("float32", "bfloat16"):
        raise ValueError(f"precision must be float32 or bfloat16; got {precision!r}")


def check_features(features: Tensor) -> None:
    """(video, frame, feature), floating, at least one video and frame, finite."""
    if not isinstance(features, Tensor) or not features.is_floating_point():
        came = features.dtype if isinstance(features, Tensor) else type(features).__name__
        raise ValueError(
            f"features must be a floating point tensor, got {came}; try torch.as_tensor(x).float()"
        )
    if features.ndim != 3:
        raise ValueError(
            f"features must have the axes (video, frame, feature), got shape {tuple(features.shape)}; "
            "for one video type features.unsqueeze(0)"
        )
    if 0 in features.shape:
        raise ValueError(
            "features must hold at least one video, one frame and one feature; got (video, frame, feature) = "
            f"{tuple(features.shape)}"
        )
    if features.sum().isfinite():  # the short way; a sum may also overflow
        return
    broken = (~features.isfinite().flatten(1).all(1)).nonzero().flatten().tolist()
    if broken:
        raise ValueError(
            f"features of video {', '.join(map(str, broken[:10]))} (counted from 0) contain NaN or infinity; "
            "extract them again or leave them out: features[features.isfinite().all(-1).all(-1)]"
        )


def check_prior(prior: Tensor) -> None:
    """(class,), probabilities that sum to 1."""
    if not isinstance(prior, Tensor) or prior.ndim != 1 or not prior.is_floating_point():
        came = (
            f"{prior.dtype} {tuple(prior.shape)}"
            if isinstance(prior, Tensor)
            else type(prior).__name__
        )
        raise ValueError(
            f"prior must be a floating point tensor of shape (class,), got {came}; it holds the training-set "
            "class frequencies"
        )
    total = prior.double().sum().item()
    tolerance = 2 * len(prior) * torch.finfo(prior.dtype).eps + 1e-5
    if not abs(total - 1) <= tolerance or prior.min() < 0:
        raise ValueError(
            f"prior must be probabilities that sum to 1, got a sum of {total:.6g} and a least entry of "
            f"{prior.min().item():.3g}; for class counts type counts / counts.sum()"
        )
