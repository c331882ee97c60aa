"""The duplicate test where doubling a frame leaves the score as it is: credit is to be shared, not made."""

import numpy as np
import pytest
import torch

from playfair.analysis.duplicates import credit_of_copies, duplicated, shared_credit
from playfair.attribution import attribute

PRIOR = torch.tensor([0.5, 0.5])


def most_of(features: torch.Tensor) -> torch.Tensor:
    """Scores (max over frames, the rest): frames that are there twice add nothing."""
    worth = features.amax((1, 2))
    return torch.stack([worth, 1 - worth], -1).log()


@pytest.mark.parametrize(("method", "kept"), [("esv", 0.9), ("leave_one_out", 0.0)])
def test_esv_shares_the_credit_of_a_doubled_frame_and_leave_one_out_loses_it(
    method: str, kept: float
) -> None:
    features = torch.tensor([[[0.9], [0.6], [0.55]], [[0.5], [0.95], [0.6]]])
    label, top = torch.tensor([0, 0]), np.array([0, 1])
    longer = features[torch.arange(2)[:, None], torch.from_numpy(duplicated(top, 3))]
    before, after = (
        attribute(method, most_of, x, label, PRIOR).numpy() for x in (features, longer)
    )
    found = shared_credit(credit_of_copies(before, after, top)).set_index("measure")["mean"]
    if method == "esv":
        assert found["kept"] >= kept and found["larger_share"] == pytest.approx(0.5)
        assert found["total"] == pytest.approx(1)
    else:
        assert found["kept"] == pytest.approx(kept, abs=1e-6)


@pytest.mark.filterwarnings("error")
def test_credit_of_nothing_has_no_ratio():
    """A method may say 0 of every frame, as Grad-CAM's rectifier does: nothing is divided by it."""
    nothing = np.zeros((4, 3))
    copies = credit_of_copies(nothing, np.zeros((4, 4)), np.zeros(4, dtype=int))
    table = shared_credit(copies)
    assert table[["mean", "low", "high"]].isna().all(axis=None)
