import numpy as np
import pytest
import torch

from playfair import TSN
from playfair.analysis.frame_pairs import by_kind, pair_kinds
from playfair.experiments.interactions import CONTRAST as CONTRAST_TITLE
from playfair.experiments.interactions import interactions, verdict
from playfair.experiments.paper import paper
from playfair.models.multiscale import multiscale_trn
from playfair.steps.interactions import CONTRAST, ORDER, OWN, three_measures

PRIOR = torch.tensor([0.4, 0.4, 0.2])
LABEL, TWIN = np.array([0, 1, 2]), np.array([1, 0, -1])


def features() -> torch.Tensor:
    return torch.randn(3, 5, 6, generator=torch.Generator().manual_seed(0))


def test_nothing_of_a_tsns_interactions_depends_on_order_and_some_of_a_trns_does() -> None:
    torch.manual_seed(0)
    tsn, trn = TSN(6, 3).eval(), multiscale_trn(3, 6, 8, 3).eval()
    tsn.classifier.weight.data.mul_(6)
    of_tsn, of_trn = (three_measures(model, features(), PRIOR, LABEL, TWIN) for model in (tsn, trn))
    assert np.abs(of_tsn[ORDER]).max() < 1e-6 < 1e-3 < np.abs(of_tsn[OWN]).max()
    assert np.abs(of_trn[ORDER]).max() > 1e-3


def up_or_down(x: torch.Tensor) -> torch.Tensor:
    """Class 0 where a frame of 1 precedes one of 2, class 1 the other way round; 50 : 50 else."""
    early, late = (x[..., 0] == 1).float(), (x[..., 0] == 2).float()
    rises = ((early.cumsum(1) * late).sum(1) > 0).float()
    falls = ((late.cumsum(1) * early).sum(1) > 0).float()
    return torch.stack([2 * rises, 2 * falls, 0 * rises - 30], -1)


def test_a_model_that_needs_before_and_after_shows_it_across_the_middle_alone() -> None:
    x = torch.tensor([[1.0, 1.0, 2.0, 2.0]] * 3)[..., None]
    x[1] = x[1].flip(0)
    x = x + torch.tensor([0, 0, 1.0])[:, None, None]  # the third has no frame of 1: nothing to see
    prior = torch.tensor([0.5, 0.5, 0.0])
    found = three_measures(up_or_down, x, prior, LABEL, TWIN)
    assert np.isnan(found[CONTRAST][2]).all()  # no twin
    contrast, order = found[CONTRAST][:2], found[ORDER][:2]
    np.testing.assert_allclose(
        contrast[0], contrast[1], atol=1e-6
    )  # the twins are each other's mirror
    assert (contrast[:, :2, 2:] > 0.1).all() and (order[:, :2, 2:] > 0.05).all()
    assert (contrast[:, 0, 1] < 0).all()  # one of two equal frames is enough

    kinds = pair_kinds(np.array([[True, True, False, False]] * 2), None)
    rows = by_kind({CONTRAST_TITLE: contrast}, kinds).set_index(["measure", "pairs"])
    assert verdict("trn", rows).startswith(
        "TRN: one frame before and one after the middle work together"
    )
    hidden = by_kind({CONTRAST_TITLE: 0 * contrast + 1e-9}, kinds).set_index(["measure", "pairs"])
    assert "show no interaction" in verdict("tsn", hidden)


@pytest.mark.parametrize("n_frames", [1, 21])
def test_one_frame_is_no_pair_and_of_too_many_no_exact_values_are_known(n_frames: int) -> None:
    with pytest.raises(
        ValueError, match=f"2 to 20 frames, got n_frames={n_frames}. Type n_frames=8"
    ):
        interactions([], n_frames=n_frames)


@pytest.mark.parametrize("n_frames", [1, 20])
def test_a_paper_whose_last_sections_cannot_be_written_is_refused_before_the_first(
    n_frames: int,
) -> None:
    with pytest.raises(
        ValueError, match=f"2 to 19 frames.*got n_frames={n_frames}. Type n_frames=8"
    ):
        paper([], n_frames=n_frames, lengths=[1], frames=[8], budgets=[100], n_videos=2, repeats=1)
