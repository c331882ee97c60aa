"""VideoMAE (Tong et al. 2022): pre-trained with 90 % of its tubes dropped, so it takes few tokens.

Its tokens hold their positions from the start, and attention knows no others: those of the elements
that are left are what the model's own `bool_masked_pos` leaves.
"""

from typing import Any

from torch import Tensor

from playfair.models.huggingface.family import Family, pair


def tokens(model: Any, pixels: Tensor) -> Tensor:
    """(n, frame, 3, height, width) → (n, time, place, channel)."""
    embedded = model.videomae.embeddings(pixels, None)
    return embedded.unflatten(1, (pixels.shape[1] // model.config.tubelet_size, -1))


def logits(model: Any, tokens: Tensor, times: Tensor) -> Tensor:
    """What the model makes of the tokens that are left."""
    hidden = model.videomae.encoder(tokens.flatten(1, 2)).last_hidden_state
    if model.videomae.layernorm is not None:
        hidden = model.videomae.layernorm(hidden)
    if model.fc_norm is None:
        return model.classifier(hidden[:, 0])
    return model.classifier(model.fc_norm(hidden.mean(1)))


FAMILY = Family(
    name="videomae",
    n_frames=lambda config: config.num_frames,
    frames_per_element=lambda config: config.tubelet_size,
    picture=lambda config: pair(config.image_size),
    removals=("drop", "freeze", "blank"),
    tokens=tokens,
    logits=logits,
)
