"""Coarse groups of classes, of a file."""

import json
from pathlib import Path

import pytest

from playfair.datasets.class_groups import GroupsError, read_groups

TEAR = '"Tearing something, a bit",tear\n'
# as willprice/20bn-something-something-label-hierarchies has them, with other columns around
PUBLISHED = (
    "fine_grained_class_index,fine_grained_class,coarse_grained_class,coarse_grained_class_index\n"
    "0,Moving [something] up,move,0\n"
    "1,Moving [something] down,move,0\n"
    '2,"Tearing [something], a bit",tear,1\n'
)
PUBLISHED_OF_TEN = (
    ",fine_grained_class,coarse_class,fine_grained_class_index,coarse_class_index\n"
    "0,Moving [something] up,move,0,0\n"
    "1,Moving [something] down,move,1,0\n"
    '2,"Tearing [something], a bit",tear,2,1\n'
)
CLASSES = ["Moving something up", "Moving something down", "Tearing something, a bit"]


def written(tmp_path: Path, name: str, content: str) -> Path:
    path = tmp_path / name
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("groups.csv", 'class,group\nMoving [something] up,move\nmoving something down,move\n' + TEAR),
        ("groups.csv", "Moving something up,move\nMoving something down, move\n\n" + TEAR),
        ("fine_to_coarse.csv", PUBLISHED),
        ("fine_to_10_classes.csv", PUBLISHED_OF_TEN),
        ("groups.json", json.dumps(dict(zip(CLASSES, ["move", "move", "tear"], strict=True)))),
        ("groups.json", json.dumps({"move": CLASSES[:2], "tear": CLASSES[2:]})),
    ],
)  # fmt: skip
def test_a_file_of_groups_is_read_in_each_form(tmp_path, name: str, content: str) -> None:
    names, of_class = read_groups(written(tmp_path, name, content), CLASSES)
    assert names == ("move", "tear")
    assert of_class.tolist() == [0, 0, 1]


def test_a_class_that_the_file_leaves_out_is_in_no_group(tmp_path) -> None:
    path = written(tmp_path, "groups.json", json.dumps({CLASSES[1]: 7}))
    names, of_class = read_groups(path, CLASSES)
    assert names == ("7",) and of_class.tolist() == [-1, 0, -1]


@pytest.mark.parametrize(
    ("name", "content", "answer"),
    [
        ("groups.csv", "Moving something upp,move\n", "no class .*nearest class is 'moving something up'"),
        ("groups.csv", "Tearing something, a bit,tear\n", "two columns.*around a name with a comma"),
        ("groups.csv", "class,group\n", "no class has a group"),
        ("groups.csv", PUBLISHED.replace('"', ""), "expected 4 columns.*around a name with a comma"),
        ("groups.json", "[1, 2]", "expected classes and their groups"),
        ("groups.json", '{"Moving something up": null}', "expected a group of"),
        ("groups.json", json.dumps({"a": [CLASSES[0]], "b": [CLASSES[0]]}), "in two groups, 'a' and 'b'"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_groups_is_told(tmp_path, name: str, content: str, answer: str) -> None:
    with pytest.raises(GroupsError, match=answer) as caught:
        read_groups(written(tmp_path, name, content), CLASSES)
    assert "Type dataset.groups=" in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path) -> None:
    with pytest.raises(GroupsError, match="no such file"):
        read_groups(tmp_path / "groups.csv", CLASSES)
