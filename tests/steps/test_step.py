"""What a step is known by: its kind, version, settings, and what it is made from."""

import json

from playfair.steps.step import UNKNOWN, differences, identity, record
from tests.steps.toys import Sum, ToyData


def id_of(step: Sum) -> str:
    return str(record(step)["id"])


def test_the_same_settings_have_the_same_id_in_whatever_order() -> None:
    one = {"step": "a", "version": 1, "settings": {"x": 1, "y": {"z": 2}}, "inputs": {}}
    other = {"step": "a", "version": 1, "settings": {"y": {"z": 2}, "x": 1}, "inputs": {}}
    assert identity(one) == identity(other)


def test_another_setting_version_or_input_has_another_id() -> None:
    class Later(Sum):
        version = 2

    with_part = Sum(parts={"part": Sum(numbers=[5])})
    with_other_part = Sum(parts={"part": Sum(numbers=[6])})
    steps = [Sum(), Sum(numbers=[3]), Later(), with_part, with_other_part]
    assert len({id_of(step) for step in steps}) == len(steps)


def test_the_label_is_no_part_of_the_id() -> None:
    assert id_of(Sum(label="one")) == id_of(Sum(label="other"))


def test_a_step_on_a_dataset_that_is_not_there_has_no_id_nor_has_what_is_made_from_it() -> None:
    lacking = Sum(data=ToyData(content=UNKNOWN))
    assert id_of(lacking) == UNKNOWN
    assert id_of(Sum(parts={"part": lacking})) == UNKNOWN


def test_the_record_says_all_down_to_the_first_input_and_is_json() -> None:
    made_from = record(Sum(parts={"part": Sum(numbers=[7])}))
    assert json.loads(json.dumps(made_from)) == made_from
    assert made_from["inputs"]["part"]["settings"]["numbers"] == [7]
    assert list(made_from) == ["step", "version", "id", "settings", "inputs"]


def test_the_differences_of_two_records_are_told_by_name() -> None:
    one = record(Sum(numbers=[1], parts={"part": Sum(numbers=[7])}))
    other = record(Sum(numbers=[1], parts={"part": Sum(numbers=[8])}))
    assert differences(one, other) == ["inputs.part.settings.numbers: [7] or [8]"]
