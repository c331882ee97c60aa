import pytest
import torch
from oracles import features, multiscale, prior, tsn

import playfair

pytestmark = pytest.mark.usefixtures("two_threads")


def broken(value: float):
    x = features(3, 4)
    x[1, 2, 0] = value
    return x


@pytest.mark.parametrize(
    ("model", "x", "p", "says"),
    [
        (tsn(), broken(float("nan")), prior(), "video 1 .*NaN"),
        (tsn(), broken(float("inf")), prior(), "video 1 .*infinity"),
        (tsn(), features(), prior() * 2, "sum to 1, got a sum of 2"),
        (tsn(), features(), torch.tensor([1.5, -0.5, 0, 0]), "least entry of -0.5"),
        (tsn(), features(), torch.full((4,), float("nan")), "sum to 1"),
        (tsn(), features(), prior(5), "5 entries but the model has 4 classes"),
        (
            lambda x: x.mean(1)[:, :4],
            features(),
            prior(5),
            "5 entries but the model returned 4 classes",
        ),
        (tsn(), features(), prior().unsqueeze(0), r"shape \(class,\)"),
        (tsn(), features()[:, :0], prior(), "at least one video, one frame"),
        (tsn(), features()[0], prior(), "features.unsqueeze"),
        (tsn(), features().long(), prior(), r"floating point tensor, got torch.int64"),
        (tsn(), features(feature_dim=5), prior(), "6 features per frame"),
        (multiscale(), features(feature_dim=5), prior(), "6 features per frame"),
        (tsn(), features(1, 21), prior(), "budget="),
        (multiscale().train(), features(), prior(), r"model.eval\(\)"),
        (tsn().train(), features(), prior(), r"model.eval\(\)"),
        (lambda x: x, features(), prior(), "returned shape"),
        (lambda x: None, features(), prior(), "returned NoneType"),
        (lambda x: x.mean(1)[:, :4] * float("nan"), features(), prior(), "NaN"),
        (playfair.TRN(3, 6, 5, 4).eval(), features(), prior(), "fixed length"),
    ],
)
def test_bad_input_is_refused_with_a_lesson(model, x, p, says):
    with pytest.raises(ValueError, match=says):
        playfair.explain(model, x, p)


def test_nothing_is_computed_from_bad_input():
    def never(x):
        raise AssertionError("the model was called")

    with pytest.raises(ValueError, match="NaN"):
        playfair.explain(never, broken(float("nan")), prior())


def test_the_prior_may_be_float16():
    playfair.explain(tsn(), features(), prior().half())


def test_no_graph_is_kept():
    assert not playfair.explain(tsn(), features().requires_grad_(), prior()).esv.requires_grad


def test_many_videos_are_explained_within_inference_mode_as_without() -> None:
    model = multiscale()
    videos = features(64, 5)
    classes = prior()
    with torch.inference_mode():
        inside = playfair.explain(model, videos.clone(), classes)
    assert torch.equal(inside.esv, playfair.explain(model, videos, classes).esv)
