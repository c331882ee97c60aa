"""Attention rollout of checkpoints, against attention computed from what each layer is given."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from playfair.attribution import METHODS, attribute
from playfair.attribution.registry import gives
from playfair.models.huggingface.checkpoint import load_checkpoint
from playfair.models.huggingface.model import HuggingFaceModel
from tests.checkpoints import synthetic_classes

pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")

N_CLASSES = 12
PROJECTIONS = {"videomae": ("query", "key"), "vivit": ("q_proj", "k_proj")}


def loaded(checkpoint: Callable[[str], Path], family: str) -> HuggingFaceModel:
    return load_checkpoint(str(checkpoint(family)), synthetic_classes())


def clips_of(model: HuggingFaceModel, n_videos: int = 2) -> torch.Tensor:
    height, width = model.picture
    shape = (n_videos, model.n_frames, height, width, 3)
    generator = torch.Generator().manual_seed(0)
    return model.units(torch.randint(256, shape, generator=generator, dtype=torch.uint8))


@torch.no_grad()
def attention_by_hand(model: HuggingFaceModel, units: torch.Tensor) -> list[np.ndarray]:
    """Of each layer the mean over heads of softmax(q · k / √d): (video, token, token)."""
    names = PROJECTIONS[model.family.name]
    attended: list[np.ndarray] = []

    def watch(layer: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        hidden = given[0] if given else named["hidden_states"]
        query, key = (getattr(layer, name)(hidden).double().numpy() for name in names)
        n_heads = model.model.config.num_attention_heads
        heads = []
        for q, k in zip(
            np.split(query, n_heads, axis=2), np.split(key, n_heads, axis=2), strict=True
        ):
            powers = np.exp(q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2]))
            heads.append(powers / powers.sum(2, keepdims=True))
        attended.append(np.mean(heads, axis=0))

    network: Any = model.model
    layers = [layer for layer in network.modules() if hasattr(layer, names[0])]
    hooks = [layer.register_forward_pre_hook(watch, with_kwargs=True) for layer in layers]
    model(units)
    for hook in hooks:
        hook.remove()
    return attended


@pytest.mark.parametrize("family", ["videomae", "vivit"])
def test_rollout_is_the_flow_through_the_attention_of_all_layers(checkpoint, family) -> None:
    model = loaded(checkpoint, family)
    units = clips_of(model)
    label = torch.zeros(len(units), dtype=torch.long)
    before = model.model.config._attn_implementation
    answer = attribute("attention_rollout", model, units, label, torch.ones(N_CLASSES) / N_CLASSES)
    assert model.model.config._attn_implementation == before
    layers = attention_by_hand(model, units)
    assert len(layers) == 2
    n_tokens = layers[0].shape[-1]
    # what is classified: the mean of VideoMAE's tokens, ViViT's first, which stands for the class
    flow = np.full((len(units), n_tokens), 1 / n_tokens)
    if family == "vivit":
        flow = np.tile(np.eye(n_tokens)[0], (len(units), 1))
    for attention in reversed(layers):  # half of it stays, half goes where attention goes
        flow = flow / 2 + np.einsum("vt,vts->vs", flow, attention) / 2
    of_tokens = flow[:, n_tokens % units.shape[1] :]
    by_hand = of_tokens.reshape(len(units), units.shape[1], -1).sum(2)
    np.testing.assert_allclose(answer.numpy(), by_hand, atol=1e-5)
    assert by_hand.std(1).min() > 1e-3, "a model that attends evenly shows nothing"
    other = attribute(
        "attention_rollout", model, units, label + 1, torch.ones(N_CLASSES) / N_CLASSES
    )
    assert torch.equal(other, answer)  # of no class


def test_a_videomae_that_does_not_pool_is_read_at_its_first_token(checkpoint) -> None:
    model = loaded(checkpoint, "videomae")
    units = clips_of(model, 1)
    model.model.fc_norm = None
    label = torch.zeros(1, dtype=torch.long)
    answer = attribute("attention_rollout", model, units, label, torch.ones(N_CLASSES) / N_CLASSES)
    first, second = attention_by_hand(model, units)
    eye = np.eye(first.shape[-1])
    row = ((second + eye) / 2 @ ((first + eye) / 2))[0, 0]
    by_hand = row.reshape(units.shape[1], -1).sum(1)
    np.testing.assert_allclose(answer[0].numpy(), by_hand, atol=1e-5)


def test_weights_in_bfloat16_give_nearly_the_same_in_float32(checkpoint) -> None:
    model = loaded(checkpoint, "videomae")
    units = clips_of(model, 1)
    label = torch.zeros(1, dtype=torch.long)
    prior = torch.ones(N_CLASSES) / N_CLASSES
    full = attribute("attention_rollout", model, units, label, prior)
    answer = attribute("attention_rollout", model.bfloat16(), units, label, prior)
    assert answer.dtype == torch.float32
    np.testing.assert_allclose(answer.numpy(), full.numpy(), atol=5e-3)
    np.testing.assert_allclose(answer.sum(1).numpy(), 1, atol=5e-3)


@pytest.mark.parametrize("family", ["timesformer", "vjepa2"])
def test_a_transformer_without_attention_between_all_tokens_is_not_asked(
    checkpoint, family
) -> None:
    model = loaded(checkpoint, family)
    assert not gives(model, *METHODS["attention_rollout"].needs, pictures=False)
    units = clips_of(model, 1)
    with pytest.raises(ValueError, match="needs attention between all tokens of a clip"):
        attribute("attention_rollout", model, units, torch.zeros(1).long(), torch.ones(12) / 12)
