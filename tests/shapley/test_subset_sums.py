import pytest
import torch
from oracles import features, prior, tsn

import playfair
from playfair.shapley.exact import esv_from_blocks
from playfair.shapley.levels import blocks_of_levels
from playfair.shapley.linear_heads import layers_of


@pytest.mark.parametrize("n_frames", [2, 3, 6, 9])
@pytest.mark.parametrize(
    "stretch", [1, 30, 3000], ids=["soft", "sharp", "beyond the closed form's range"]
)
def test_subset_sums_agree_with_the_levels(n_frames, stretch):
    model = tsn().double()
    model.classifier.weight.data.mul_(stretch)
    x = features(2, n_frames).double()
    with torch.no_grad():
        levels, score = esv_from_blocks(
            blocks_of_levels(layers_of(model, x), x), n_frames, prior().double()
        )
    ours = playfair.explain(model, x, prior().double())
    torch.testing.assert_close(ours.esv, levels, atol=1e-12, rtol=0)
    torch.testing.assert_close(ours.score, score, atol=1e-12, rtol=0)
