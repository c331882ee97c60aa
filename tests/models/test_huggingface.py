"""Checkpoints of transformers: what is explained is what the model computes, whatever is removed."""

import inspect
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

import playfair
from playfair.models.huggingface import vjepa2
from playfair.models.huggingface.checkpoint import load_checkpoint
from playfair.models.huggingface.model import HuggingFaceModel
from playfair.models.pixels import pixels_of
from playfair.models.video_model import require_video_model
from tests.checkpoints import N_FRAMES, PUBLISHED, synthetic_classes
from tests.shapley.oracles import esv_over_orders

pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")

FAMILIES = list(N_FRAMES)
DROPPING = ["videomae", "timesformer", "vjepa2", "vivit"]
PRIOR = torch.arange(1.0, 13) / 78
CASES = [
    (family, removal)
    for family in FAMILIES
    for removal in ("drop", "delete", "freeze", "blank")
    if (removal != "drop" or family in DROPPING) and (removal != "delete" or family == "vjepa2")
]


@pytest.fixture(scope="module")
def loaded(checkpoint: Callable[[str], Path]) -> Callable[[str], HuggingFaceModel]:
    return cache(lambda family: load_checkpoint(str(checkpoint(family)), synthetic_classes()))


def clips(model: HuggingFaceModel, n_videos: int = 2, seed: int = 0) -> Tensor:
    height, width = model.family.picture(model.model.config)
    generator = torch.Generator().manual_seed(seed)
    shape = (n_videos, model.n_frames, height, width, 3)
    return torch.randint(256, shape, generator=generator, dtype=torch.uint8)


@torch.no_grad()
def own_logits(model: HuggingFaceModel, frames: Tensor) -> Tensor:
    """By transformers alone: normalised by hand, put into the dataset's order by hand."""
    mean, std = (torch.tensor(PUBLISHED[name]) for name in ("image_mean", "image_std"))
    pixels = ((frames / 255 - mean) / std).permute(0, 1, 4, 2, 3)
    network: Any = model.model
    return network(**{network.main_input_name: pixels}).logits.flatten(1).flip(1)


@pytest.mark.parametrize(("family", "removal"), CASES)
def test_the_score_is_the_models_own_and_esvs_add_up_to_it(loaded, family, removal) -> None:
    model = loaded(family)
    frames = clips(model)
    answer = playfair.explain(model, model.units(frames), PRIOR, removal=removal)
    own = own_logits(model, frames).softmax(-1)
    assert own.std() > 0.03, "a model that scores all alike shows nothing"
    assert torch.allclose(answer.score, own, atol=1e-6)
    assert (answer.esv.sum(1) + PRIOR - answer.score).abs().max() < 1e-6


@pytest.mark.parametrize(("family", "removal"), CASES)
@torch.no_grad()
def test_esvs_are_those_of_the_definition(loaded, family, removal) -> None:
    model = loaded(family)
    units = model.units(clips(model))
    n_elements = units.shape[1]
    scores = {(): PRIOR.double().expand(len(units), -1)}
    for size in range(1, n_elements + 1):
        for kept in combinations(range(n_elements), size):
            logits = REMOVED[removal](model, units, list(kept))
            scores[kept] = logits.double().softmax(-1)
    esv = playfair.explain(model, units, PRIOR, removal=removal).esv
    assert esv.shape == (2, 4, 12) and n_elements == 4
    assert torch.allclose(esv.double(), esv_over_orders(scores, n_elements), atol=1e-6)


def blanked(model: HuggingFaceModel, units: Tensor, kept: list[int]) -> Tensor:
    shown = torch.zeros_like(units)
    shown[:, kept] = units[:, kept]
    return model(shown)


def frozen(model: HuggingFaceModel, units: Tensor, kept: list[int]) -> Tensor:
    nearest = [min(kept, key=lambda k: (abs(k - i), k)) for i in range(units.shape[1])]
    return model(units[:, nearest])


def deleted(model: HuggingFaceModel, units: Tensor, kept: list[int]) -> Tensor:
    return model(units[:, kept])


def masked(model: HuggingFaceModel, units: Tensor, kept: list[int]) -> Tensor:
    """Dropped, by other means than ours: see each family."""
    return BY_MASKS[model.family.name](model, units, kept).flatten(1).flip(1)


def masked_videomae(model: HuggingFaceModel, units: Tensor, kept: list[int]) -> Tensor:
    """The model's own masked forward."""
    network: Any = model.model
    inside = torch.zeros(len(units), units.shape[1], 4, dtype=torch.bool)
    inside[:, kept] = True
    return network(model.as_frames(units), bool_masked_pos=~inside.flatten(1)).logits


def masked_vivit(model: HuggingFaceModel, units: Tensor, kept: list[int]) -> Tensor:
    """No attention to what is removed."""
    network: Any = model.model
    inside = torch.zeros(len(units), units.shape[1], 4, dtype=torch.bool)
    inside[:, kept] = True
    mask = torch.cat([torch.ones(len(units), 1, dtype=torch.bool), inside.flatten(1)], 1)
    return network(model.as_frames(units), attention_mask=mask.long()).logits


def masked_timesformer(model: HuggingFaceModel, units: Tensor, kept: list[int]) -> Tensor:
    """A model of so many frames with the same weights, and the kept frames' time embeddings."""
    from transformers import TimesformerForVideoClassification

    network: Any = model.model
    config = type(network.config)(**{**network.config.to_dict(), "num_frames": len(kept)})
    shorter = TimesformerForVideoClassification(config).eval()
    weights = dict(network.state_dict())
    times = "timesformer.embeddings.time_embeddings"
    weights[times] = weights[times][:, kept]
    shorter.load_state_dict(weights)
    return shorter(units[:, kept]).logits


def masked_vjepa2(model: HuggingFaceModel, units: Tensor, kept: list[int]) -> Tensor:
    """The whole clip, in which every attention is kept from the tokens that are removed."""
    from torch.nn.functional import scaled_dot_product_attention
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    network: Any = model.model
    inside = torch.zeros(units.shape[1], 4, dtype=torch.bool)
    inside[kept] = True

    def attend(module: Any, query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> Any:
        seen = scaled_dot_product_attention(query, key, value, inside.view(1, 1, 1, -1))
        return seen.transpose(1, 2).contiguous(), None

    ALL_ATTENTION_FUNCTIONS.register("masked", attend)
    usual = network.config._attn_implementation
    network.config._attn_implementation = "masked"
    try:
        return network(model.as_frames(units)).logits
    finally:
        network.config._attn_implementation = usual


REMOVED = {"drop": masked, "delete": deleted, "freeze": frozen, "blank": blanked}
BY_MASKS = {
    "videomae": masked_videomae,
    "timesformer": masked_timesformer,
    "vjepa2": masked_vjepa2,
    "vivit": masked_vivit,
}


@pytest.mark.parametrize(("family", "removal"), CASES)
def test_nothing_of_a_removed_element_reaches_a_score(loaded, family, removal) -> None:
    model = loaded(family)
    units = model.units(clips(model))
    other = units.clone()
    other[:, 2] = model.units(clips(model, seed=1))[:, 2]
    for size in (1, 2, 3):
        inside = torch.tensor(
            [[i in kept for i in range(4)] for kept in combinations((0, 1, 3), size)]
        )
        scores = [
            model.game(pixels, PRIOR, removal=removal).scores(inside) for pixels in (units, other)
        ]
        assert torch.equal(*scores)
    everything = torch.ones(1, 4, dtype=torch.bool)
    whole = [
        model.game(pixels, PRIOR, removal=removal).scores(everything) for pixels in (units, other)
    ]
    assert not torch.equal(*whole)


@pytest.mark.parametrize(("family", "removal"), CASES)
def test_the_batch_changes_nothing_beyond_rounding(loaded, family, removal) -> None:
    model = loaded(family)
    units = model.units(clips(model, n_videos=3))
    answers = [
        playfair.explain(model, units, PRIOR, removal=removal, batch_size=rows).esv
        for rows in (None, 1, 7)
    ]
    assert torch.allclose(answers[0], answers[1], atol=1e-6)
    assert torch.allclose(answers[0], answers[2], atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_checkpoint_is_a_video_model_in_eval_mode(loaded, family) -> None:
    model = loaded(family)
    assert require_video_model(model) is model
    assert not any(part.training for part in model.modules())
    assert all(weight.dtype == torch.float32 for weight in model.parameters())
    assert model.frames_per_element == (1 if family in ("timesformer", "videoprism") else 2)
    assert not model.separable and model.n_classes == 12


def test_bfloat16_is_near_float32_and_sums_are_not_in_it(loaded) -> None:
    model = loaded("videomae")
    units = model.units(clips(model))
    for removal in ("drop", "freeze"):
        exact = playfair.explain(model, units, PRIOR, removal=removal)
        mixed = playfair.explain(model, units, PRIOR, removal=removal, precision="bfloat16")
        assert 1e-6 < (exact.score - mixed.score).abs().max() < 0.02
        assert (mixed.esv.sum(1) + PRIOR - mixed.score).abs().max() < 1e-6


@pytest.mark.parametrize(("family", "removal"), CASES)
def test_weights_in_bfloat16_are_near_float32_and_softmax_and_sums_are_not_in_it(
    loaded, checkpoint, family, removal
) -> None:
    full = loaded(family)
    half = load_checkpoint(str(checkpoint(family)), synthetic_classes(), dtype="bfloat16")
    assert half.dtype == torch.bfloat16 and full.dtype == torch.float32
    units = half.units(clips(half))
    exact = playfair.explain(full, units, PRIOR, removal=removal)
    answer = playfair.explain(half, units, PRIOR, removal=removal)
    assert answer.esv.dtype == units.dtype == torch.float32
    assert 1e-6 < (exact.esv - answer.esv).abs().max() < 0.01
    assert (answer.esv.sum(1) + PRIOR - answer.score).abs().max() < 1e-6
    own = half.model(**{half.pixels_name: half.as_frames(units).bfloat16()}).logits.flatten(1)
    assert torch.allclose(answer.score, own.flip(1).float().softmax(-1), atol=5e-3)


def test_a_dtype_that_no_checkpoint_is_read_in_is_refused(checkpoint) -> None:
    with pytest.raises(ValueError, match="dtype must be float32 or bfloat16; got 'float16'"):
        load_checkpoint(str(checkpoint("videomae")), synthetic_classes(), dtype="float16")


@pytest.mark.parametrize("removal", ["drop", "freeze"])
def test_an_autocast_around_it_changes_nothing(loaded, removal) -> None:
    model = loaded("timesformer")
    units = model.units(clips(model))
    outside = playfair.explain(model, units, PRIOR, removal=removal)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        within = playfair.explain(model, units, PRIOR, removal=removal)
    assert torch.equal(outside.score, within.score)


def test_a_batch_that_does_not_fit_is_halved(loaded, caplog) -> None:
    model = loaded("vivit")
    units = model.units(clips(model))
    game = model.game(units, PRIOR, batch_size=8)
    whole = game.scores(torch.eye(4, dtype=torch.bool))

    def small(tokens: Tensor, elements: Tensor) -> Tensor:
        if len(tokens) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return model.of_tokens(tokens, elements)

    from dataclasses import replace

    game = replace(model.game(units, PRIOR, batch_size=8), logits=small)
    assert torch.allclose(game.scores(torch.eye(4, dtype=torch.bool)), whole, atol=1e-6)
    assert game.rows_at_once == 2 and "the model sees 2 rows at once" in caplog.text


@pytest.mark.parametrize(
    ("family", "n_frames", "told"),
    [
        ("videomae", 7, "Type n_frames=8"),
        ("vjepa2", 7, "would leave the last out without a word. Type n_frames=6"),
        ("timesformer", 2, "trained on clips of 4 frames"),
        ("timesformer", 8, "wrong about others, some without a word; got 8. Type n_frames=4"),
        ("videoprism", 1, "Type n_frames=4"),
        ("vivit", 6, "Type n_frames=8"),
    ],
)
def test_lengths_that_a_model_is_wrong_about_are_refused(loaded, family, n_frames, told) -> None:
    model = loaded(family)
    frames = clips(model)[:, [0] * n_frames]
    with pytest.raises(ValueError, match=told):
        model.require_length(n_frames)
    with pytest.raises(ValueError):
        playfair.explain(model, model.units(frames), PRIOR)


def halved(module: nn.Module, given: tuple[Any, ...], answer: tuple[Tensor, ...]) -> Any:
    """Of the first half of the channels."""
    size = answer[0].shape[-1]
    return (answer[0] * torch.where(torch.arange(size) < size // 2, 0.5, 1.0), *answer[1:])


class OfMine(nn.Module):
    """A layer round a layer, which shows nothing of it."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, *given: Any, **named: Any) -> Any:
        return halved(self, given, self.layer(*given, **named))


def of_values(*given: Any, **named: Any) -> tuple[Tensor, None]:
    """An attention that looks at all tokens alike."""
    _, query, _, value = given[:4]
    return value.mean(2, keepdim=True).expand_as(query).transpose(1, 2).contiguous(), None


CHANGES = ["layer", "attention", "wrapper", "class", "instance", "adapter", "all", "registered"]


@pytest.mark.parametrize("changed", CHANGES)
def test_vjepa2_whose_layers_were_changed_is_what_it_computes_now(
    checkpoint: Callable[[str], Path], changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_checkpoint(str(checkpoint("vjepa2")), synthetic_classes())
    layers: Any = model.model.vjepa2.encoder.layer
    frames = clips(model)
    before = own_logits(model, frames)
    of_all = None
    if changed == "layer":
        layers[1].register_forward_hook(halved)
    elif changed == "attention":
        layers[1].attention.register_forward_hook(halved)
    elif changed == "wrapper":
        layers[0] = OfMine(layers[0])
    elif changed == "class":
        kind = type(layers[1].attention)
        of_class = kind.forward
        monkeypatch.setattr(
            kind, "forward", lambda own, *a, **k: halved(own, a, of_class(own, *a, **k))
        )
    elif changed == "instance":
        attend = layers[1].attention.forward
        layers[1].attention.forward = lambda *a, **k: halved(layers[1], a, attend(*a, **k))
    elif changed == "registered":
        from transformers.modeling_utils import AttentionInterface

        monkeypatch.setitem(AttentionInterface._global_mapping, "of_values", of_values)
        model.model.set_attn_implementation("of_values")
    elif changed == "adapter":
        layers[1].attention.value.register_forward_hook(lambda _, __, answer: 2 * answer)
    else:
        of_all = register_module_forward_hook(
            lambda m, given, answer: halved(m, given, answer) if m is layers[1] else None
        )
    try:
        own = own_logits(model, frames)
        answer = playfair.explain(model, model.units(frames), PRIOR, removal="drop")
    finally:
        if of_all is not None:
            of_all.remove()
    assert (own - before).abs().max() > 1e-3
    assert torch.allclose(answer.score, own.softmax(-1), atol=1e-6)


@torch.no_grad()
def test_vjepa2_that_was_asked_for_hidden_states_is_as_it_was(
    checkpoint: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_checkpoint(str(checkpoint("vjepa2")), synthetic_classes())
    network: Any = model.model
    units = model.units(clips(model))
    first = playfair.explain(model, units, PRIOR)
    kept = network(model.as_frames(units), output_hidden_states=True, output_attentions=True)
    assert len(kept.hidden_states) > 1
    layers = network.vjepa2.encoder.layer
    assert layers[0]._forward_hooks and all(vjepa2.is_as_made(layer) for layer in layers)
    assert torch.equal(playfair.explain(model, units, PRIOR).esv, first.esv)


@torch.no_grad()
def test_vjepa2_is_right_about_any_whole_number_of_pairs(loaded) -> None:
    model = loaded("vjepa2")
    frames = clips(model)[:, :4]
    answer = playfair.explain(model, model.units(frames), PRIOR)
    assert torch.allclose(answer.score, own_logits(model, frames).softmax(-1), atol=1e-6)
    first = model.game(model.units(clips(model)), PRIOR).scores(
        torch.tensor([[True, True, False, False]])
    )
    assert torch.allclose(first[0], answer.score, atol=1e-6)


@pytest.mark.parametrize(("family", "removal"), [case for case in CASES if case[1] != "freeze"])
def test_a_larger_element_goes_as_the_models_own_together(
    loaded, checkpoint, family, removal
) -> None:
    small = loaded(family)
    together = 2 * small.frames_per_element
    folder = str(checkpoint(family))
    model = load_checkpoint(folder, synthetic_classes(), frames_per_element=together)
    assert model.removals == small.removals and model.frames_per_element == together
    frames = clips(model)
    units = model.units(frames)
    assert units.shape[1:3] == (2, together)
    game = model.game(units, PRIOR, removal=removal)
    of_small = small.game(small.units(frames), PRIOR, removal=removal)
    for inside in torch.tensor([[[True, False], [False, True]], [[True, True], [True, True]]]):
        expected = of_small.scores(inside.repeat_interleave(2, 1))
        torch.testing.assert_close(game.scores(inside), expected, atol=1e-6, rtol=0)
    assert (of_small.scores(torch.eye(4, dtype=torch.bool)) - expected[0]).abs().max() > 1e-3


def test_larger_elements_are_frozen_whole_and_fit_the_clip(checkpoint) -> None:
    folder = str(checkpoint("videomae"))
    model = load_checkpoint(folder, synthetic_classes(), frames_per_element=4)
    units = model.units(clips(model))
    answer = playfair.explain(model, units, PRIOR, removal="freeze")
    assert torch.allclose(answer.score, own_logits(model, clips(model)).softmax(-1), atol=1e-6)
    alone = model.game(units, PRIOR, removal="freeze").scores(torch.tensor([[False, True]]))
    assert torch.allclose(alone[0], model(units[:, [1, 1]]).softmax(-1), atol=1e-6)
    for wrong in (3, 5, 16):
        with pytest.raises(ValueError, match=f"Elements of {wrong} frames do not fit"):
            load_checkpoint(folder, synthetic_classes(), frames_per_element=wrong)


def tripled(module: nn.Module, given: tuple[Any, ...], answer: Any) -> Any:
    """Logits three times as large."""
    if isinstance(answer, Tensor):
        return 3 * answer
    answer.logits = 3 * answer.logits
    return answer


@pytest.mark.parametrize("family", DROPPING)
@pytest.mark.parametrize("around", ["all", "model"])
def test_what_was_changed_round_both_halves_is_refused_or_called(
    checkpoint: Callable[[str], Path], family: str, around: str
) -> None:
    model = load_checkpoint(str(checkpoint(family)), synthetic_classes())
    units = model.units(clips(model))
    (model if around == "all" else model.model).register_forward_hook(tripled)
    with pytest.raises(
        ValueError, match=r"differ by up to 0\.\d+ of a score: .*removal=\"freeze\""
    ):
        playfair.explain(model, units, PRIOR)
    answer = playfair.explain(model, units, PRIOR, removal="freeze")
    torch.testing.assert_close(answer.score, model(units).softmax(-1).detach())


@pytest.mark.parametrize("family", DROPPING)
def test_in_half_precision_too(checkpoint: Callable[[str], Path], family: str) -> None:
    model = load_checkpoint(str(checkpoint(family)), synthetic_classes(), dtype="bfloat16")
    units = model.units(clips(model))
    model.require_halves(units[:1])
    model.register_forward_hook(lambda module, given, answer: 100 * answer.flip(1))
    with pytest.raises(ValueError, match="a hook or a forward of one's own"):
        model.require_halves(units[:1])


def test_halves_are_compared_in_all_digits_and_explained_as_outside(checkpoint) -> None:
    """In the three digits of TF32, many layers would differ by more than rounding."""
    path = str(checkpoint("vjepa2"))
    seen = []

    def note(module: nn.Module, given: tuple[Any, ...]) -> None:
        if isinstance(module, nn.LayerNorm):
            seen.append(torch.get_float32_matmul_precision())

    model = load_checkpoint(path, synthetic_classes())
    units = model.units(clips(model))
    torch.set_float32_matmul_precision("medium")
    noting = torch.nn.modules.module.register_module_forward_pre_hook(note)
    try:
        load_checkpoint(path, synthetic_classes())
        with torch.autocast("cpu", torch.bfloat16):
            model.require_halves(units[:1])
        assert set(seen) == {"highest"}
        playfair.explain(model, units, PRIOR)
        assert set(seen) == {"highest", "medium"}
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        noting.remove()
        torch.set_float32_matmul_precision("highest")


def test_units_that_are_none_are_told(loaded) -> None:
    model = loaded("videomae")
    units = model.units(clips(model))
    with pytest.raises(ValueError, match=r"if that is one video, type x\[None\]"):
        playfair.explain(model, units[0], PRIOR)
    with pytest.raises(ValueError, match=r"type x\.unflatten\(1, \(-1, 2\)\)"):
        playfair.explain(model, units.flatten(1, 2), PRIOR)
    given = inspect.unwrap(pixels_of)  # nobody else has types checked
    with pytest.raises(
        ValueError, match="frames must be uint8, RGB from 0 to 255, got torch.float"
    ):
        given(torch.rand(1, 8, 32, 32, 3), model.preprocess, 2)
