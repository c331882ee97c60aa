"""What is explained is what the model computes: against the model's own answers, and by the words of refusals."""

import warnings
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from oracles import esv_over_orders, features, multiscale, prior, scores_of_all_coalitions, tsn
from torch import nn
from torch.nn.utils import prune
from torch.nn.utils.parametrizations import weight_norm

import playfair
from playfair.models import plain
from playfair.models.plain import is_plain
from playfair.shapley import mode
from playfair.shapley.callable_game import CallableGame
from playfair.shapley.errors import (
    FixedLength,
    InTrainMode,
    NotFinite,
    NotFiniteScores,
    NotWhatIsComputed,
    ProbabilitiesForLogits,
    Unsteady,
)
from playfair.shapley.explain import explain_game
from playfair.shapley.heads_game import game_of_heads
from playfair.shapley.probe import compare


class LowRank(nn.Linear):
    """A linear layer with an adapter, as LoRA puts it in place."""

    def forward(self, x):
        return super().forward(x) + x.sum(-1, keepdim=True) / 3


class Tempered(playfair.TSN):
    def forward(self, features):
        return super().forward(features) / 4


def subclass(model):
    model.__class__ = Tempered


def hook(model):
    model.register_forward_hook(lambda module, given, logits: logits / 3)


def hook_within(model):
    model.classifier.register_forward_pre_hook(lambda module, given: (given[0] / 2,))


def pruned(model):
    prune.l1_unstructured(model.classifier, "weight", amount=0.5)


def normed(model):
    weight_norm(model.classifier)
    model.classifier.parametrizations.weight.original0.data *= 0.3


def normed_by_a_hook(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nn.utils.weight_norm(model.classifier)
    model.classifier.weight_g.data *= 0.3


def adapted(model):
    own = model.classifier.state_dict()
    model.classifier = LowRank(6, 4).eval()
    model.classifier.load_state_dict(own)


def own_forward(model):
    model.forward = lambda features: features.mean(1)[:, :4]


def without_bias(model):
    model.classifier = nn.Linear(6, 4, bias=False).eval()


CHANGES = [
    subclass,
    hook,
    hook_within,
    pruned,
    normed,
    normed_by_a_hook,
    adapted,
    own_forward,
    without_bias,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_head_is_explained_as_it_computes(change):
    model, x = tsn(), features(3, 4)
    before = model(x)
    change(model)
    assert not torch.allclose(model(x), before, atol=1e-3)
    ours = playfair.explain(model, x, prior())
    torch.testing.assert_close(ours.score, model(x).softmax(-1).detach(), atol=1e-6, rtol=0)
    exact = esv_over_orders(scores_of_all_coalitions(model, x, prior()), 4)
    torch.testing.assert_close(ours.esv.double(), exact, atol=1e-6, rtol=0)


def test_a_scale_with_a_hook_is_explained_with_it():
    model, x = multiscale(), features(2, 4)
    model[2].hidden.register_forward_hook(lambda module, given, hidden: hidden.clamp(max=0.5))
    assert not is_plain(model)
    # A multi-scale model's own forward reads its layers' weights, and is what it computes.
    ours = playfair.explain(model, x, prior())
    torch.testing.assert_close(ours.score, model(x).softmax(-1).detach(), atol=1e-6, rtol=0)


def test_a_hook_on_all_modules_is_seen():
    model, x = tsn(), features()
    handle = nn.modules.module.register_module_forward_hook(lambda *given: given[2] / 3)
    try:
        assert not is_plain(model)
        own = model(x).softmax(-1).detach()
        ours = playfair.explain(model, x, prior())
    finally:
        handle.remove()
    torch.testing.assert_close(ours.score, own, atol=1e-6, rtol=0)
    assert is_plain(model)


class Heads(nn.Module):
    """Heads of somebody else that show their layers, and compute something else."""

    n_max = 1

    def __init__(self, temperature):
        super().__init__()
        self.inner, self.temperature = tsn(), temperature

    def forward(self, features):
        return self.inner(features) / self.temperature(features)

    def projection(self, scale):
        return None

    def readout(self, scale):
        return self.inner.readout(scale)

    def game(self, units, prior, *, removal="delete", batch_size=None):
        return game_of_heads(self, units, prior, removal=removal, batch_size=batch_size)


@pytest.mark.parametrize("n_frames", [1, 4, 30])
def test_layers_of_others_are_compared_with_the_models_own_answer(n_frames):
    x = features(2, n_frames)
    budget = 300 if n_frames > 20 else None
    honest = playfair.explain(Heads(lambda x: 1.0).eval(), x, prior(), budget=budget)
    assert torch.equal(honest.esv, playfair.explain(tsn(), x, prior(), budget=budget).esv)
    with pytest.raises(NotWhatIsComputed, match="Heads shows") as caught:
        playfair.explain(Heads(lambda x: 2.0).eval(), x, prior(), budget=budget)
    assert caught.value.change > 0.01
    if n_frames == 4:
        with pytest.raises(NotWhatIsComputed):  # only parts of the clip differ
            playfair.explain(Heads(lambda x: 1.0 if x.shape[1] == 4 else 2.0).eval(), x, prior())


class Net(nn.Module):
    def __init__(self, part):
        super().__init__()
        self.linear, self.part = nn.Linear(6, 4), part

    def forward(self, x):
        return self.part(self.linear(x).mean(1))


class Unregistered(Net):
    def __init__(self, part):
        super().__init__(nn.Identity())
        self.parts = [part]

    def forward(self, x):
        return self.parts[0](super().forward(x))


class Drawing(nn.Module):
    """Dropout as people write it themselves."""

    def forward(self, x):
        return x * torch.rand_like(x) if self.training else x


class Holder:
    def __init__(self, net):
        self.net = net

    def logits(self, x):
        return self.net(x)

    __call__ = logits


GLOBAL = Net(nn.Dropout()).eval()
GLOBAL.part.train()


def of_global(x):
    return GLOBAL(x)


def training(part=None, kind=Net):
    net = kind(part or nn.Dropout(0.5)).eval()
    (net.parts[0] if kind is Unregistered else net.part).train()
    return net


def wrapped(net):
    return lambda x: net(x)


def by_attribute(x):
    return by_attribute.net(x)


def by_default(part):
    return lambda x, net=part: net(x)


by_attribute.net = training()
HIDDEN = [
    (training(), r"^part \(Dropout\) is"),
    (training(nn.BatchNorm1d(4)), r"part \(BatchNorm1d\)"),
    (training(Drawing()), r"part \(Drawing\)"),
    (training(nn.Sequential(nn.Dropout(), nn.Dropout())), r"part\.0.*part\.1 \(Dropout\) are"),
    (training(kind=Unregistered), r"parts\[0\] \(Dropout\)"),
    (training().forward, r"Net\.part \(Dropout\)"),
    (wrapped(training()), r"net\.part \(Dropout\)"),
    (partial(lambda net, x: net(x), training()), r"\[0\]\.part"),
    (partial(lambda x, net: net(x), net=training()), r"net\.part"),
    (Holder(training()), r"net\.part"),
    (Holder(training()).logits, r"Holder\.net\.part"),
    (wrapped(wrapped(wrapped(training()))), r"net\.net\.net\.part"),
    (nn.DataParallel(training()), r"^the model is|part"),
    (of_global, r"GLOBAL\.part"),
    (torch.optim.swa_utils.AveragedModel(training()), r"^the model is|part"),
    (by_attribute, r"^net\.part"),
    (by_default(training()), r"\[0\]\.part"),
    (wrapped({"head": training()}["head"]), r"net\.part"),
    (torch.jit.script(training()), r"part \("),
]


@pytest.mark.parametrize(("model", "says"), HIDDEN)
def test_parts_in_train_mode_are_named_wherever_they_hide(model, says):
    if isinstance(model, nn.Module):
        model.training = False  # of the outermost only
    for refuse in (playfair.explain, playfair.interactions):
        with pytest.raises(InTrainMode, match=says):
            refuse(model, features(), prior())


class OwnGame(playfair.TSN):
    """A head of ours whose game is somebody else's, who does not look at modes."""

    def game(self, units, prior, *, removal="delete", batch_size=None):
        return CallableGame(self, units, prior, removal=removal, batch_size=batch_size)


def with_dropout(model):
    model.dropout = nn.Dropout(0.5)
    model.eval()
    model.dropout.train()
    return model


def test_a_part_in_train_mode_is_named_whoever_makes_the_game():
    heads = multiscale()
    heads[2].dropout = nn.Dropout(0.5).train()
    of_class = with_dropout(OwnGame(6, 4))
    of_instance = with_dropout(tsn())
    of_instance.game = partial(OwnGame.game, of_instance)
    for model in (with_dropout(tsn()), of_class, of_instance, heads):
        for refuse in (playfair.explain, playfair.interactions):
            with pytest.raises(InTrainMode, match=r"dropout \(Dropout\)"):
                refuse(model, features(), prior())


@pytest.mark.parametrize("model", [tsn(), multiscale()])
def test_a_plain_head_is_looked_through_once_in_a_call(model, monkeypatch):
    calls = []
    monkeypatch.setattr(plain, "is_plain", lambda model: calls.append(model) or is_plain(model))
    monkeypatch.setattr(mode, "modules_within", lambda model: pytest.fail("looked through again"))
    playfair.explain(model, features(), prior())
    assert calls == [model]


def test_what_does_not_ask_for_its_mode_may_be_in_it():
    linear = nn.Linear(6, 4)
    nothing = nn.Dropout(0.0)
    assert linear.training and nothing.training
    with torch.no_grad():
        playfair.explain(lambda x: nothing(linear(x)).mean(1), features(), prior())


def test_a_loop_of_references_ends():
    loop = SimpleNamespace()
    loop.self = [loop, {"again": loop}]
    playfair.explain(lambda x: x.mean(1)[:, :4] if loop else None, features(), prior())


def test_answers_that_change_from_call_to_call_are_refused():
    def random(x):
        return x.mean(1)[:, :4] + torch.rand(len(x), 4)

    calls = []

    def counting(x):
        calls.append(len(x))
        return x.mean(1)[:, :4] * len(calls)

    for model in (random, counting):
        with pytest.raises(Unsteady, match="two calls with the same clip"):
            playfair.explain(model, features(), prior())


@pytest.mark.parametrize(
    ("dtype", "within", "most"),
    [
        (torch.float32, "calls", 1e-3),
        (torch.float64, "calls", 1e-3),
        (torch.bfloat16, "calls", 2e-2),
        (torch.float32, "batches", 2e-2),
        (torch.bfloat16, "batches", 0.1),
    ],
)
def test_answers_may_differ_as_rounding_does(dtype, within, most):
    one = torch.tensor([0.3, 0.7])
    compare(one, one + 0.9 * most, dtype, within)
    for other in (one + 1.1 * most, one * torch.nan):
        with pytest.raises(Unsteady):
            compare(one, other, dtype, within)


def test_answers_that_depend_on_the_batch_are_refused():
    def centred(x):
        logits = x.mean(1)[:, :4]
        return logits - logits.mean(0)

    with pytest.raises(Unsteady, match="alone and the same clip among others"):
        playfair.explain(centred, features(), prior())


def test_a_model_in_bfloat16_may_differ_by_more_from_batch_to_batch():
    class Batched(torch.nn.Module):
        """Its score of a class moves by 0.05 where there is company, as other kernels may."""

        def forward(self, x):
            moved = torch.tensor([0.2 * (len(x) > 1), 0.0]).expand(len(x), 2)
            return x.mean(1)[:, :2] * 0 + moved

    model = Batched().eval()
    even = torch.full((2,), 0.5)
    assert playfair.explain(model, features(), even, precision="bfloat16").esv.shape[2] == 2
    with pytest.raises(Unsteady, match="alone and the same clip among others"):
        playfair.explain(model, features(), even)
    model.dtype = torch.bfloat16  # as a checkpoint's weights say
    playfair.explain(model, features(), even)


@pytest.mark.parametrize("budget", [None, 200])
def test_probabilities_in_place_of_logits_are_refused(budget):
    model, x = multiscale(), features(3, 9)
    with pytest.raises(ProbabilitiesForLogits, match=r"\.log\(\)") as caught:
        playfair.explain(lambda x: model(x).softmax(-1), x, prior(), budget=budget)
    assert "softmax out" in str(caught.value)
    advised = playfair.explain(
        lambda x: model(x).softmax(-1).clamp(min=1e-30).log(), x, prior(), budget=budget
    )
    exact = playfair.explain(model.forward, x, prior(), budget=budget)
    torch.testing.assert_close(advised.esv, exact.esv, atol=1e-5, rtol=0)


def test_probabilities_of_which_some_are_zero_are_refused():
    """As softmax gives them where a model is sure."""
    with pytest.raises(ProbabilitiesForLogits):
        playfair.explain(lambda x: (1000 * x.mean(1)).softmax(-1), features(3, 9), prior(6))


def test_logits_that_look_like_probabilities_once_are_explained():
    x = features(3, 4)
    x[0, :, :2] = torch.tensor([0.25, 0.75])
    playfair.explain(lambda x: x[..., :2].mean(1), x, prior(2))


def broken_weights(model, value):
    model = model()
    next(iter(model.parameters())).data.view(-1)[0] = value
    return model


@pytest.mark.parametrize("make", [multiscale, tsn])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 3e38])
@pytest.mark.parametrize(("n_frames", "budget"), [(4, None), (12, 150), (30, 300)])
def test_weights_that_are_no_numbers_or_overflow_are_refused(make, value, n_frames, budget):
    model = broken_weights(make, value)
    with pytest.raises(ValueError, match="NaN or infinite"):
        playfair.explain(model, 3 + features(2, n_frames).abs() * 4, prior(), budget=budget)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("make", [multiscale, tsn])
def test_a_logit_that_overflows_names_its_video(make, sign):
    model, x = make(), features(5, 4)
    layer = model[2].output if make is multiscale else model.classifier
    layer.bias.data[1] = sign * 3e38
    layer.weight.data[1] = 0
    layer.weight.data[1, 0] = sign * 1e38
    x[:] = 0
    x[2] = 30
    if make is multiscale:
        model[2].hidden.weight.data[0] = 1
    for explain in (playfair.explain, playfair.interactions):
        with pytest.raises(NotFiniteScores, match="video 2 ") as caught:
            explain(model, x, prior())
        assert caught.value.videos == (2,)


@pytest.mark.parametrize("model", [multiscale(), tsn()])
@pytest.mark.parametrize("budget", [None, 150])
def test_autocast_around_the_call_changes_nothing_for_heads(model, budget):
    x = features(2, 9)
    right = playfair.explain(model, x, prior(), budget=budget)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ours = playfair.explain(model, x, prior(), budget=budget)
        index = playfair.interactions(model, x, prior())
    assert torch.equal(ours.esv, right.esv)
    assert torch.equal(index, playfair.interactions(model, x, prior()))


def test_autocast_around_the_call_reaches_a_model_that_is_called():
    model, x = tsn(), features(2, 5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        own = model(x).float().softmax(-1).detach()
        ours = playfair.explain(model.forward, x, prior())
    torch.testing.assert_close(ours.score, own, atol=1e-6, rtol=0)
    assert not torch.equal(ours.score, playfair.explain(model.forward, x, prior()).score)


def frozen(model, x):
    return torch.jit.trace(model, x)


def test_wrapped_models_give_what_they_wrap_gives():
    model, x = multiscale(), features(3, 5)
    right = playfair.explain(model, x, prior())
    parallel = nn.DataParallel(model).eval()
    averaged = torch.optim.swa_utils.AveragedModel(model).eval()
    compiled = torch.compile(model, backend="eager")
    for other in (parallel, averaged, compiled):
        assert torch.equal(playfair.explain(other, x, prior()).esv, right.esv)
    plain = tsn()
    right = playfair.explain(plain, x, prior())
    scripted = torch.jit.script(Net(nn.ReLU()).eval())
    ours = playfair.explain(scripted, x, prior())
    torch.testing.assert_close(ours.score, scripted(x).softmax(-1).detach())
    parallel = nn.DataParallel(plain).eval()
    parallel.register_forward_hook(lambda module, given, logits: logits / 3)
    changed = playfair.explain(parallel, x, prior())
    torch.testing.assert_close(changed.score, (plain(x) / 3).softmax(-1).detach())


@pytest.mark.parametrize("make", [multiscale, tsn])
def test_features_that_lie_oddly_in_memory_give_the_same(make):
    model, x = make(), features(3, 5)
    right = playfair.explain(model, x, prior()).esv
    odd = [
        x.permute(1, 0, 2).contiguous().permute(1, 0, 2),
        x.repeat(1, 1, 2)[..., :6],
        x.clone().requires_grad_(),
        torch.stack([x, x])[1],
    ]
    for same in odd:
        assert torch.equal(playfair.explain(model, same, prior()).esv, right)
        assert torch.equal(
            playfair.explain(model.forward, same, prior()).esv,
            playfair.explain(model.forward, x, prior()).esv,
        )
    assert torch.equal(playfair.explain(model, x, prior().requires_grad_()).esv, right)


@pytest.mark.parametrize(
    ("x", "p", "says"),
    [
        (features().to_sparse(), prior(), r"dense tensor.*to_dense"),
        (features().to("meta"), prior(), "holds no numbers"),
        (features().to(torch.complex64), prior(), "floating point"),
        (features().int(), prior(), r"torch.int32.*float\(\)"),
        (features(), prior().to_sparse(), "prior must be a dense"),
        (features(), prior().to("meta"), "prior must be a dense"),
    ],
)
@pytest.mark.parametrize("model", [tsn(), tsn().forward])
def test_tensors_that_hold_no_plain_numbers_are_refused(model, x, p, says):
    with pytest.raises(ValueError, match=says):
        playfair.explain(model, x, p)


def test_another_device_or_dtype_than_the_models_is_told():
    elsewhere = tsn().to("meta")
    with pytest.raises(ValueError, match="the model is on meta, its features are on cpu"):
        playfair.explain(elsewhere, features(), prior())
    with pytest.raises(ValueError, match="on the device meta, which holds no numbers"):
        playfair.explain(elsewhere.forward, features(), prior())
    with pytest.raises(ValueError, match=r"weights are torch.float64, its features torch.float32"):
        playfair.explain(tsn().double().forward, features(), prior())


class Answer(SimpleNamespace):
    """As transformers answer."""


def test_an_answer_that_holds_logits_is_taken_and_others_are_refused_in_words():
    model, x = tsn(), features()
    right = playfair.explain(model.forward, x, prior())
    ours = playfair.explain(lambda x: Answer(logits=model(x), loss=None), x, prior())
    assert torch.equal(ours.esv, right.esv)
    for answer, says in (
        (lambda x: (model(x), None), r"a tuple of 2; type explain\(lambda x: model\(x\)\[0\]"),
        (lambda x: (model(x).sum(), model(x)), r"model\(x\)\[1\], \.\.\.\), which has two axes"),
        (lambda x: (model(x)[0],), "a tuple of 1, none of which has the axes"),
        (lambda x: {"scores": model(x)}, r"a dict with scores; .*model\(x\)\['scores'\]"),
        (lambda x: model(x)[None], r"shape \(1, 1, 4\)\. Average"),
        (lambda x: model(x).argmax(1, keepdim=True), r"torch.int64, which are no logits"),
        (lambda x: None, "it returned NoneType"),
    ):
        with pytest.raises(ValueError, match=says):
            playfair.explain(answer, x, prior())


def test_a_model_of_fixed_length_is_told_how_it_can_be_explained():
    linear = nn.Linear(24, 4).eval()
    x = features(3, 4)

    def fixed(x):
        return linear(x.flatten(1))

    with pytest.raises(FixedLength, match='removal="freeze"') as caught:
        playfair.explain(fixed, x, prior())
    assert (caught.value.size, caught.value.n_elements) == (1, 4)
    ours = playfair.explain(fixed, x, prior(), removal="freeze")
    torch.testing.assert_close(ours.score, fixed(x).softmax(-1).detach())


def test_a_number_that_is_none_is_seen_wherever_it_stands():
    """Long input is summed in several parts."""
    x = features(50, 60)
    x[-1, -1, -1] = torch.nan
    with pytest.raises(NotFinite, match="49"):
        playfair.explain(tsn(), x, prior(), budget=500)


def test_an_answer_of_a_game_has_the_prior_of_the_game():
    game = tsn().game(features(), prior())
    assert torch.equal(explain_game(game).prior, prior())


def test_layers_that_work_in_place_leave_what_was_given_as_it_is():
    linear = nn.Linear(6, 4).eval()
    x = features() + 1
    before = x.clone()
    right = playfair.explain(lambda x: linear((x - 1).mean(1)), x)
    ours = playfair.explain(lambda x: linear(x.sub_(1).mean(1)), x)
    assert torch.equal(x, before)
    torch.testing.assert_close(ours.esv, right.esv)


def test_one_number_a_row_is_no_score_of_a_class():
    linear = nn.Linear(6, 1).eval()
    with pytest.raises(
        ValueError, match=r"the softmax is 1 whatever it is.*pad\(model\(x\), \(1, 0\)\)"
    ):
        playfair.explain(lambda x: linear(x.mean(1)), features())
    ours = playfair.explain(lambda x: nn.functional.pad(linear(x.mean(1)), (1, 0)), features())
    torch.testing.assert_close(ours.score[:, 1:], linear(features().mean(1)).sigmoid().detach())


def test_an_error_of_the_models_own_says_what_it_was_given():
    def wrong(x):
        raise KeyError("pixels")

    with pytest.raises(KeyError) as caught:
        playfair.explain(wrong, features(3, 4))
    assert caught.value.__notes__ == ["The model was given the whole first video, units (1, 4, 6)."]
