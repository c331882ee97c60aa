from itertools import combinations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playfair.shapley.coalitions import children, coalitions, members

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

sizes = st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n)))


@given(sizes)
def test_all_coalitions_of_a_size_come_once_in_colexicographic_order(drawn):
    n_frames, size = drawn
    expected = sorted(combinations(range(n_frames), size), key=lambda c: c[::-1])
    assert coalitions(n_frames, size).tolist() == [list(c) for c in expected]


@given(sizes)
def test_children_lack_one_frame_each(drawn):
    n_frames, size = drawn
    smaller = coalitions(n_frames, size - 1)
    for whole, kids in zip(
        coalitions(n_frames, size).tolist(), children(n_frames, size).tolist(), strict=True
    ):
        assert [smaller[kid].tolist() for kid in kids] == [
            whole[:j] + whole[j + 1 :] for j in range(size)
        ]


@given(sizes)
def test_members_are_marked(drawn):
    n_frames, size = drawn
    marked = members(n_frames, size)
    assert torch.equal(marked.nonzero()[:, 1].view(-1, size), coalitions(n_frames, size))
