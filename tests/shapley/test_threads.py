import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import playfair
from playfair.models.multiscale import multiscale_trn
from playfair.shapley.threads import one_thread_each, side_by_side


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def threads_of_a_new_thread() -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.get_num_threads).result()


def test_parts_are_done_by_several_threads_of_one_thread_each_and_answered_in_order():
    meeting = threading.Barrier(2, timeout=20)  # passed only by two threads at the same time

    def work(part):
        meeting.wait()
        return float(part), torch.get_num_threads(), torch.is_grad_enabled(), threading.get_ident()

    with torch.no_grad():
        found = side_by_side(work, torch.arange(4.0).split(1), bytes_each=8)
    values, threads, grad, who = zip(*found, strict=True)
    assert values == (0, 1, 2, 3) and set(threads) == {1} and not any(grad) and len(set(who)) == 2
    assert torch.get_num_threads() == threads_of_a_new_thread() == 2


def test_where_memory_suffices_for_one_part_the_parts_wait_for_each_other():
    found = side_by_side(lambda part: threading.get_ident(), torch.arange(4.0).split(1), bytes_each=2**60)
    assert set(found) == {threading.get_ident()}


def test_an_error_in_a_thread_reaches_the_caller_and_the_threads_are_restored():
    def work(part):
        raise ValueError("of a thread")

    with pytest.raises(ValueError, match="of a thread"):
        side_by_side(work, torch.arange(4.0).split(1), bytes_each=8)
    assert torch.get_num_threads() == 2


def test_the_number_of_threads_changes_no_bit():
    model = multiscale_trn(3, 8, 8, 5).eval()
    features, prior = torch.randn(40, 6, 8), torch.full((5,), 0.2)
    together = playfair.explain(model, features, prior).esv
    torch.set_num_threads(1)
    assert torch.equal(playfair.explain(model, features, prior).esv, together)


def test_one_part_has_all_threads_unless_each_is_to_have_one():
    part = [torch.zeros(1)]
    assert side_by_side(lambda _: torch.get_num_threads(), part, bytes_each=8) == [2]
    with one_thread_each():
        assert side_by_side(lambda _: torch.get_num_threads(), part, bytes_each=8) == [1]
        assert side_by_side(lambda _: torch.get_num_threads(), part, bytes_each=2**60) == [1]
    assert side_by_side(lambda _: torch.get_num_threads(), part, bytes_each=8) == [2]
