import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from playfair.data.something_something import VIDEO_FOLDER
from playfair.data.synthetic import write


@pytest.fixture(scope="session")
def dataset_root(tmp_path_factory) -> Path:
    """A real dataset of 24 clips in 12 classes; shared by all tests, so only to be read."""
    root = tmp_path_factory.mktemp("synthetic") / "dataset"
    write(root, n_train=12, n_validation=12, size=48, workers=1, progress=False)
    return root


@pytest.fixture
def copy_dataset(dataset_root, tmp_path) -> Callable[[], Path]:
    """A copy of the dataset's folder that a test may spoil."""
    return lambda: Path(shutil.copytree(dataset_root, tmp_path / "copy"))


@pytest.fixture
def clip(dataset_root) -> Path:
    return dataset_root / VIDEO_FOLDER / "3.webm"
