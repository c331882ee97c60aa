"""What explains itself from pictures, and what is said to a model that does not."""

import pytest
import torch
from torch import nn

import playfair
from playfair.models.callable import CallableVideoModel
from playfair.models.multiscale import multiscale_trn
from playfair.models.separable import SeparableVideoModel
from playfair.models.video_model import (
    NotAVideoModel,
    Preprocess,
    VideoModel,
    in_elements,
    require_video_model,
)
from playfair.shapley import LinearGame

FRAMES = torch.randint(0, 256, (2, 4, 6, 6, 3), dtype=torch.uint8)
PRIOR = torch.tensor([0.2, 0.3, 0.5])


def separable() -> SeparableVideoModel:
    backbone = nn.Sequential(nn.Flatten(), nn.Linear(3 * 6 * 6, 5))
    return SeparableVideoModel(backbone, multiscale_trn(3, 5, 8, 3)).eval()


def brightness(pixels):
    mean = pixels.flatten(1).mean(1)
    return torch.stack([mean, -mean, 0 * mean], 1)


@pytest.mark.parametrize(
    "model", [separable(), CallableVideoModel(brightness, 3).eval()], ids=["separable", "callable"]
)
def test_a_video_model_is_explained_from_its_units_as_from_whole_clips(model):
    assert isinstance(require_video_model(model), VideoModel)
    with torch.no_grad():
        ours = playfair.explain(model, model.units(FRAMES), PRIOR)
        torch.testing.assert_close(ours.score, model(FRAMES).softmax(-1), atol=1e-6, rtol=0)
    torch.testing.assert_close(ours.esv.sum(1), ours.score - PRIOR, atol=1e-6, rtol=0)


def test_a_separable_model_makes_its_heads_fast_game():
    model = separable()
    assert type(model.game(model.units(FRAMES).detach(), PRIOR)) is LinearGame
    assert model.separable and model.n_classes == 3


def test_a_callable_is_given_normalised_pixels_and_its_own_removal_first():
    look = Preprocess(mean=(0.5, 0.5, 0.5), std=(0.1, 0.2, 0.4))
    model = CallableVideoModel(brightness, 3, removals=("freeze", "blank"), preprocess=look).eval()
    red, green, blue = ((FRAMES[0, 0, 0, 0] / 255 - 0.5) / torch.tensor([0.1, 0.2, 0.4])).tolist()
    assert model.units(FRAMES)[0, 0, :, 0, 0].tolist() == pytest.approx([red, green, blue])
    units = model.units(FRAMES)
    usual = playfair.explain(model, units, PRIOR).esv
    assert torch.equal(usual, playfair.explain(model, units, PRIOR, removal="freeze").esv)
    with pytest.raises(ValueError, match="removal must be one of freeze, blank"):
        playfair.explain(model, units, PRIOR, removal="delete")


def test_frames_that_are_tokenised_together_are_one_element():
    model = CallableVideoModel(brightness, 3, frames_per_element=2).eval()
    assert model.units(FRAMES).shape == (2, 2, 2, 3, 6, 6)
    assert playfair.explain(model, model.units(FRAMES), PRIOR).esv.shape == (2, 2, 3)
    with pytest.raises(ValueError, match="type n_frames=4"):
        in_elements(torch.zeros(1, 5, 3, 2, 2), 2)


def test_what_a_model_lacks_is_listed_with_its_shape():
    class Half:
        n_classes = 3
        frames_per_element = 0
        separable = "no"
        preprocess = Preprocess()
        removals = ("delete", "blur")

        def units(self, frames):
            return frames

    with pytest.raises(NotAVideoModel) as refused:
        require_video_model(Half())
    assert set(refused.value.lacks) == {"frames_per_element", "separable", "removals", "game"}
    assert "scores(inside (coalition, element)) are (coalition, video, class)" in str(refused.value)
    assert "got ('delete', 'blur')" in str(refused.value)
