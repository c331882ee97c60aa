"""Expected Gradients (Erion et al. 2021): Integrated Gradients from many clips of the data."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.integrated_gradients import BYTES, ROWS
from playfair.attribution.registry import Asked, method

DRAWS = 30  # clips for each video, each at one point of the way


@method(
    "expected_gradients",
    title="Expected Gradients",
    unit="probability",
    colour="#996633",
    line="--",
    source="Erion et al. 2021",
    leading=False,
    default=False,
)
@torch.enable_grad()
def expected_gradients(question: Asked) -> Float[Tensor, "video frame"]:
    """E over x' and α of (x − x') · ∂ score at x' + α (x − x'), summed over features.

    x' is a clip of the data, α uniform in [0, 1]: equation 3 of the paper, by DRAWS draws.
    """
    features = question.features.detach()
    others = question.reference.detach()
    generator = question.generator or torch.Generator().manual_seed(0)
    place = torch.linspace(0, others.shape[1] - 1, question.n_frames).round().long()
    rows = max(1, min(ROWS, BYTES // (features[0].numel() * features.element_size())))
    values = torch.zeros(question.n_videos, question.n_frames, dtype=features.dtype)
    values = values.to(features.device)
    for _ in range(DRAWS):
        clip = torch.randint(len(others), (question.n_videos,), generator=generator)
        alpha = torch.rand(question.n_videos, generator=generator)
        for span in torch.arange(question.n_videos).split(rows):
            start = others[clip[span][:, None], place]
            way = features[span] - start
            share = alpha[span].to(way).view(-1, *[1] * (way.ndim - 1))
            point = (start + share * way).requires_grad_()
            score = question.head(point).softmax(-1)
            own = score[torch.arange(len(span)), question.label[span]].sum()
            (gradient,) = torch.autograd.grad(own, point)
            values[span] += (gradient * way).flatten(2).sum(-1)
    return values / DRAWS
