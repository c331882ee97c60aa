"""Integrated Gradients from a frame that says the prior, as f(∅) does."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.integrated_gradients import integrated_gradients
from playfair.attribution.registry import Asked, method

STEPS = 50  # of L-BFGS, at most


@method(
    "integrated_gradients_prior",
    title="IG from the prior",
    unit="probability",
    colour="#882255",
    line=":",
    needs=("features",),
    source="Sundararajan et al. 2017",
    leading=False,
    default=False,
)
def of_asked(question: Asked) -> Float[Tensor, "video frame"]:
    """As Integrated Gradients, from a clip that scores the prior: the values sum as ESVs do."""
    return integrated_gradients(
        question.head, question.features, question.label, baseline=saying_the_prior(question)
    )


@torch.enable_grad()
def saying_the_prior(question: Asked) -> Float[Tensor, " *unit"]:
    """A feature x with softmax(head(x, …, x)) = prior, sought from the data's mean feature.

    By L-BFGS on the divergence from the prior; the one nearest to where it began, in the sense in
    which gradients are.
    """
    mean = question.reference.flatten(0, 1).mean(0).detach()
    unit = mean.clone().requires_grad_()
    prior = question.prior.to(unit)
    optimizer = torch.optim.LBFGS([unit], max_iter=STEPS, line_search_fn="strong_wolfe")

    def divergence() -> Tensor:
        clip = unit.expand(1, question.n_frames, *unit.shape)
        loss = -(prior * question.head(clip)[0].log_softmax(-1)).sum()
        (unit.grad,) = torch.autograd.grad(loss, unit)
        return loss

    optimizer.step(divergence)
    return unit.detach()
