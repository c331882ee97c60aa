from pathlib import Path

import pytest

from playfair.steps.artefact import MismatchError, differences, fingerprint, require_same


def test_equal_identities_have_equal_fingerprints_whatever_the_order() -> None:
    assert fingerprint({"a": 1, "b": {"c": 2, "d": 3}}) == fingerprint(
        {"b": {"d": 3, "c": 2}, "a": 1}
    )
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_differences_name_every_entry_that_differs() -> None:
    made, asked = (
        {"seed": 0, "model": {"width": 16, "old": True}},
        {"seed": 0, "model": {"width": 32}},
    )
    assert differences(made, asked) == [
        "model.old: made with True, asked for nothing",
        "model.width: made with 16, asked for 32",
    ]


def test_a_mismatch_says_what_differs_and_what_to_type() -> None:
    require_same(Path("model.pt"), {"seed": 0}, {"seed": 0})
    with pytest.raises(
        MismatchError, match=r"(?s)model\.pt.*seed: made with 0, asked for 1.*overwrite=true"
    ):
        require_same(Path("model.pt"), {"seed": 0}, {"seed": 1})


@pytest.mark.parametrize("made", [{"a": {}}, {"a": "nothing"}, {"a": None}])
def test_an_entry_with_nothing_in_it_is_not_the_lack_of_one(made: dict[str, object]) -> None:
    with pytest.raises(MismatchError):
        require_same(Path("model.pt"), made, {})
