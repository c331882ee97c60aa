"""frames → features: any nn.Module with `feature_dim`.

It maps (frame, 3, height, width) to (frame, feature). Frames come as RGB in [0, 1]; a backbone
itself turns them into what its weights expect.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def per_channel(values: Sequence[float]) -> Tensor:
    """(3,) → (3, 1, 1), to be added to or multiplied with frames."""
    return torch.tensor(values).view(3, 1, 1)


def hold_norms(backbone: nn.Module) -> None:
    """Keeps all batch norms but the first as they were loaded.

    It is the "partial BN" of TSN (Wang et al. 2016). A batch of 16 videos says less about them than
    ImageNet did. To be called by `train()`, after it.
    """
    norms = [layer for layer in backbone.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms[1:]:
        norm.eval().requires_grad_(False)
