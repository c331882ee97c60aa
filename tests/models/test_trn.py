import pytest
import torch

import playfair
from playfair.shapley.rows import rows_of


def test_logits_are_two_layers_on_the_frames_in_their_order():
    model, x = playfair.TRN(3, 4, 8, 5).eval(), torch.randn(2, 3, 4)
    wanted = model.output(model.hidden(torch.cat([x[:, 0], x[:, 1], x[:, 2]], -1)).relu())
    torch.testing.assert_close(model(x), wanted)
    assert not torch.allclose(model(x.flip(1)), wanted)


@pytest.mark.parametrize("shape", [(2, 4, 4), (2, 3, 5), (3, 4)])
def test_another_number_of_frames_is_refused(shape):
    with pytest.raises(ValueError, match=r"\(video, 3, 4\)"):
        playfair.TRN(3, 4, 8, 5)(torch.randn(shape))


def test_rows_add_up_to_the_hidden_layer():
    model, x = playfair.TRN(3, 4, 8, 5), torch.randn(6, 2, 4)
    rows = rows_of(x, model.projection())
    assert rows.shape == (3, 4, 2, 8)
    summed = rows[0, 1] + rows[1, 3 - 1] + rows[2, 5 - 2]
    torch.testing.assert_close(summed, model.hidden(torch.cat([x[1], x[3], x[5]], -1)))
