import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import playfair
from playfair.models.multiscale import multiscale_trn
from playfair.shapley.threads import alone, one_thread_each, side_by_side

CPU = torch.device("cpu")


pytestmark = pytest.mark.usefixtures("two_threads")


def threads_of_a_new_thread() -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.get_num_threads).result()


def test_parts_are_done_by_several_threads_of_one_thread_each_and_answered_in_order():
    meeting = threading.Barrier(2, timeout=20)  # passed only by two threads at the same time

    def work(part):
        meeting.wait()
        return float(part), torch.get_num_threads(), torch.is_grad_enabled(), threading.get_ident()

    with torch.no_grad():
        found = side_by_side(work, torch.arange(4.0).split(1), bytes_each=8, device=CPU)
    values, threads, grad, who = zip(*found, strict=True)
    assert values == (0, 1, 2, 3) and set(threads) == {1} and not any(grad) and len(set(who)) == 2
    assert torch.get_num_threads() == threads_of_a_new_thread() == 2


def test_where_memory_suffices_for_one_part_the_parts_wait_for_each_other():
    found = side_by_side(
        lambda part: threading.get_ident(), torch.arange(4.0).split(1), bytes_each=2**60, device=CPU
    )
    assert set(found) == {threading.get_ident()}


def test_an_error_in_a_thread_reaches_the_caller_and_nothing_more_is_begun():
    meeting, begun = threading.Barrier(2, timeout=20), []

    def work(part):
        begun.append(part)
        if len(begun) <= 2:
            meeting.wait()
        if part == 1:
            raise ValueError("of a thread")
        time.sleep(0.1)

    with pytest.raises(ValueError, match="of a thread"):
        side_by_side(work, torch.arange(40.0).split(1), bytes_each=8, device=CPU)
    assert len(begun) <= 4
    assert torch.get_num_threads() == 2


def test_the_number_of_threads_changes_no_bit():
    model = multiscale_trn(3, 8, 8, 5).eval()
    features, prior = torch.randn(40, 6, 8), torch.full((5,), 0.2)
    together = playfair.explain(model, features, prior).esv
    torch.set_num_threads(1)
    assert torch.equal(playfair.explain(model, features, prior).esv, together)


def test_one_part_has_all_threads_unless_each_is_to_have_one():
    part = [torch.zeros(1)]
    assert side_by_side(lambda _: torch.get_num_threads(), part, bytes_each=8, device=CPU) == [2]
    with one_thread_each():
        assert side_by_side(lambda _: torch.get_num_threads(), part, bytes_each=8, device=CPU) == [
            1
        ]
        assert side_by_side(
            lambda _: torch.get_num_threads(), part, bytes_each=2**60, device=CPU
        ) == [1]
    assert side_by_side(lambda _: torch.get_num_threads(), part, bytes_each=8, device=CPU) == [2]


def test_what_is_done_alone_takes_none_of_the_videos_threads():
    assert alone(lambda: (torch.get_num_threads(), torch.is_grad_enabled()), CPU) == (1, False)
    assert torch.get_num_threads() == threads_of_a_new_thread() == 2


def test_who_explains_at_once_leaves_torchs_threads_to_all_who_come_later():
    model = multiscale_trn(3, 8, 8, 5).eval()
    features, prior = torch.randn(40, 6, 8), torch.full((5,), 0.2)
    usual, seen = playfair.explain(model, features, prior).esv, []

    def explain_often():
        for _ in range(10):
            assert torch.equal(playfair.explain(model, features, prior).esv, usual)
            seen.append(threads_of_a_new_thread())  # one that begins while others explain
        seen.append(torch.get_num_threads())

    callers = [threading.Thread(target=explain_often) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(seen) == 33 and set(seen) == {2}
    assert torch.get_num_threads() == threads_of_a_new_thread() == 2


def test_any_callable_is_called_with_all_threads():
    seen = []

    def model(x):
        seen.append(torch.get_num_threads())
        return x.mean(1)

    playfair.explain(model, torch.randn(2, 3, 5), torch.full((5,), 0.2))
    assert set(seen) == {2}


def test_a_forked_process_has_threads_of_its_own():
    parts = torch.arange(4.0).split(1)
    side_by_side(float, parts, bytes_each=8, device=CPU)
    if (child := os.fork()) == 0:
        os._exit(0 if side_by_side(float, parts, bytes_each=8, device=CPU) == [0, 1, 2, 3] else 1)
    for _ in range(200):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.1)
    else:
        os.kill(child, 9)
    assert done and os.waitstatus_to_exitcode(status) == 0
