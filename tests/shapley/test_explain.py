import pytest
import torch
from oracles import features, multiscale, prior, tsn

import playfair
from playfair.shapley.errors import WrongOption, WrongUnits


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
        (tsn(), features()[0], prior(), r"x\[None\]"),
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


@pytest.mark.usefixtures("two_threads")
def test_many_videos_are_explained_within_inference_mode_as_without() -> None:
    model = multiscale()
    videos = features(64, 5)
    classes = prior()
    with torch.inference_mode():
        inside = playfair.explain(model, videos.clone(), classes)
    assert torch.equal(inside.esv, playfair.explain(model, videos, classes).esv)


def test_bfloat16_is_what_a_called_model_multiplies_in() -> None:
    head = torch.nn.Linear(6, 5).eval()

    def model(x: torch.Tensor) -> torch.Tensor:
        return head(x).mean(1)

    def mixed(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return model(x)

    x = torch.randn(2, 4, 6)
    asked = playfair.explain(model, x, precision="bfloat16")
    assert torch.equal(asked.esv, playfair.explain(mixed, x).esv) and asked.esv.dtype == x.dtype
    change = (asked.esv - playfair.explain(model, x).esv).abs().max()
    assert 1e-6 < change < 1e-2
    gap = asked.esv.double().sum(1) + asked.prior - asked.score
    assert gap.abs().max() < 1e-6, "sums are not in it"


def test_a_precision_that_would_be_ignored_is_refused() -> None:
    class Own:
        n_classes = 2

        def game(self, units, prior, *, removal, batch_size=None):
            return playfair.shapley.MaskGame(
                lambda inside: inside[:, :2].float(), units.shape[1], prior
            )

    x = torch.randn(1, 3, 4)
    with pytest.raises(WrongOption, match="float32, the only one of MaskGame"):
        playfair.explain(Own(), x, precision="bfloat16")
    tsn = playfair.TSN(4, 3).eval()
    with pytest.raises(WrongOption, match="logits of single elements are made once"):
        playfair.explain(tsn, x, removal="freeze", precision="bfloat16")
    mixed, usual = (
        playfair.explain(tsn, x, precision=name).esv for name in ("bfloat16", "float32")
    )
    assert 0 < (mixed - usual).abs().max() < 1e-2
    for refused in (playfair.explain, playfair.explain_pairs):
        with pytest.raises(WrongOption, match="values are estimated"):
            refused(multiscale(3), features(1, 12), budget=200, precision="bfloat16")
    usual, mixed = (
        playfair.explain_pairs(
            tsn, features(1, 9, 4), budget=200, estimator="stratified", precision=name
        ).index
        for name in ("float32", "bfloat16")
    )
    assert 0 < (mixed - usual).abs().max() < 1e-2


def pixel_model(x: torch.Tensor) -> torch.Tensor:
    """Takes (n, frame, 3, height, width), and nothing else."""
    n, size, _, height, width = x.shape
    return x.reshape(n, size, 3, height * width).mean((1, 3))


def test_a_video_axis_that_was_forgotten_is_told() -> None:
    with pytest.raises(WrongUnits, match=r"\(1, 3, 16, 16\).*one video, .*type x\[None\]"):
        playfair.explain(pixel_model, torch.rand(4, 3, 16, 16))
    with pytest.raises(
        WrongUnits, match=r"got shape \(8, 4\). If that is one video, type x\[None\]"
    ):
        playfair.explain(lambda x: x.mean(1), torch.rand(8, 4))


def test_a_video_axis_that_may_be_missing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    playfair.explain(lambda x: x.flatten(2).mean(1)[:, :5], torch.rand(4, 3, 16, 16))
    assert "x is taken as 4 videos of 3 elements; if it is one video" in caplog.text
    caplog.clear()
    playfair.explain(pixel_model, torch.rand(2, 4, 3, 16, 16))
    assert not caplog.text


def test_a_length_that_a_model_was_not_made_for_is_told(caplog: pytest.LogCaptureFixture) -> None:
    class Fixed(torch.nn.Module):
        config = type("Config", (), {"num_frames": 4})

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return pixel_model(x)

    playfair.explain(Fixed().eval(), torch.rand(1, 4, 3, 2, 2))
    assert not caplog.text
    playfair.explain(Fixed().eval(), torch.rand(1, 8, 3, 2, 2))
    assert "clips of 4 frames (config.num_frames), and x holds 8" in caplog.text


def test_frames_that_a_model_makes_one_token_of_are_told(caplog: pytest.LogCaptureFixture) -> None:
    class Tubelets(torch.nn.Module):
        config = type("Config", (), {"tubelet_size": 2})

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return pixel_model(x)

    model = Tubelets().eval()
    playfair.explain(model, torch.rand(1, 4, 3, 2, 2), removal="freeze")
    assert "makes one token of 2 frames, and single frames are removed here" in caplog.text
    assert "explain(lambda x: model(x.flatten(1, 2)), x.unflatten(1, (-1, 2)), …)" in caplog.text
    caplog.clear()
    x = torch.rand(1, 4, 3, 2, 2).unflatten(1, (-1, 2))
    answer = playfair.explain(lambda x: model(x.flatten(1, 2)), x, removal="freeze")
    assert not caplog.text and answer.esv.shape == (1, 2, 3)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda x: x.flatten(1)[:, 0], r"shape \(1,\), one number a row: all that it says"),
        (lambda x: x.mean(1)[:1], r"returned shape \(1, 4\): as many rows as it is given"),
        (lambda x: x.mean(1)[:, :0], r"returned shape \(1, 0\)"),
        (lambda x: x.mean(1).numpy(), r"ndarray; type torch.as_tensor\(...\) in it"),
    ],
    ids=["a number", "one row", "no class", "numpy"],
)
def test_what_a_model_should_have_returned_is_told(answer, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        playfair.explain(answer, torch.randn(2, 3, 4))
