"""Heads that answer to a combination of frames alone, and videos for them."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.models.multiscale import MultiscaleTRN, multiscale_trn

# How many frames are needed together.
COMBINED = (3, 5)
N_MAX = 8
STRENGTH = {3: 60.0, 5: 300.0}


def combination_heads(together: int, n_classes: int = 4) -> MultiscaleTRN:
    """The scale of `together` frames answers where they are of the kinds 1, 2, … in that order.

    All other scales answer nothing, whatever comes.
    """
    model = multiscale_trn(N_MAX, together, 4, n_classes, dropout=0.0).eval()
    for parameter in model.parameters():
        parameter.data.zero_()
    scale = model[together]
    for position in range(together):
        scale.hidden.weight.data[0, position * together + position] = 1
    scale.hidden.bias.data[0] = 1 - together
    scale.output.weight.data[0, 0] = STRENGTH[together]
    return model


def combination_videos(
    together: int, n_videos: int, n_frames: int, seed: int = 0
) -> Float[Tensor, "video frame kind"]:
    """Frames of random kinds, each kind at least once and once in order."""
    generator = torch.Generator().manual_seed(seed)
    kind = torch.randint(0, together, (n_videos, n_frames), generator=generator)
    places = torch.linspace(0, n_frames - 1, together).round().long()
    kind[:, places] = torch.arange(together)
    return torch.nn.functional.one_hot(kind, together).float()
