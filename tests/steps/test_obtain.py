"""Asked for, a step is opened, or made: once, in a folder of its own, found again by what it is."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from playfair.steps import obtain as obtain_file
from playfair.steps import ranks
from playfair.steps.damage import DamageError, LayoutError
from playfair.steps.esvs import ESVs
from playfair.steps.features import Features
from playfair.steps.frames import Frames
from playfair.steps.interactions import Interactions
from playfair.steps.layout import Layout, NotAtHandError
from playfair.steps.lock import held
from playfair.steps.made_from import MADE_FROM, read_record, require_version
from playfair.steps.obtain import NotMadeError, obtain
from playfair.steps.step import identity, record
from tests.conftest import ROOT
from tests.steps.toys import UNKNOWN, Sum, ToyData


def test_a_step_is_made_once_and_opened_ever_after(tmp_path: Path) -> None:
    step = Sum()
    assert obtain(step, Layout(tmp_path)) == 3
    assert obtain(step, Layout(tmp_path)) == 3
    assert len(step.made) == 1


def test_a_process_opens_a_step_once(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    folder = layout.folder(Sum())
    obtain(Sum(), layout)
    (folder / "sum.txt").write_text("not read again")
    assert obtain(Sum(), layout) == 3


def test_other_settings_lie_beside_and_share_what_they_have_in_common(tmp_path: Path) -> None:
    part = Sum(label="part", numbers=[10])
    one = Sum(numbers=[1], parts={"part": part})
    other = Sum(numbers=[2], parts={"part": part})
    assert obtain(one, Layout(tmp_path)) == 11
    assert obtain(other, Layout(tmp_path)) == 12
    assert len(part.made) == 1
    assert len(list((tmp_path / "toys" / "sums").iterdir())) == 3


def test_the_folder_is_named_readably_and_says_what_it_was_made_from(tmp_path: Path) -> None:
    step = Sum(label="readable", parts={"part": Sum(numbers=[7])})
    obtain(step, Layout(tmp_path))
    folder = tmp_path / "toys" / "sums" / f"readable-{record(step)['id'][:8]}"
    assert json.loads((folder / MADE_FROM).read_text()) == record(step)
    assert str(tmp_path) not in (folder / MADE_FROM).read_text()


def test_what_was_cut_short_is_continued_in_its_folder(tmp_path: Path) -> None:
    step = Sum(stops_half_way=True)
    with pytest.raises(KeyboardInterrupt):
        obtain(step, Layout(tmp_path))
    folder = Layout(tmp_path).folder(step)
    assert (folder / "half.txt").exists()
    step.stops_half_way = False
    assert obtain(step, Layout(tmp_path)) == 3
    assert step.made == [folder, folder]


def test_what_is_not_there_and_must_not_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotMadeError, match=r"no finished .*sums/sum-"):
        obtain(Sum(), Layout(tmp_path), build=False)
    assert not (tmp_path / "toys").exists()


def test_a_finished_step_is_found_without_its_dataset(tmp_path: Path) -> None:
    obtain(Sum(), Layout(tmp_path))
    elsewhere = Sum(data=ToyData(content=UNKNOWN))
    assert obtain(elsewhere, Layout(tmp_path)) == 3
    assert elsewhere.made == []


def test_without_its_dataset_another_setting_is_not_taken_for_it(tmp_path: Path) -> None:
    obtain(Sum(numbers=[4]), Layout(tmp_path))
    with pytest.raises(NotAtHandError, match="data/toys: no such folder"):
        obtain(Sum(data=ToyData(content=UNKNOWN)), Layout(tmp_path))


def test_without_its_dataset_two_that_may_be_meant_are_both_named(tmp_path: Path) -> None:
    for content in ("abc", "def"):
        obtain(Sum(data=ToyData(content=content)), Layout(tmp_path))
    with pytest.raises(NotAtHandError, match=r"meant\? .*sum-.*, .*sum-.*content: \w+ or \w+"):
        obtain(Sum(data=ToyData(content=UNKNOWN)), Layout(tmp_path))


def test_a_dataset_that_can_be_written_is_written_where_nothing_is_found(tmp_path: Path) -> None:
    data = ToyData(content=UNKNOWN, can_write=True)
    assert obtain(Sum(data=data), Layout(tmp_path)) == 3
    assert data.content == "abc"


def test_a_dataset_is_not_written_for_what_is_finished(tmp_path: Path) -> None:
    obtain(Sum(), Layout(tmp_path))
    data = ToyData(content=UNKNOWN, can_write=True)
    assert obtain(Sum(data=data), Layout(tmp_path)) == 3
    assert data.content == UNKNOWN


def test_a_folder_without_its_record_is_named_and_left_alone(tmp_path: Path) -> None:
    obtain(Sum(), Layout(tmp_path))
    folder = Layout(tmp_path).folder(Sum())
    (folder / MADE_FROM).unlink()
    with pytest.raises(
        DamageError, match=rf"{folder} is damaged: .* no made_from.json.*remove {folder}"
    ):
        obtain(Sum(), Layout(tmp_path))
    assert (folder / "sum.txt").exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"step": "sums"}'])
def test_a_damaged_record_is_told_as_damage(tmp_path: Path, content: str) -> None:
    obtain(Sum(), Layout(tmp_path))
    file = Layout(tmp_path).folder(Sum()) / MADE_FROM
    file.write_text(content)
    with pytest.raises(DamageError, match=rf"{file} is damaged.*experiment.repair=true"):
        obtain(Sum(), Layout(tmp_path))


def of_version(version: int, outputs: Path) -> Path:
    """The folder of a sum that another version of its step has finished."""
    obtain(Sum(), Layout(outputs))
    folder = Layout(outputs).folder(Sum())
    made_from = {**record(Sum()), "version": version}
    made_from["id"] = identity(made_from)
    other = folder.rename(folder.with_name(f"sum-{made_from['id'][:8]}"))
    (other / MADE_FROM).write_text(json.dumps(made_from))
    return other


@pytest.mark.parametrize(("version", "age"), [(0, "an earlier"), (7, "a later")])
def test_a_step_of_another_version_is_told_with_both_versions(
    tmp_path: Path, version: int, age: str
) -> None:
    said = (
        f"made by {age} version of Play Fair, and is not damaged: it is of version {version} of the "
        "step 'sums', and this one knows version 1. Install the Play Fair that made it, or remove"
    )
    with pytest.raises(LayoutError, match=said) as error:
        require_version(of_version(version, tmp_path), Sum)
    assert not isinstance(error.value, DamageError)


def test_what_an_earlier_version_left_is_named_where_it_alone_is_there(tmp_path: Path) -> None:
    other = of_version(0, tmp_path)
    unknown = Sum(data=ToyData(content=UNKNOWN))
    with pytest.raises(
        NotAtHandError, match=rf"toys: no such folder\n\({other} was made by an earl"
    ):
        obtain(unknown, Layout(tmp_path))


def test_what_an_earlier_version_left_stays_beside_what_is_made(tmp_path: Path) -> None:
    other = of_version(0, tmp_path)
    step = Sum()
    assert obtain(step, Layout(tmp_path)) == 3
    assert step.made != [] and (other / "sum.txt").exists()


@pytest.mark.parametrize("kind", [Frames, Features, ESVs, Interactions])
def test_stores_of_before_there_were_checksums_are_of_an_earlier_version(kind: Any) -> None:
    assert kind.version == 2


@pytest.mark.parametrize(
    "old", ["trn/video.pt", "trn/heads.pt", "trn/esv/frames-08.zarr/zarr.json"]
)
def test_outputs_of_the_first_version_are_named_with_what_to_type(tmp_path: Path, old: str) -> None:
    file = tmp_path / "toys" / old
    file.parent.mkdir(parents=True)
    file.write_text("")
    with pytest.raises(LayoutError, match=r"toys/trn.* first version .* paths.outputs=FOLDER"):
        obtain(Sum(), Layout(tmp_path))


def test_what_another_run_is_making_is_waited_for_and_not_made_again(tmp_path: Path) -> None:
    step = Sum()
    layout = Layout(tmp_path)
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(obtain(step, layout)))
    with held(layout.lock(layout.folder(step)), what="a sum"):
        asking.start()
        asking.join(0.3)
        assert not answers
        obtain_elsewhere(layout.folder(step))
    asking.join(20)
    assert answers == [33] and step.made == []


def test_other_ranks_make_when_rank_zero_has_written_what_it_is_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Shared(Sum):
        def make(self, folder: Path, layout: Layout) -> None:
            records.append(read_record(folder)["id"])
            both.wait(20)
            if of_rank_zero():
                super().make(folder, layout)

    def of_rank_zero() -> bool:
        return threading.current_thread().name == "rank 0"

    def noted_slowly(*_: object) -> None:
        time.sleep(0.5)

    records: list[str] = []
    both = threading.Barrier(2)
    monkeypatch.setattr(obtain_file, "note", noted_slowly)
    for module in (obtain_file, ranks):
        monkeypatch.setattr(module, "is_rank_zero", of_rank_zero)
    found: list[int] = []

    def rank() -> None:
        found.append(obtain(Shared(), Layout(tmp_path)))

    threads = [threading.Thread(target=rank, name=f"rank {number}") for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [3, 3] and len(records) == 2 and len(set(records)) == 1


def obtain_elsewhere(folder: Path) -> None:
    """What the other run leaves."""
    folder.mkdir(parents=True)
    (folder / MADE_FROM).write_text(json.dumps(record(Sum())))
    (folder / "sum.txt").write_text("33")


def test_naming_and_opening_steps_needs_no_torch() -> None:
    code = (
        "import sys; import playfair.steps.seeds, playfair.steps.samples, playfair.launch.perform; "
        "print([name for name in ('torch', 'pytorch_lightning', 'captum') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
