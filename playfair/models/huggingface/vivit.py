"""ViViT (Arnab et al. 2021), joint attention over space and time.

Its tokens hold their positions from the start. transformers has no argument that drops some, but
the layers take any number, and one that is dropped is one that attention is masked from.
"""

from typing import Any

import torch
from torch import Tensor

from playfair.models.huggingface.family import Family, pair


def tokens(model: Any, pixels: Tensor) -> Tensor:
    """(n, frame, 3, height, width) → (n, time, place, channel)."""
    embedded = model.vivit.embeddings(pixels)[:, 1:]
    return embedded.unflatten(1, (pixels.shape[1] // model.config.tubelet_size[0], -1))


def logits(model: Any, tokens: Tensor, times: Tensor) -> Tensor:
    """What the model makes of the tokens that are left."""
    embeddings = model.vivit.embeddings
    summary = embeddings.cls_token + embeddings.position_embeddings[:, :1]
    left = tokens.flatten(1, 2)
    hidden = torch.cat([summary.expand(len(left), -1, -1), left], 1)
    for layer in model.vivit.layers:
        hidden = layer(hidden, None)
    return model.classifier(model.vivit.layernorm(hidden)[:, 0])


FAMILY = Family(
    name="vivit",
    n_frames=lambda config: config.num_frames,
    frames_per_element=lambda config: config.tubelet_size[0],
    picture=lambda config: pair(config.image_size),
    removals=("drop", "freeze", "blank"),
    tokens=tokens,
    logits=logits,
)
