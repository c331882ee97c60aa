"""What `explain` refuses before it computes anything, and what to type instead."""

from math import isfinite

import torch
from torch import Tensor

from playfair.shapley.errors import NotFinite, NotFiniteScores, WrongOption, WrongPrior, WrongUnits
from playfair.shapley.mode import check_mode, is_checked_by_itself
from playfair.shapley.removal import REMOVALS

# A sum over fewer numbers is done by one thread: the others of torch's threads would then wait for
# more in a busy loop, on the cores that the videos need.
CHUNK = 2**14


def check(model: object, units: object, prior: object) -> None:
    """Raises what is refused in input from which no ESV follows.

    Args:
        model: in eval mode.
        units: (video, element, *unit), finite.
        prior: (class,), probabilities; or None.
    """
    if not is_checked_by_itself(model):
        check_mode(model)
    check_units(units)
    if prior is not None:
        check_prior(prior)
    assert isinstance(units, Tensor)
    feature_dim = getattr(model, "feature_dim", None)
    if isinstance(feature_dim, int) and feature_dim != units.shape[-1]:
        raise WrongUnits(
            f"the model takes {feature_dim} features per frame, got features of shape "
            f"{tuple(units.shape)}; the axes are (video, element, feature)"
        )


def check_options(
    budget: object,
    removal: object,
    generator: torch.Generator | None,
    precision: object,
    batch_size: object,
    removals: tuple[str, ...] = REMOVALS,
) -> None:
    """Raises WrongOption for options that mean nothing.

    Args:
        removals: those that the model knows.
    """
    if budget is not None and not is_count(budget):
        raise WrongOption("budget", budget, "a positive number of evaluations per video, or None")
    if removal is not None and removal not in removals:
        raise WrongOption("removal", removal, f"one of {', '.join(removals)}")
    if generator is not None and generator.device.type != "cpu":
        raise WrongOption(
            "generator",
            generator.device,
            "on the CPU, such as torch.Generator().manual_seed(0)",
        )
    if precision not in ("float32", "bfloat16"):
        raise WrongOption("precision", precision, "float32 or bfloat16")
    if batch_size is not None and not is_count(batch_size):
        raise WrongOption("batch_size", batch_size, "a positive number of rows, or None")


def is_count(value: object) -> bool:
    """Whether it is a whole number, 1 or more; True is none.

    >>> is_count(1), is_count(True), is_count(2.0), is_count(0)
    (True, False, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def check_units(units: object) -> None:
    """(video, element, *unit), floating, at least one of each, finite."""
    if isinstance(units, int):
        raise WrongUnits(
            f"features must be a tensor (video, element, *unit), got {units!r}; a function of masks "
            f"is explained by explain_masks(score, n_elements={units})"
        )
    if not isinstance(units, Tensor) or not units.is_floating_point():
        came = units.dtype if isinstance(units, Tensor) else type(units).__name__
        raise WrongUnits(
            f"features must be a floating point tensor, got {came}; try torch.as_tensor(x).float()"
        )
    if units.layout != torch.strided:
        raise WrongUnits(
            f"features must be a dense tensor, got {units.layout}; type features.to_dense()"
        )
    if units.device.type == "meta":
        raise WrongUnits("features are on the device meta, which holds no numbers; load them first")
    if units.ndim < 3:
        raise WrongUnits(
            "features must have the axes (video, element, *unit), such as (video, frame, feature) or "
            f"(video, frame, channel, height, width); got shape {tuple(units.shape)}. If that is one "
            "video, type x[None]"
        )
    if 0 in units.shape:
        raise WrongUnits(
            "features must hold at least one video, one frame and one feature; got (video, frame, "
            f"*unit) = {tuple(units.shape)}"
        )
    if has_finite_sums(units):
        return
    broken = (~units.isfinite().flatten(1).all(1)).nonzero().flatten().tolist()
    if broken:
        raise NotFinite(broken)


def looks_like_one_video(units: Tensor) -> bool:
    """Whether axes may be (frame, channel, height, width), so that the video's own is missing.

    Example:
        >>> looks_like_one_video(torch.empty(8, 3, 64, 64)), looks_like_one_video(torch.empty(8, 3, 5))
        (True, False)
    """
    return units.ndim == 4 and units.shape[1] in (1, 3) and min(units.shape[2:]) >= 16


def check_finite(score: Tensor, values: Tensor) -> None:
    """Raises NotFiniteScores, naming the videos, where scores or values are no numbers.

    Args:
        score: (video, class).
        values: (video, …).
    """
    if has_finite_sums(score) and has_finite_sums(values):
        return
    finite = score.isfinite().all(1) & values.isfinite().flatten(1).all(1)
    broken = (~finite).nonzero().flatten().tolist()
    if broken:
        raise NotFiniteScores(broken)


def has_finite_sums(values: Tensor) -> bool:
    """Whether all values are finite, by a short way; no may also mean that a sum overflowed.

    Example:
        >>> has_finite_sums(torch.ones(3)), has_finite_sums(torch.tensor([torch.inf, -torch.inf]))
        (True, False)
    """
    if values.numel() <= CHUNK:
        return isfinite(values.sum().item())
    return all(isfinite(part.sum().item()) for part in values.flatten().split(CHUNK))


def check_prior(prior: object) -> None:
    """(class,), probabilities that sum to 1."""
    if not isinstance(prior, Tensor) or prior.ndim != 1 or not prior.is_floating_point():
        kind = type(prior).__name__
        came = f"{prior.dtype} {tuple(prior.shape)}" if isinstance(prior, Tensor) else kind
        raise WrongPrior(
            f"prior must be a floating point tensor of shape (class,), got {came}; it holds the "
            "training-set class frequencies"
        )
    if prior.layout != torch.strided or prior.device.type == "meta":
        raise WrongPrior(
            f"prior must be a dense tensor of numbers, got {prior.layout} on {prior.device}"
        )
    total = prior.double().sum().item()
    tolerance = 2 * len(prior) * torch.finfo(prior.dtype).eps + 1e-5
    if not abs(total - 1) <= tolerance or prior.min() < 0:
        raise WrongPrior(
            f"prior must be probabilities that sum to 1, got a sum of {total:.6g} and a least "
            f"entry of {prior.min().item():.3g}; for class counts type counts / counts.sum()"
        )
