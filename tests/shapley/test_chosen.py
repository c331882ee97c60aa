"""Which estimator is taken of one video and of several, and the sentence that says why."""

import torch
from oracles import features, prior

import playfair
from playfair.shapley import chosen
from playfair.shapley.chosen import ALIKE, verdict
from playfair.shapley.estimated import why_surrogate


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_video_of_constant_score_counts_in_no_median():
    x = features(3, 9).cumsum(1) / 2
    x[1] = x[1, :1]  # the same throughout
    last = lambda x: 4 * (x[:, -1] * x[:, 0])[:, :4]  # noqa: E731
    together = playfair.explain(last, x, prior(), budget=120)
    others = playfair.explain(last, x[[0, 2]], prior(), budget=120)
    assert together.stderr.isnan().flatten(1).all(1).tolist() == [False, True, False]
    assert others.why == together.why and "variance is" in others.why


def test_next_to_nothing_is_said_as_less_than_a_hundredth():
    little = verdict(torch.tensor([1e-13], dtype=torch.float64))
    assert (
        little.why == "its leave-one-out variance is less than 0.01 of what that of stratified is"
    )
    assert "is 0.01 of what" in verdict(torch.tensor([0.01], dtype=torch.float64)).why
    some = verdict(torch.tensor([torch.nan, 0.5, 9.0]))
    assert some.why.startswith("kernel, as its leave-one-out variance is 0.5 of")
    assert "on 1 of 3 videos (counted from 0: 2)" in some.why
    assert verdict(torch.tensor([torch.nan, 9.0])).why.startswith(f"kernel, as {ALIKE}; stratified")


def test_where_more_is_asked_of_the_kernel_it_is_said():
    asked = verdict(torch.tensor([0.5, 0.4]), most=0.25)
    assert asked.estimator == "stratified"
    assert asked.why.endswith("is 0.4 times its own, and 0.25 at most is asked of it")
    assert "where it is more than 0.25 times" in verdict(torch.tensor([0.5, 0.1]), 0.25).why


def test_more_videos_than_a_sentence_names_are_left_out_of_it():
    ratio = torch.tensor([9.0] * 6 + [1.0])
    assert "on 6 of 7 videos (counted from 0: 0, 1, 2, 3, 4, …)" in verdict(ratio).why
    assert verdict(torch.tensor([3.0, 2.0])).why.endswith("is 2 times its own")


def test_of_heads_it_is_said_how_many_videos_their_scales_do_not_tell():
    layers = "the heads show their layers, so that single scales are evaluated"
    assert why_surrogate(torch.tensor([False, False])) == (
        f"{layers}, which tell more than 0.5 of what was left out (R²)"
    )
    assert why_surrogate(torch.tensor([True, False, True])) == (
        f"{layers}; on 2 of 3 videos they tell less than 0.5 of what was left out (R²), "
        "and values are of plain means"
    )
    assert "on 1 of 1 video they" in why_surrogate(torch.tensor([True]))


def test_the_estimate_that_is_taken_is_that_of_its_name(monkeypatch):
    x = features(2, 9).cumsum(1) / 2

    def model(x):
        return (x.cumsum(1).amax(1) * x.mean(1))[:, :4]

    def by(name):
        return playfair.explain(model, x, prior(), budget=120, estimator=name, generator=drawn(3))

    kernel, plain = by("kernel"), by("stratified")
    for worse, answer in ((-1.0, plain), (torch.inf, kernel)):
        monkeypatch.setattr(chosen, "WORSE", worse)
        ours = by("chosen")
        torch.testing.assert_close(ours.esv, answer.esv, atol=1e-7, rtol=0)
        torch.testing.assert_close(ours.stderr, answer.stderr, atol=1e-7, rtol=1e-5)
        assert ours.estimator == answer.estimator
