"""V-JEPA 2 (Assran et al. 2025): rotary positions, any even number of frames.

Positions are turned in at every layer, so tokens that are left are told theirs: without, they would
be those of a shorter, contiguous clip ("delete", to which it is used as well).
"""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from playfair.models.huggingface.family import Family, pair
from playfair.models.plain import HOOKS_OF_ALL
from playfair.shapley.game import at_least_float32
from playfair.shapley.precision import as_multiplied

THETA = 10_000
# Ways to attend that compute the same; another, of whoever registered it, is called.
ATTENDING = (None, "eager", "sdpa")
# Where transformers' hooks are from that a model keeps once it was asked for its hidden states or
# attentions: they note them, where that is asked for, and change nothing.
CAPTURING = "transformers.utils.output_capturing"
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class Turn(NamedTuple):
    """By which angle each channel of a token's queries and keys is turned, with its neighbour.

    Attributes:
        cos, sin: the sine with the neighbour's sign; all heads are turned alike.
    """

    cos: Float[Tensor, "n token 1 channel"]
    sin: Float[Tensor, "n token 1 channel"]

    def __call__(self, x: Float[Tensor, "n token head channel"]) -> Tensor:
        neighbours = x.unflatten(-1, (-1, 2)).flip(-1).flatten(-2)
        return torch.addcmul(x * self.cos.to(x), neighbours, self.sin.to(x))


def tokens(model: Any, pixels: Tensor) -> Tensor:
    """(n, frame, 3, height, width) → (n, time, place, channel)."""
    embedded = model.vjepa2.encoder.embeddings(pixels)
    return embedded.unflatten(1, (pixels.shape[1] // model.config.tubelet_size, -1))


def logits(model: Any, tokens: Tensor, times: Tensor) -> Tensor:
    """What the model makes of the tokens that are left.

    Its layers take positions, too, and make of them the same sines for every head, for queries and
    for keys, and in every layer anew, in float32 whatever is multiplied in: on a GPU that moves as
    much memory as all else. Of layers that are as transformers made them they are made once, here.
    """
    encoder = model.vjepa2.encoder
    n_places = tokens.shape[2]
    place = torch.arange(n_places, device=tokens.device)
    positions = (times[..., None] * n_places + place).flatten(1)
    turn: Turn | None = None
    hidden = tokens.flatten(1, 2)
    for layer in encoder.layer:
        if is_as_made(layer):
            if turn is None:
                turn = turn_of(layer.attention, positions, at_least_float32(tokens))
            hidden = hidden + attended(layer.attention, as_multiplied(layer.norm1(hidden)), turn)
            hidden = hidden + layer.mlp(layer.norm2(hidden))
        else:
            hidden = layer(hidden, positions)[0]
    return model.classifier(model.pooler(encoder.layernorm(hidden)))


def is_as_made(layer: Any) -> bool:
    """Whether a layer and its attention compute what their class says: they are not called then.

    Their parts are, with whatever hooks and adapters these have.
    """
    return (
        not any(HOOKS_OF_ALL)
        and is_unpatched(layer, "VJEPA2Layer")
        and is_unpatched(layer.attention, "VJEPA2RopeAttention")
        and layer.attention.config._attn_implementation in ATTENDING
    )


def is_unpatched(module: Any, name: str) -> bool:
    """Whether it is of transformers' class of this name, which nothing hooks in or stands for."""
    kind = type(module)
    own = vars(module)
    hooks = [hook for group in HOOKS for hook in own.get(group, {}).values()]
    return (
        kind.__name__ == name
        and kind.__module__.startswith("transformers.")
        and kind.forward.__module__ == kind.__module__  # not put in its place later
        and "forward" not in own
        and own.get("_compiled_call_impl") is None
        and all(getattr(hook, "__module__", "") == CAPTURING for hook in hooks)
    )


def attended(attention: Any, hidden: Float[Tensor, "n token channel"], turn: Turn) -> Tensor:
    """What a layer's attention adds to each token."""
    heads = (-1, attention.attention_head_size)
    query, key, value = (
        make(hidden).unflatten(-1, heads)
        for make in (attention.query, attention.key, attention.value)
    )
    context = F.scaled_dot_product_attention(
        turn(query).transpose(1, 2),
        turn(key).transpose(1, 2),
        value.transpose(1, 2),
        scale=attention.scaling,
    )
    return attention.proj(context.transpose(1, 2).flatten(2))


def turn_of(attention: Any, positions: Int[Tensor, "n token"], dtype: torch.dtype) -> Turn:
    """The angles of tokens at some positions: by frame, row and column, a third of the channels each.

    As the model has it, two neighbouring channels are turned together, and their frequencies are
    those of the first half and again of the second; channels that are left over are not turned.
    """
    side = attention.grid_size
    frame = positions // side**2
    row = positions % side**2 // side
    column = positions % side
    angles = []
    for at, size in zip(
        (frame, row, column), (attention.d_dim, attention.h_dim, attention.w_dim), strict=True
    ):
        frequency = torch.arange(size // 2, dtype=dtype, device=positions.device)
        frequency = 1.0 / THETA ** (frequency / (size / 2))
        angles.append((at[..., None] * frequency).repeat(1, 1, 2))
    angle = torch.cat(angles, -1)
    angle = F.pad(angle, (0, attention.attention_head_size - angle.shape[-1]))[:, :, None]
    sign = torch.ones_like(angle[:1, :1])
    sign[..., ::2] = -1
    return Turn(angle.cos(), angle.sin() * sign)


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
