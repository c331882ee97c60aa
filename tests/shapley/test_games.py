"""Games of all kinds: what a model is shown, how much at once, and masks."""

import logging

import pytest
import torch
from oracles import features, multiscale, prior, tsn

import playfair
from playfair.shapley import CallableGame, Game, LinearGame, MaskGame, explain_game
from playfair.shapley.batch import BATCH_BYTES
from playfair.shapley.errors import NotAModel, WrongScores
from playfair.shapley.game import blocks_of, game_of
from playfair.shapley.mean_game import MeanGame


class Watched:
    """A model of pixels, (n, size, 3, height, width), that remembers how much it was shown."""

    def __init__(self, fails_above: int = 10**9, error: Exception | None = None) -> None:
        self.fails_above = fails_above
        self.error = error
        self.rows: list[int] = []
        self.most_bytes = 0

    def __call__(self, pixels):
        if len(pixels) > self.fails_above:
            raise self.error
        self.rows.append(len(pixels))
        self.most_bytes = max(self.most_bytes, pixels.numel() * pixels.element_size())
        mean = pixels.flatten(1).mean(1)
        return torch.stack([mean, -mean, 0 * mean], 1)


def test_models_that_show_their_layers_are_not_called_and_any_other_is():
    x = features()
    assert type(game_of(multiscale(), x, prior())) is LinearGame
    assert type(game_of(tsn(), x, prior())) is MeanGame
    assert type(game_of(multiscale().forward, x, prior())) is CallableGame
    assert type(game_of(multiscale(), x, prior(), removal="freeze")) is CallableGame
    assert all(
        isinstance(game_of(m, x, prior()), Game) for m in (multiscale(), tsn(), tsn().forward)
    )
    with pytest.raises(NotAModel, match="can be called"):
        playfair.explain("tsn", x, prior())


@pytest.mark.parametrize("model", [multiscale(), tsn()])
@pytest.mark.parametrize("size", [1, 2, 4])
@torch.no_grad()
def test_every_game_scores_single_coalitions_as_it_scores_all(model, size):
    inside = torch.arange(4)[None] < size
    game = game_of(model, features(), prior())
    expected = game_of(model.forward, features(), prior()).scores(inside)
    torch.testing.assert_close(game.scores(inside), expected, atol=1e-6, rtol=0)
    table = torch.cat([block.scores.clone() for block in blocks_of(game)])
    assert len(table) == 15


def test_pixels_are_explained_as_they_are():
    pixels = torch.randn(2, 4, 3, 5, 5)
    model = Watched()
    ours = playfair.explain(model, pixels, prior(3))
    flat = playfair.explain(model, pixels.flatten(2), prior(3))
    assert torch.equal(ours.esv, flat.esv)


def test_a_clip_of_pixels_is_shown_a_few_coalitions_at_a_time():
    model = Watched()
    clip = torch.zeros(1, 12, 3, 224, 224)
    inside = torch.rand(900, 12).argsort(1) < 6  # there are 924; 900 of them would be 6.6 GB
    game = CallableGame(model, clip, prior(3))
    with torch.no_grad():
        game.scores(inside[:40])
    assert model.most_bytes <= BATCH_BYTES
    assert max(model.rows) <= game.rows_at_once == 9


@pytest.mark.parametrize("budget", [None, 60])
def test_what_is_shown_at_once_does_not_grow_with_the_clips(budget):
    most = []
    for n_clips in (1, 64):
        model = Watched()
        pixels = torch.rand(n_clips, 7, 3, 2, 2)
        playfair.explain(model, pixels, prior(3), batch_size=4, budget=budget)
        most.append(model.most_bytes)
    one_clip, many_clips = most
    assert one_clip <= many_clips <= 4 * pixels[0].nbytes


@pytest.mark.parametrize("batch_size", [1, 3, 7])
def test_a_batch_that_was_asked_for_is_kept_and_recorded(batch_size):
    model = Watched()
    pixels = torch.randn(5, 4, 3, 2, 2)
    ours = playfair.explain(model, pixels, prior(3), batch_size=batch_size)
    whole = playfair.explain(Watched(), pixels, prior(3))
    assert max(model.rows) == ours.batch_size == batch_size
    assert (
        whole.batch_size == 2048 and playfair.explain(tsn(), features(), prior()).batch_size is None
    )
    torch.testing.assert_close(ours.esv, whole.esv, atol=1e-6, rtol=0)
    with pytest.raises(ValueError, match="batch_size must be a positive number"):
        playfair.explain(model, pixels, prior(3), batch_size=0)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 6 bytes"),
        RuntimeError("[enforce fail] not enough memory: you tried to allocate 6 bytes"),
    ],
)
def test_where_memory_fails_the_batch_is_halved_and_this_is_said(error, caplog):
    caplog.set_level(logging.WARNING, "playfair")
    model = Watched(fails_above=5, error=error)
    pixels = torch.randn(3, 4, 3, 2, 2)
    ours = playfair.explain(model, pixels, prior(3))
    torch.testing.assert_close(
        ours.esv, playfair.explain(Watched(), pixels, prior(3)).esv, atol=1e-6, rtol=0
    )
    assert ours.batch_size == max(model.rows) <= 5
    assert f"the model sees {ours.batch_size} rows at once" in caplog.text


@pytest.mark.parametrize(
    ("fails_above", "error"), [(0, MemoryError()), (5, RuntimeError("shapes do not fit"))]
)
def test_other_errors_and_a_single_row_too_large_reach_the_caller(fails_above, error):
    with pytest.raises(type(error)):
        playfair.explain(Watched(fails_above, error), torch.randn(3, 4, 3, 2, 2), prior(3))


def test_blank_elements_are_zeros_or_the_unit_given():
    def sums(x):
        return torch.stack([x.sum((1, 2)), 0 * x[:, 0, 0]], 1)

    x = torch.rand(2, 3, 4)
    half = prior(2)
    blank = playfair.explain(sums, x, half, removal="blank")
    left_out = playfair.explain(sums, x, half)
    torch.testing.assert_close(blank.esv, left_out.esv)
    game = CallableGame(sums, x, half, removal="blank", blank=torch.ones(4))
    alone = game.scores(torch.tensor([[True, False, False]]))[0, :, 0]
    torch.testing.assert_close(alone, (x[:, 0].sum(1) + 8).sigmoid())


def test_masks_of_several_videos_are_explained_together():
    worth = torch.tensor(
        [[[1.0, 0.0], [2.0, 5.0]], [[0.5, 1.0], [0.0, 3.0]]]
    )  # element, video, class
    game = MaskGame(
        lambda inside: torch.einsum("ci,ivk->cvk", inside.float(), worth),
        n_elements=2,
        prior=torch.zeros(2),
        n_videos=2,
    )
    torch.testing.assert_close(explain_game(game).esv, worth.transpose(0, 1))


@pytest.mark.parametrize(
    "answer", [torch.zeros(3), torch.zeros(1, 1, 5), None, torch.full((1, 2), float("nan"))]
)
def test_scores_of_the_wrong_kind_are_refused(answer):
    game = MaskGame(lambda inside: answer, n_elements=2, prior=torch.zeros(2))
    with pytest.raises(WrongScores, match="score"):
        game.scores(torch.ones(1, 2, dtype=torch.bool))


@pytest.mark.parametrize("removal", ["delete", "dropp"])
def test_a_removal_that_the_model_does_not_stand_is_refused_by_its_own_list(removal):
    class Drops:
        removals = ("drop", "freeze")

        def game(self, *units, **options):
            raise AssertionError("it is refused before")

    with pytest.raises(ValueError, match=f"one of drop, freeze; got '{removal}'"):
        game_of(Drops(), torch.zeros(1, 2, 3), torch.ones(2) / 2, removal=removal)
