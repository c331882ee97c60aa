"""Every rival against its definition, on heads in closed form or small enough to enumerate."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from playfair.attribution import METHODS, Asked, attribute
from playfair.attribution.attention_rollout import of_elements, rollout
from playfair.attribution.changes import of_another_class, with_layers_anew, with_noise
from playfair.attribution.counted import CountedScores, bits
from playfair.attribution.integrated_gradients_prior import saying_the_prior
from playfair.attribution.kernel_shap import drawn, regression
from playfair.models.multiscale import multiscale_trn
from playfair.models.tsn import TSN
from playfair.shapley.subset_scores import scores_of_subsets
from tests.golden.closed_form import FEATURES, FORMULA_LABELS, PRIOR, shapley, trn_head, worth

VIDEOS = np.array(FEATURES, dtype=float)[:, :4]
LABEL = torch.tensor(FORMULA_LABELS)
N = 4


def score(video: np.ndarray, label: int, inside: tuple[int, ...]) -> float:
    return float(worth("trn", video, inside)[label])


def subsets(elements: list[int]) -> list[tuple[int, ...]]:
    return [some for size in range(len(elements) + 1) for some in combinations(elements, size)]


def asked(name: str, **more: object) -> Tensor:
    features = torch.from_numpy(VIDEOS).float()
    prior = torch.tensor(PRIOR)
    return attribute(name, trn_head(), features, LABEL, prior, **more)


def by_definition(of_element) -> Tensor:
    """of_element(f, i, others): f of a coalition of the video, element i, all others."""
    rows = []
    for video, label in zip(VIDEOS, FORMULA_LABELS, strict=True):
        f = lambda inside, v=video, c=label: score(v, c, tuple(sorted(inside)))  # noqa: E731
        others = [[j for j in range(N) if j != i] for i in range(N)]
        rows.append([of_element(f, i, others[i]) for i in range(N)])
    return torch.tensor(rows, dtype=torch.float32)


def alone(f, i: int, others: list[int]) -> float:
    return f((i,)) - f(())


def last(f, i: int, others: list[int]) -> float:
    return f((*others, i)) - f(others)


def banzhaf(f, i: int, others: list[int]) -> float:
    return sum(f((*s, i)) - f(s) for s in subsets(others)) / 2 ** (N - 1)


@pytest.mark.parametrize(
    ("name", "definition"),
    [
        ("singleton", alone),
        ("both_ends", lambda f, i, others: (alone(f, i, others) + last(f, i, others)) / 2),
        ("banzhaf", banzhaf),
    ],
)
def test_what_is_a_sum_over_coalitions_is_that_sum(name, definition) -> None:
    torch.testing.assert_close(asked(name), by_definition(definition), atol=1e-6, rtol=0)


def test_a_blank_is_the_zero_feature() -> None:
    features = torch.from_numpy(VIDEOS).float()
    head = trn_head()
    expected = torch.zeros(4, N)
    video = torch.arange(4)
    whole = head(features).softmax(1)[video, LABEL]
    for i in range(N):
        blank = features.clone()
        blank[:, i] = 0
        expected[:, i] = whole - head(blank).softmax(1)[video, LABEL]
    torch.testing.assert_close(asked("occlusion"), expected)


def test_kernel_shap_of_all_coalitions_is_the_esv_and_of_some_it_adds_up() -> None:
    esvs = [shapley("trn", v)[:, c] for v, c in zip(VIDEOS, FORMULA_LABELS, strict=True)]
    whole = asked("kernel_shap", evaluations=2**N - 1)
    torch.testing.assert_close(whole, torch.tensor(np.array(esvs)).float(), atol=1e-6, rtol=0)
    some = asked("kernel_shap", evaluations=9)
    assert not torch.allclose(some, whole, atol=1e-4)
    torch.testing.assert_close(some.sum(1), whole.sum(1))


def test_kernel_shaps_regression_is_the_constrained_least_squares() -> None:
    """Against the system that Lagrange's multiplier makes."""
    inside, weight = drawn(5, 14, torch.Generator().manual_seed(3))
    assert len(inside) <= 14 and (inside.sum(1) % 5 > 0).all()
    assert set(bits(inside)) == {31 - name for name in bits(inside)}  # each with its complement
    x = inside.double()
    gained = torch.rand(len(x), 2, dtype=torch.float64)
    total = torch.tensor([1.0, -0.5], dtype=torch.float64)
    system = torch.zeros(6, 6, dtype=torch.float64)
    system[:5, :5] = x.T @ (x * weight[:, None])
    system[5, :5] = system[:5, 5] = 1
    right = torch.cat([x.T @ (gained * weight[:, None]), total[None]])
    expected = torch.linalg.solve(system, right)[:5]
    torch.testing.assert_close(regression(x, weight, gained, total), expected)


def test_sizes_are_drawn_as_the_kernel_weighs_them() -> None:
    """Σ over coalitions of a size of the kernel is in proportion to 1 / (s (n − s))."""
    generator = torch.Generator().manual_seed(0)
    inside, times = drawn(4, 2**4, generator)
    of_size = [float(times[inside.sum(1) == size].sum()) for size in (1, 2, 3)]
    kernel = [3 / (comb(4, s) * s * (4 - s)) * comb(4, s) for s in (1, 2, 3)]
    shares = [count / sum(of_size) for count in of_size]
    assert shares == pytest.approx([weight / sum(kernel) for weight in kernel], abs=0.04)


def test_one_order_gives_what_each_frame_adds_to_those_before() -> None:
    order = torch.randperm(N, generator=torch.Generator().manual_seed(5)).tolist()
    expected = by_definition(
        lambda f, i, _: f((*order[: order.index(i)], i)) - f(order[: order.index(i)])
    )
    generator = torch.Generator().manual_seed(5)
    values = asked("permutation_sampling", generator=generator, evaluations=N)
    torch.testing.assert_close(values, expected, atol=1e-6, rtol=0)


def test_many_orders_come_near_the_esv() -> None:
    esvs = [shapley("trn", v)[:, c] for v, c in zip(VIDEOS, FORMULA_LABELS, strict=True)]
    generator = torch.Generator().manual_seed(0)
    several = [
        asked("permutation_sampling", evaluations=2**N - 1, generator=generator) for _ in range(10)
    ]
    values = torch.stack(several).mean(0)
    assert float((values - torch.tensor(np.array(esvs))).abs().max()) < 0.05


def test_rise_is_the_mean_score_of_the_masks_that_hold_a_frame() -> None:
    generator = torch.Generator().manual_seed(2)
    masks = torch.rand(6, N, generator=generator) < 0.5
    inside = [tuple(row.nonzero().flatten().tolist()) for row in masks]
    expected = by_definition(lambda f, i, _: sum(f(s) for s in inside if i in s) / (0.5 * 6))
    values = asked("rise", generator=torch.Generator().manual_seed(2), evaluations=6)
    torch.testing.assert_close(values, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ["permutation_sampling", "kernel_shap", "rise"])
def test_no_sampling_method_asks_for_more_than_it_is_allowed(name, monkeypatch) -> None:
    counters = []
    made = CountedScores.__init__

    def counted(self, *arguments, **more) -> None:
        made(self, *arguments, **more)
        counters.append(self)

    monkeypatch.setattr(CountedScores, "__init__", counted)
    features = torch.randn(2, 8, 6, generator=torch.Generator().manual_seed(0))
    head = TSN(6, 3).eval()
    for evaluations in (None, 16, 100):
        attribute(name, head, features, LABEL[:2], torch.ones(3) / 3, evaluations=evaluations)
        allowed = evaluations or 32
        assert 0.6 * allowed < counters.pop().evaluations <= allowed


@pytest.mark.parametrize("name", ["permutation_sampling", "kernel_shap"])
def test_too_few_evaluations_are_refused_with_what_to_type(name) -> None:
    with pytest.raises(ValueError, match=r"Type experiment.evaluations=\d"):
        asked(name, evaluations=N - 1)


def test_gradients_from_the_mean_sum_to_the_score_beyond_its() -> None:
    features = torch.from_numpy(VIDEOS).float()
    head = TSN(4, 3).eval()
    background = features[:2, :3]
    mean = background.flatten(0, 1).mean(0).expand_as(features)
    video = torch.arange(4)
    gained = (head(features).softmax(1) - head(mean).softmax(1))[video, LABEL]
    prior = torch.tensor(PRIOR)
    values = attribute(
        "integrated_gradients_mean", head, features, LABEL, prior, background=background
    )
    torch.testing.assert_close(values.sum(1), gained.detach(), atol=2e-3, rtol=0)


def test_gradients_from_the_prior_sum_as_esvs_do() -> None:
    torch.manual_seed(0)
    head = multiscale_trn(3, 6, 8, 3).eval()
    features = torch.randn(4, 3, 6, generator=torch.Generator().manual_seed(0))
    prior = torch.tensor([0.5, 0.3, 0.2])
    unit = saying_the_prior(Asked(head, features, LABEL, prior))
    torch.testing.assert_close(head(unit.expand(1, 3, 6)).softmax(1)[0], prior, atol=1e-3, rtol=0)
    values = attribute("integrated_gradients_prior", head, features, LABEL, prior)
    gained = head(features).softmax(1)[torch.arange(4), LABEL] - prior[LABEL]
    torch.testing.assert_close(values.sum(1), gained.detach(), atol=0.02, rtol=0)


def test_expected_gradients_of_one_clip_come_near_integrated_gradients_from_it() -> None:
    head = TSN(4, 3).eval()
    features = torch.from_numpy(VIDEOS).float()
    one = torch.full((1, N, 4), 0.5)
    prior = torch.tensor(PRIOR)
    video = torch.arange(4)
    gained = (head(features).softmax(1) - head(one).softmax(1))[video, LABEL].detach()
    values = attribute("expected_gradients", head, features, LABEL, prior, background=one)
    torch.testing.assert_close(values.sum(1), gained, atol=0.03, rtol=0)


class Places(nn.Module):
    """A backbone whose map is its picture's first channel, and whose feature is the map."""

    def __init__(self) -> None:
        super().__init__()
        self.map = nn.ReLU()
        self.flat = nn.Flatten()

    def forward(self, pictures: Tensor) -> Tensor:
        return self.flat(self.map(pictures[:, :1]))


def test_unpooled_maps_are_weighed_place_by_place() -> None:
    """Logit 0 is Σ w · map over frames, so that ∂ logit / ∂ map is w and nothing is approximate."""
    weight = torch.tensor([1.0, -2.0, 0.5, 3.0])
    head = lambda x: torch.stack([(x @ weight).sum(1), x.sum((1, 2)) * 0], 1)  # noqa: E731
    pictures = torch.rand(3, 2, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    places = pictures[:, :, 0].flatten(2) * weight
    more = {"backbone": Places().eval(), "pictures": pictures}
    features, prior = pictures[:, :, 0].flatten(2), torch.ones(2) / 2
    label = torch.zeros(3, dtype=torch.long)
    signed = attribute("gradient_activation", head, features, label, prior, **more)
    torch.testing.assert_close(signed, places.sum(2))
    positive = attribute("hirescam", head, features, label, prior, **more)
    torch.testing.assert_close(positive, places.relu().sum(2))


def test_attention_flows_through_layers_and_is_summed_by_element() -> None:
    first = torch.tensor([[0.8, 0.2], [0.4, 0.6]])
    second = torch.tensor([[0.5, 0.5], [1.0, 0.0]])
    eye = np.eye(2)
    expected = (second.numpy() + eye) / 2 @ ((first.numpy() + eye) / 2)
    heads = torch.stack([first, first])[None]
    flow = rollout([heads, torch.stack([second, second])[None]])
    np.testing.assert_allclose(flow[0].numpy(), expected, rtol=1e-6)
    # a class token first: its row, without itself
    flow = torch.tensor([[[0.5, 0.1, 0.1, 0.2, 0.1], *[[0.2] * 5] * 4]])
    expected = torch.tensor([[0.2, 0.3]])
    torch.testing.assert_close(of_elements(flow, 2, pooled=False), expected)


def test_what_a_model_cannot_give_is_said() -> None:
    with pytest.raises(ValueError, match="attention between all tokens"):
        asked("attention_rollout")


def test_planted_methods_are_bad_in_the_way_that_they_say() -> None:
    esv = asked("esv")
    torch.testing.assert_close(asked("negated"), -esv)
    shuffled = asked("shuffled")
    torch.testing.assert_close(shuffled.sort(1).values, esv.sort(1).values)
    assert not torch.allclose(shuffled, esv)
    features, prior = torch.from_numpy(VIDEOS).float(), torch.tensor(PRIOR)
    for name in ("class_blind", "model_blind"):
        other = attribute(name, trn_head(), features, (LABEL + 1) % 3, prior)
        torch.testing.assert_close(asked(name), other)
    assert all(METHODS[name].planted for name in ("negated", "shuffled", "class_blind"))


def test_a_question_is_asked_anew_with_one_thing_changed() -> None:
    question = Asked(trn_head(), torch.randn(500, 4, 4), torch.arange(500) % 3, torch.tensor(PRIOR))
    noisy = with_noise(question, torch.Generator().manual_seed(0))
    noise = noisy.features - question.features
    assert float(noise.std()) == pytest.approx(0.1 * float(question.features.std()), rel=0.05)
    other = of_another_class(question, torch.Generator().manual_seed(0))
    assert (other.label != question.label).all()
    assert set(other.label.tolist()) == {0, 1, 2}
    alone = Asked(trn_head(), torch.randn(2, 4, 4), torch.tensor([0, 0]), torch.ones(1))
    assert of_another_class(alone, torch.Generator()).label.tolist() == [0, 0]


def test_layers_are_drawn_anew_from_the_last_on_and_the_head_is_left_as_it_is() -> None:
    head = trn_head()
    before = {name: value.clone() for name, value in head.state_dict().items()}
    stages = dict(with_layers_anew(head, seed=0))
    assert list(stages) == ["output", "output_hidden"]
    for names, changed in stages.items():
        for name, value in changed.state_dict().items():
            is_anew = name.split(".")[-2] in names.split("_")
            assert torch.equal(value, before[name]) is not is_anew
        assert not changed.training
    for name, value in head.state_dict().items():
        assert torch.equal(value, before[name])


@pytest.mark.parametrize(
    "name", ["banzhaf", "singleton", "kernel_shap", "rise", "negated", "class_blind"]
)
def test_scores_that_are_known_already_give_the_same(name) -> None:
    features, prior = torch.from_numpy(VIDEOS).float(), torch.tensor(PRIOR)
    table = scores_of_subsets(trn_head(), features, prior)
    torch.testing.assert_close(asked(name, table=table), asked(name), atol=1e-6, rtol=0)
    question = Asked(trn_head(), features, LABEL, prior, table=table)
    assert with_noise(question, torch.Generator()).table is None


def test_clips_of_more_frames_than_a_number_has_bits_are_told_apart() -> None:
    features = torch.randn(2, 70, 6, generator=torch.Generator().manual_seed(0))
    head = TSN(6, 3).eval()
    label = torch.tensor([0, 2])
    prior = torch.tensor([0.2, 0.3, 0.5])
    alone = head(features.flatten(0, 1)[:, None]).softmax(1).unflatten(0, (2, 70))
    expected = alone[torch.arange(2), :, label] - prior[label][:, None]
    ours = attribute("singleton", head, features, label, prior)
    torch.testing.assert_close(ours, expected.detach())
    assert bits(torch.eye(70, dtype=torch.bool)) == [2**place for place in range(70)]
    inside, times = drawn(70, 200, torch.Generator().manual_seed(0))
    assert set(bits(inside)) == {2**70 - 1 - name for name in bits(inside)}
    assert 190 < len(inside) <= times.sum()
