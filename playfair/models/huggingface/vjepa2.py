"""V-JEPA 2 (Assran et al. 2025): rotary positions, any even number of frames.

Positions are turned in at every layer, so tokens that are left are told theirs: without, they would
be those of a shorter, contiguous clip ("delete", to which it is used as well).
"""

from typing import Any

import torch
from torch import Tensor

from playfair.models.huggingface.family import Family, pair


def tokens(model: Any, pixels: Tensor) -> Tensor:
    """(n, frame, 3, height, width) → (n, element, place, channel)."""
    embedded = model.vjepa2.encoder.embeddings(pixels)
    return embedded.unflatten(1, (pixels.shape[1] // model.config.tubelet_size, -1))


def logits(model: Any, tokens: Tensor, elements: Tensor) -> Tensor:
    """What the model makes of the tokens that are left."""
    encoder = model.vjepa2.encoder
    n_places = tokens.shape[2]
    place = torch.arange(n_places, device=tokens.device)
    positions = (elements[..., None] * n_places + place).flatten(1)
    hidden = tokens.flatten(1, 2)
    for layer in encoder.layer:
        hidden = layer(hidden, positions)[0]
    return model.classifier(model.pooler(encoder.layernorm(hidden)))


FAMILY = Family(
    name="vjepa2",
    n_frames=lambda config: config.frames_per_clip,
    frames_per_element=lambda config: config.tubelet_size,
    picture=lambda config: pair(config.crop_size),
    removals=("drop", "delete", "freeze", "blank"),
    tokens=tokens,
    logits=logits,
    any_length=True,
)
