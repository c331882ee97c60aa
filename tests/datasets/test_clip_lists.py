"""Lists of every format, by whatever program they were written, and what is wrong with their rows."""

from pathlib import Path
from unicodedata import normalize

import pytest

from playfair.datasets.class_files import read_class_file
from playfair.datasets.clip_dataset import Clips, RowsError
from playfair.datasets.clips import open_dataset
from playfair.datasets.lists.forms import read_list
from playfair.datasets.lists.listing import ListError
from playfair.video.segment import Segment

TABLE = "path,label\n1.mp4,wave\n2.mp4,point\n"


def written(folder: Path, text: str | bytes, name: str = "list.csv") -> Path:
    content = text.encode("utf-8") if isinstance(text, str) else text
    (folder / name).write_bytes(content)
    return folder / name


def opened(folder: Path, text: str | bytes, **options) -> Clips:
    return open_dataset(folder, videos=False, list=written(folder, text), **options)


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        TABLE.replace(",", "\t"),
        TABLE.replace(",", ";"),
        TABLE.replace(",", "|"),
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("\n", "\r"),
        "\ufeff" + TABLE,
        TABLE.encode("utf-16"),
        TABLE.replace("path,label", '"Path","LABEL"'),
        TABLE.replace("path,label", "video,class"),
        "\n\n" + TABLE + "\n\n",
        "1.mp4 wave\n2.mp4 point\n",
        "1.mp4,wave\n2.mp4,point\n",
        "1.mp4;wave\n2.mp4;point",
        '"1.mp4"\t"wave"\n"2.mp4"\t"point"',
    ],
)
def test_whatever_wrote_a_list_its_rows_are_the_same(tmp_path, text: str | bytes) -> None:
    dataset = opened(tmp_path, text)
    assert dataset.split("validation").uids.tolist() == ["1", "2"]
    assert dataset.class_names == ("point", "wave") and not dataset.faults
    assert dataset.split("validation").targets.tolist() == [1, 0]


def test_names_alone_are_clips_without_a_class(tmp_path) -> None:
    """As jester-v1-test.csv, of folders of pictures, and as a list of videos with spaces."""
    for text, uids in (("34870\n7\n", ["34870", "7"]), ("a b.mp4\nc, d.mp4\n", ["a b", "c, d"])):
        split = opened(tmp_path, text).split("validation")
        assert split.uids.tolist() == uids and split.targets.tolist() == [-1, -1]
    assert len(opened(tmp_path, "34870\n7 wave\n8 wave\n").faults) == 1
    # one odd name is no reason to take all others apart, and a video with a label is one
    for odd in ("c d", "c d.flv2"):
        split = opened(tmp_path, f"a b.mp4\n{odd}\ne f.mp4\n").split("validation")
        assert split.uids[[0, 2]].tolist() == ["a b", "e f"] and set(split.targets) == {-1}
    assert len(opened(tmp_path, "a.mp4\nb.mp4\nc d.mp4 wave\n").faults) == 2


@pytest.mark.parametrize(
    ("text", "uids", "labels"),
    [
        # as Something-Something v1 ships
        (
            "7;Putting this, that and more\n8;Holding it\n",
            "7 8",
            "Putting this, that and more|Holding it",
        ),
        ("a,b.mp4 0\nc.mp4 1\n", "a,b c", "0|1"),
        ("a,b.mp4 0\na,c.mp4 1\n", "a,b a,c", "0|1"),
        ("a,b.mp4 0\na,c.mp4 1\nlabel,lost.mp4\n", "a,b a,c", "0|1"),
        ("a b.mp4\t0 or 1\nc.mp4\t2\n", "a b|c", "0 or 1|2"),
        ('"a, b.mp4",x\nc.mp4,"y, z"\n', "a, b|c", "x|y, z"),
        ('say "hi".mp4,x\nc.mp4,y\n', 'say "hi"|c', "x|y"),
    ],
)
def test_paths_and_labels_may_hold_what_separates_them_elsewhere(
    tmp_path, text: str, uids: str, labels: str
) -> None:
    split = opened(tmp_path, text).split("validation")
    dataset = opened(tmp_path, text)
    assert split.uids.tolist() == uids.split("|" if "|" in uids else None)
    assert [dataset.class_names[target] for target in split.targets] == labels.split("|")


def test_labels_are_names_or_numbers_of_the_class_file(tmp_path) -> None:
    classes = written(tmp_path, "point\nwave\n7\n", "classes.txt")
    dataset = opened(
        tmp_path, "path,label\n1.mp4,wave\n2.mp4,0\n3.mp4,7\n4.mp4,\n", classes=classes
    )
    assert dataset.split("validation").targets.tolist() == [1, 0, 2, -1]


def test_numbers_without_names_are_the_classes(tmp_path) -> None:
    assert opened(tmp_path, "1.mp4 0\n2.mp4 3\n").class_names == ("0", "1", "2", "3")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (TABLE + "3.mp4,wve\n", 4, "'wve' is no class; the nearest is 'wave'"),
        (TABLE + "3.mp4,9\n", 4, "'9' is no class"),
        (TABLE + "3.mp4,stand\n", 4, "'stand' is no class"),
        (TABLE + "3.mp4\n", 4, "expected 2 values, got 1 value"),
        (TABLE + "3.mp4,wave,hand\n", 4, "expected 2 values, got 3 values"),
        (TABLE + ",wave\n", 4, "the path is empty"),
        (TABLE + "1.mp4,wave\n", 4, "lines 2, 4 are for one clip, '1', and say the same"),
        ("path,label,start,stop\n1.mp4,wave,3,2\n2.mp4,wave,,\n", 2, "0 ≤ start < stop"),
        ("path,label,start,stop\n1.mp4,wave,-1,2\n2.mp4,wave,,\n", 2, "0 ≤ start < stop"),
        ("path,label,start,stop\n1.mp4,wave,a,2\n2.mp4,wave,,\n", 2, "got start='a'"),
        ("path,label,start,stop\n1.mp4,wave,1,\n2.mp4,wave,,\n", 2, "stop=''"),
        ("path,label,start,stop\n1.mp4,wave,1,inf\n2.mp4,wave,,\n", 2, "stop='inf'"),
        ("path,label,split\n1.mp4,wave,dev\n2.mp4,wave,val\n", 2, "or test, got 'dev'"),
        ("path,evidence_start,evidence_stop\n1.mp4,5,5\n2.mp4,,\n", 2, "evidence_start < evidence"),
        ("1.mp4 wave\n2.mp4\n", 2, "expected path and label"),
        ("1.mp4\n2.mp4 wave\n", 1, "expected path and label"),
        ("f/1 10 0\nf/2 0 1\n", 2, "expected folder, number of frames and label"),
        ("f/1 10 0\nf/2 wave\n", 2, "expected folder, number of frames and label"),
        (
            "label,youtube_id,time_start,time_end\nwave,x,9,3\nwave,y,0,10\n",
            2,
            "time_start < time_end",
        ),
        (
            "narration_id,video_id,start_timestamp,stop_timestamp\na,v,x,y\nb,v,0:1,0:2\n",
            2,
            "stamp",
        ),
        ('[{"vid_name": "a", "label": 1}, {"name": "b"}]', 2, "vid_name"),
    ],
)
def test_a_row_that_is_no_clip_is_named_and_left_out_or_stopped_at(
    tmp_path, text: str, line: int, reason: str
) -> None:
    classes = written(tmp_path, "point\nwave\n", "classes.txt")
    dataset = opened(tmp_path, text, classes=classes)
    ((path, fault),) = dataset.faults
    assert fault.line == line and reason in fault.reason and path.name == "list.csv"
    assert ("the nearest is" in fault.reason) == ("the nearest is" in reason)
    assert len(dataset.split("validation")) >= 1
    with pytest.raises(RowsError, match=f"list.csv, line {line}: .*\n.*dataset.broken=skip"):
        opened(tmp_path, text, classes=classes, broken="fail")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the list is empty"),
        ("\n \n", "the list is empty"),
        ("\ufeff", "the list is empty"),
        (b"path,label\ncaf\xe9.mp4,a\n", "line 2 is no UTF-8 text"),
        (b"\x00\x01\x02" * 50, "this is no text"),
        ("path,label\n", "no row below the header"),
        ("path,label,start\n1.mp4,a,0\n", "column start needs a column stop"),
        ("path,path\n1.mp4,a\n", "'path' stands there more than once"),
        ("path,start,stop,start_frame,stop_frame\n", "and not both"),
        ("name,category\n1.mp4,a\n", "the first line, 'name,category', is no clip"),
        ('path,label\n"1.mp4,a\n', "mend its quotes"),
        ("youtube_id,label\nx,a\n", "expected a column time_start"),
        ("narration_id,verb\nx,a\n", "expected a column video_id"),
        ("[1, 2", "not readable as JSON"),
        ('{"vid_name": 1}', "expected \\[{"),
        (
            '{"x": {"annotations": {"label": "a", "segment": [0.0, 9.0]}, "subset": "train"}}',
            "JSON, which are read as CSV; type dataset.list=.*list.csv",
        ),
    ],
)
def test_a_list_that_is_none_says_what_was_expected(
    tmp_path, text: str | bytes, reason: str
) -> None:
    with pytest.raises(ListError, match=rf"list\.csv: .*{reason}"):
        opened(tmp_path, text)


def test_a_list_that_is_not_there_or_has_no_row_left_says_what_to_type(tmp_path) -> None:
    with pytest.raises(ListError, match=r"nowhere\.csv: no such file; type dataset\.list=FILE"):
        open_dataset(tmp_path, list=tmp_path / "nowhere.csv")
    classes = written(tmp_path, "point\n", "classes.txt")
    with pytest.raises(RowsError, match="2 rows are no clip. No row is left"):
        opened(tmp_path, "1.mp4 a\n2.mp4 b\n", classes=classes)
    with pytest.raises(ValueError, match="Expected dataset.form=.*got 'excel'"):
        read_list(written(tmp_path, TABLE), form="excel")
    with pytest.raises(ValueError, match=r"lists of training"):
        open_dataset(tmp_path, list={"training": "a.csv"})


TIMES = "path,label,start,stop\na.mp4,x,1,2\n"
PICTURES = "path,label,start_frame,stop_frame\nb.mp4,x,10,20\n"
KINETICS = "label,youtube_id,time_start,time_end\nx,c,1,2\n"


@pytest.mark.parametrize(
    ("train", "validation", "difference"),
    [
        (TIMES, PICTURES, "count other things"),
        (TIMES, "frames/7 42 0\n", "count other things"),
        (PICTURES, "frames/7 42 0\n", "count other things"),
        (TABLE, KINETICS, "names clips by their paths"),
        (KINETICS, TABLE, "names clips by their paths"),
    ],
)
def test_lists_that_one_table_cannot_hold_are_refused(
    tmp_path, train: str, validation: str, difference: str
) -> None:
    lists = {
        "train": written(tmp_path, train, "train.csv"),
        "validation": written(tmp_path, validation, "val.csv"),
    }
    with pytest.raises(ListError, match=f"got train.csv and val.csv: .*{difference}"):
        open_dataset(tmp_path, videos=False, list=lists)


def test_a_list_may_say_more_than_another(tmp_path) -> None:
    lists = {
        "train": written(tmp_path, TABLE, "train.csv"),
        "validation": written(
            tmp_path, PICTURES.replace("path", "uid,path").replace("b.mp4", "one,b.mp4"), "val.csv"
        ),
    }
    dataset = open_dataset(tmp_path, videos=False, list=lists)
    assert dataset.split("train").uids.tolist() == ["1.mp4", "2.mp4"]
    assert dataset.clip("one") == Segment(tmp_path / "b.mp4", 10, 20, "frame")
    # of a list without names, two parts of a video are two clips
    parts = "path,label,start,stop\nb.mp4,wave,0,1\nb.mp4,wave,1,2\n"
    lists["train"] = written(
        tmp_path, f"uid,{parts.splitlines()[0]}\none,b.mp4,wave,0,1\n", "train.csv"
    )
    lists["validation"] = written(tmp_path, parts, "val.csv")
    dataset = open_dataset(tmp_path, videos=False, list=lists)
    assert dataset.split("validation").uids.tolist() == ["b.mp4@0-1", "b.mp4@1-2"]
    lists["train"] = written(tmp_path, TABLE, "train.csv")
    lists["validation"] = written(tmp_path, "frames/7 42 0\n", "val.csv")
    dataset = open_dataset(tmp_path, videos=False, list=lists)
    assert dataset.clip("frames/7") == Segment(tmp_path / "frames/7", 0, 42, "frame")


def test_clips_that_lie_anywhere_need_no_longer_video(tmp_path) -> None:
    """Diving48's have none, and Kinetics' have."""
    (tmp_path / "c.mp4").touch()
    lists = {
        "train": written(tmp_path, '[{"vid_name": "a", "label": 1}]', "train.json"),
        "validation": written(tmp_path, KINETICS.replace("\nx,", "\n1,"), "val.csv"),
    }
    dataset = open_dataset(tmp_path, videos=False, list=lists)
    (uid,) = dataset.split("validation").uids.tolist()
    assert dataset.clip(uid) == Segment(tmp_path / "c.mp4", 1, 2)


def test_an_action_is_a_verb_and_a_noun(tmp_path) -> None:
    rows = (
        "narration_id,video_id,start_timestamp,stop_timestamp,verb,verb_class,noun,noun_class\n"
        "a,v,0:1,0:2,turn-on,6,tap,0\nb,v,0:2,0:3,open,3,door,3\nc,v,0:3,0:4,switch-on,6,tap,0\n"
        "d,v,0:4,0:5,turn-on,6,tap,0\n"
    )
    verbs = opened(tmp_path, rows)
    assert verbs.class_names[3] == "open" and verbs.class_names[6] == "turn-on"
    assert len(verbs.class_names) == 7 and verbs.class_names[0] == "class 0"
    assert verbs.split("validation").targets.tolist() == [6, 3, 6, 6]
    actions = opened(tmp_path, rows, label="action")
    assert actions.class_names == ("open door", "turn-on tap")
    assert actions.split("validation").targets.tolist() == [1, 0, 1, 1]


def test_annotations_of_both_generations_of_epic_kitchens_are_read(tmp_path) -> None:
    """The columns of EPIC_100_train.csv, EPIC_100_test_timestamps.csv, EPIC_train_action_labels.csv."""
    train = (
        "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,"
        "start_frame,stop_frame,narration,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes\n"
        "P03_02_15,P03,P03_02,00:00:24.900,00:00:23.79,00:00:24.60,1427,1476,put rubbish in the bin,"
        "put-in,5,rubbish,54,\"['rubbish', 'bin']\",\"[54, 36]\"\n"
        "P03_02_16,P03,P03_02,00:00:25.990,00:00:24.31,00:00:25.51,1458,1530,push bin back,push,21,bin,"
        "36,['bin'],[36]\n"
    )
    test = (
        "uid,narration_id,participant_id,video_id,narration_timestamp,start_timestamp,"
        "stop_timestamp,start_frame,stop_frame\n"
        "1924,P01_101_0,P01,P01_101,00:00:02.851,00:00:02.86,00:00:03.87,143,193\n"
    )
    former = (
        "uid,participant_id,video_id,narration,start_timestamp,stop_timestamp,start_frame,stop_frame,"
        "verb,verb_class,noun,noun_class,all_nouns,all_noun_classes\n"
        "6374,P03,P03_01,put plate,00:00:00.14,00:00:03.37,8,202,put,1,plate,2,['plate'],[2]\n"
    )
    classes = written(tmp_path, VERBS, "EPIC_100_verb_classes.csv")
    lists = {
        "train": written(tmp_path, train, "EPIC_100_train.csv"),
        "test": written(tmp_path, test, "EPIC_100_test_timestamps.csv"),
        "validation": written(tmp_path, former, "EPIC_train_action_labels.csv"),
    }
    dataset = open_dataset(tmp_path, videos=False, list=lists, classes=classes)
    assert not dataset.faults
    assert dataset.split("train").uids.tolist() == ["P03_02_15", "P03_02_16"]
    named = [dataset.class_names[label] for label in dataset.split("train").targets]
    assert named == ["insert", "press"]
    assert dataset.split("test").uids.tolist() == ["P01_101_0"]
    assert dataset.split("test").targets.tolist() == [-1]
    assert dataset.split("validation").uids.tolist() == ["6374"]
    row = dataset.row("6374")
    assert (dataset.table.starts[row], dataset.table.stops[row]) == (0.14, 3.37)
    assert dataset.table.longer[row] == "P03_01"


KEYS = ["take", "put", "wash", "open", "close", "insert"]
KEYS += [f"verb {number}" for number in range(6, 21)] + ["press"]
# the first classes of EPIC-Kitchens-100's own file, and one behind them
VERBS = "id,key,instances,category\n" + "".join(
    f"{number},{key},\"['{key}', '{key}-up']\",other\n" for number, key in enumerate(KEYS)
)


def test_pictures_of_a_longer_video_are_taken_by_their_numbers(tmp_path) -> None:
    rows = (
        "narration_id,video_id,start_timestamp,stop_timestamp,start_frame,stop_frame,verb,verb_class\n"
        "a,v,0:1,0:2,60,120,open,0\n"
    )
    (tmp_path / "P01" / "v").mkdir(parents=True)
    (tmp_path / "P01" / "v" / "frame_0000000001.jpg").touch()
    clip = open_dataset(tmp_path, list=written(tmp_path, rows)).clip("a")
    assert (clip.path, clip.start, clip.stop, clip.unit) == (
        tmp_path / "P01" / "v",
        59,
        119,
        "frame",
    )


NAMES = ("point", "wave, or not")


@pytest.mark.parametrize(
    "text",
    [
        "point\nwave, or not\n",
        "0 point\n1 wave, or not\n",
        "point 0\nwave, or not 1\n",
        '1,"wave, or not"\n0,point\n',
        'id,name\n0,point\n1,"wave, or not"\n',
        '["point", "wave, or not"]',
        '[["point"], ["wave,", "or", "not"]]',
        '{"wave, or not": "1", "point": "0"}',
        '{"0": "point", "1": "wave, or not"}',
        '{"id2label": {"1": "wave, or not", "0": "point"}, "hidden_size": 3}',
        "\ufeffpoint\r\nwave, or not\r\n",
    ],
)
def test_whatever_form_the_classes_have_they_are_the_same(tmp_path, text: str) -> None:
    assert read_class_file(written(tmp_path, text, "classes")) == NAMES


@pytest.mark.parametrize(
    "text",
    [
        "a\na\n",
        '{"a": 0, "b": 2}',
        "[",
        "0,a\n2,b\n",
        '["a", ""]',
        "",
        '{"a": 0, "b": 0}',
        "[]",
        "{}",
    ],
)
def test_classes_that_are_none_are_refused(tmp_path, text: str) -> None:
    with pytest.raises(ListError):
        read_class_file(written(tmp_path, text, "classes"))


def test_paths_as_windows_writes_them_are_found(tmp_path) -> None:
    (tmp_path / "wave").mkdir()
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / "wave" / name).touch()
    dataset = opened(tmp_path, "path,label\nwave\\a.mp4,x\nwave\\b,x\n")
    places = [dataset.clip(uid) for uid in dataset.split("validation").uids.tolist()]
    assert places == [tmp_path / "wave/a.mp4", tmp_path / "wave/b.mp4"]


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_letters_that_another_system_composes_otherwise_are_found(tmp_path, forms) -> None:
    in_list, on_disk = (normalize(form, "für café/é.mp4") for form in forms)
    (tmp_path / on_disk).parent.mkdir()
    (tmp_path / on_disk).touch()
    dataset = open_dataset(tmp_path, list=written(tmp_path, f"path,label\n{in_list},x\n"))
    (uid,) = dataset.split("validation").uids.tolist()
    assert dataset.clip(uid) == tmp_path / on_disk
