import pytest
from hypothesis import given
from hypothesis import strategies as st

from playfair.explorer.clip_order import SORTS
from playfair.explorer.errors import NotThereError
from playfair.explorer.view import View

NUMBERS = st.integers(0, 999)
VIEWS = st.builds(
    View,
    esvs=st.text(),
    beside=st.text(),
    find=st.text(),
    uid=st.text(),
    page=st.sampled_from(["start", "clip", "population"]),
    sort=st.sampled_from(list(SORTS)),
    label=st.none() | NUMBERS,
    element=st.none() | NUMBERS,
    off=st.lists(NUMBERS).map(tuple),
    classes=st.lists(NUMBERS).map(tuple),
    cell=st.just(()) | st.tuples(NUMBERS, NUMBERS),
)


@given(VIEWS)
def test_a_link_reproduces_the_view(view: View) -> None:
    assert View.of(view.query()) == view


@pytest.mark.parametrize(
    "query", ["?sort=odd", "?page=3", "?class=x", "?classes=1,b", "?element=1.5", "?off=a"]
)
def test_a_link_that_cannot_be_read_is_told(query: str) -> None:
    with pytest.raises(NotThereError, match=r"There is no|Expected whole numbers"):
        View.of(query)


def test_who_asks_for_nothing_begins_with_the_start_page() -> None:
    assert View.of("").page == "start"
    assert View.of("?uid=3").page == View.of("?esvs=a/b").page == "clip"


def test_a_cell_that_is_no_class_and_element_is_left_out() -> None:
    assert View.of("?cell=3").cell == ()
