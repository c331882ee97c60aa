"""Two threads for the tests of what threads share, all others run on one; what estimators draw by."""

from collections.abc import Callable, Iterator

import pytest
import torch

import playfair
from playfair.shapley import kernel_design


@pytest.fixture
def two_threads() -> Iterator[None]:
    """torch has two threads, whatever the environment says."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def drawn_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets constants that the kernel's draws follow from, of which none is kept."""

    def change(**constants: int) -> None:
        playfair.empty_caches()
        for name, value in constants.items():
            monkeypatch.setattr(kernel_design, name, value)

    yield change
    playfair.empty_caches()
