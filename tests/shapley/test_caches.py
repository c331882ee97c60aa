"""What stays in memory between calls: little, and nothing once it is emptied."""

import gc

import pytest
import torch
from oracles import features, multiscale, prior

import playfair
from playfair.shapley import caches


def bytes_of_tensors() -> int:
    """Of all that Python still holds, each storage once."""
    gc.collect()
    storages = {}
    for held in gc.get_objects():
        if (
            type(held) is torch.Tensor
            and held.layout == torch.strided
            and held.device.type == "cpu"
        ):
            storages[held.untyped_storage().data_ptr()] = held.untyped_storage().nbytes()
    return sum(storages.values())


@pytest.fixture(autouse=True)
def emptied():
    playfair.empty_caches()
    yield
    playfair.empty_caches()


def test_little_stays_after_a_call_with_many_elements(monkeypatch):
    monkeypatch.setattr(caches, "MOST_BYTES", 2**21)
    before = bytes_of_tensors()
    model, x = multiscale(2, 2, 2), features(1, 16, 2)
    first = playfair.explain(model, x, prior())
    assert bytes_of_tensors() - before < 2**21 < 2**24, "16 frames need 20 MB"
    assert torch.equal(playfair.explain(model, x, prior()).esv, first.esv)


def test_tables_of_few_elements_are_kept_and_can_be_emptied():
    before = bytes_of_tensors()
    model, x = multiscale(2, 2, 2), features(1, 12, 2)
    first = playfair.explain(model, x, prior())
    kept = bytes_of_tensors() - before
    # What is counted are the tables; beside them there are the few small ones of their places.
    assert 2**18 < caches.kept_bytes() <= kept < 2 * caches.kept_bytes()
    playfair.empty_caches()
    assert caches.kept_bytes() == 0 and bytes_of_tensors() - before < 2**12
    assert torch.equal(playfair.explain(model, x, prior()).esv, first.esv)


def test_caches_are_emptied_after_a_call_that_failed(monkeypatch):
    monkeypatch.setattr(caches, "MOST_BYTES", 1)

    def fails_late(x):
        if x.shape[1] == 5:
            raise KeyboardInterrupt
        return x.mean(1)[:, :4]

    with pytest.raises(KeyboardInterrupt):
        playfair.explain(lambda x: fails_late(x[:, :6]), features(1, 7), prior())
    assert caches.kept_bytes() == 0
