import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playfair.shapley.pairs import draw_pairs, least_pairs, random_members

settings.register_profile("shared machine", deadline=None, max_examples=40)
settings.load_profile("shared machine")


@given(st.integers(2, 11), st.integers(0, 400), st.integers(0, 100))
def test_pairs_are_different_and_fill_the_budget(n_frames, more, seed):
    n_pairs = least_pairs(n_frames) + more
    pairs = draw_pairs(n_frames, n_pairs, torch.Generator().manual_seed(seed))
    both = torch.cat([pairs.inside, ~pairs.inside])
    assert len(torch.unique(both, dim=0)) == len(both)
    assert len(pairs.inside) == min(n_pairs, 2 ** (n_frames - 1) - 1)
    assert torch.equal(pairs.inside.sum(1), pairs.size)


@given(st.integers(2, 9))
def test_all_pairs_give_the_shapley_value_of_any_game(n_frames):
    worth = torch.rand(2**n_frames, dtype=torch.float64)
    pairs = draw_pairs(n_frames, 2**n_frames, torch.Generator())
    at = 2 ** torch.arange(n_frames)
    d = worth[(pairs.inside * at).sum(1)] - worth[(~pairs.inside * at).sum(1)]
    ours = (worth[-1] - worth[0]) / n_frames + pairs.contrast.T @ (pairs.share * d)
    inside = (torch.arange(2**n_frames)[:, None] // at % 2).bool()
    size = inside.sum(1)
    weight = torch.exp(
        torch.lgamma(size.clamp(min=1).double())
        + torch.lgamma(n_frames - size + 1.0).double()
        - torch.lgamma(torch.tensor(n_frames + 1.0)).double()
    )
    for frame in range(n_frames):
        with_it = inside[:, frame].nonzero().flatten()
        gain = worth[with_it] - worth[with_it - at[frame]]
        torch.testing.assert_close((weight[with_it] * gain).sum(), ours[frame], atol=1e-6, rtol=0)


@given(st.integers(2, 40), st.integers(1, 60), st.integers(0, 9))
def test_random_coalitions_hold_every_frame_about_equally(n_frames, count, seed):
    size = 1 + seed % (n_frames // 2)
    if count > n_frames // size and 2 ** (n_frames - 2) > 4 * count and size > 2:
        drawn = random_members(n_frames, size, count, torch.Generator().manual_seed(seed))
        assert drawn.shape == (count, n_frames) and (drawn.sum(1) == size).all()
        held = drawn.sum(0)
        assert held.max() - held.min() <= 2 + count * size // n_frames
