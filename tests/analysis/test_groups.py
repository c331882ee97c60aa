import numpy as np
import pandas as pd

from playfair.analysis.groups import mean_of_groups
from playfair.analysis.support import supporting_share


def test_the_mean_of_a_class_is_over_its_videos_and_nan_without_any() -> None:
    rng = np.random.default_rng(0)
    values, labels = rng.normal(size=(50, 3)), rng.integers(0, 4, 50)
    means, counts = mean_of_groups(values, labels, 5)
    expected = pd.DataFrame(values).groupby(labels).mean()
    np.testing.assert_allclose(means[:4], expected)
    assert counts[:, 0].tolist() == [*np.bincount(labels), 0] and np.isnan(means[4]).all()


def test_a_frame_supports_when_its_esv_is_above_zero() -> None:
    assert supporting_share(np.array([[1.0, 0.0, -1.0, 2.0], [-1.0] * 4])).tolist() == [0.5, 0.0]
