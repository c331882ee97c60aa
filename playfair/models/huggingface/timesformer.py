"""TimeSformer (Bertasius et al. 2021): attention over time, then over space.

Its layers read from the configuration how many frames there are, and take a clip of another length
for one of other pictures, without a word (transformers #38027). Here they are told, and the tokens
that are left keep the time embeddings of their own frames.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from playfair.models.huggingface.family import Family, pair


def tokens(model: Any, pixels: Tensor) -> Tensor:
    """(n, frame, 3, height, width) → (n, time, place, channel)."""
    embedded = model.timesformer.embeddings(pixels)[:, 1:]
    # all times of a place lie side by side
    return embedded.unflatten(1, (-1, pixels.shape[1])).transpose(1, 2)


def logits(model: Any, tokens: Tensor, times: Tensor) -> Tensor:
    """What the model makes of the tokens that are left."""
    embeddings = model.timesformer.embeddings
    summary = embeddings.cls_token + embeddings.position_embeddings[:, :1]
    left = tokens.transpose(1, 2).flatten(1, 2)
    hidden = torch.cat([summary.expand(len(left), -1, -1), left], 1)
    with _frames(model.config, tokens.shape[1]):
        hidden = model.timesformer.encoder(hidden).last_hidden_state
    return model.classifier(model.timesformer.layernorm(hidden)[:, 0])


@contextmanager
def _frames(config: Any, n_frames: int) -> Iterator[None]:
    """Within it, the layers know how many frames there are."""
    usual = config.num_frames
    config.num_frames = n_frames
    try:
        yield
    finally:
        config.num_frames = usual


FAMILY = Family(
    name="timesformer",
    n_frames=lambda config: config.num_frames,
    frames_per_element=lambda config: 1,
    picture=lambda config: pair(config.image_size),
    removals=("drop", "freeze", "blank"),
    tokens=tokens,
    logits=logits,
)
