import pytest
import torch

import playfair


def test_logits_are_the_mean_over_frames_of_the_classifier_on_rectified_features():
    model, x = playfair.TSN(4, 3).eval(), torch.randn(2, 5, 4)
    wanted = torch.stack([model.classifier(x[:, t].clamp(min=0)) for t in range(5)]).mean(0)
    torch.testing.assert_close(model(x), wanted)


def test_the_order_of_the_frames_does_not_matter():
    model, x = playfair.TSN(4, 3).eval(), torch.randn(2, 5, 4)
    torch.testing.assert_close(model(x), model(x.flip(1)))


def test_dropout_is_off_in_eval_and_on_in_training():
    model, x = playfair.TSN(40, 3, dropout=0.7), torch.randn(2, 5, 40)
    assert not torch.equal(model.train()(x), model(x))
    assert torch.equal(model.eval()(x), model(x))


def test_features_of_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(video, frame, 4\)"):
        playfair.TSN(4, 3)(torch.randn(5, 4))
