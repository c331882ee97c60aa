"""What lies in the outputs is found, named and chosen among; what cannot be read ends nothing."""

import json
import shutil
from pathlib import Path

import pytest

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clip_page import content
from playfair.explorer.clips import Clips
from playfair.explorer.entry import Entry
from playfair.explorer.markup import markup
from playfair.explorer.scene import scene_of
from playfair.explorer.store_names import plain_name
from playfair.explorer.view import View
from playfair.steps.layout import Layout
from playfair.steps.made_from import MADE_FROM
from playfair.steps.step import identity
from tests.explorer.conftest import CONFIGURATIONS, record, scene


@pytest.fixture
def empty(tmp_path) -> Catalogue:
    """Outputs without anything, and no dataset."""
    return Catalogue(Layout(tmp_path / "outputs"), Clips(CONFIGURATIONS, tmp_path / "data"))


def names(catalogue: Catalogue) -> list[str]:
    return list(catalogue.contents().names.values())


def test_every_store_in_the_outputs_is_listed_by_a_readable_name(catalogue) -> None:
    assert names(catalogue) == ["TRN, 4 frames", "TRN, 6 frames, sampled (100)", "TSN, 4 frames"]
    assert catalogue.contents().faults == []


def test_seeds_splits_and_budgets_of_a_model_lie_side_by_side(empty, write_more) -> None:
    for options in ({}, {"seed": 1}, {"split": "train"}, {"budget": 1000}, {"model": "slow"}):
        write_more(empty.outputs, 4, **options)
    assert names(empty) == [
        "slow, 4 frames",
        "TRN, 4 frames",
        "TRN, seed 1, 4 frames",
        "TRN, 4 frames, sampled (1,000)",
        "TRN, 4 frames, train clips",
    ]
    assert empty.contents().first().key.startswith("synthetic/trn-4-frames-")


def test_stores_of_one_name_are_told_apart_by_the_setting_in_which_they_differ(
    empty, write_more
) -> None:
    for epochs in (30, 5, 10):
        write_more(empty.outputs, 4, epochs=epochs)
    assert names(empty) == [f"TRN, 4 frames, heads.epochs {n}" for n in (5, 10, 30)]
    text = markup(content(scene_of(View(), empty), empty))
    assert "Type, with heads.epochs 5 as here: " in text


def test_copies_of_a_store_are_told_apart_by_their_folders(empty, write_more) -> None:
    folder = write_more(empty.outputs, 4)
    shutil.copytree(folder, folder.with_name("a copy"))
    assert names(empty) == ["TRN, 4 frames, a copy", f"TRN, 4 frames, {folder.name}"]


def test_a_dataset_is_named_where_there_are_several(empty, write_more) -> None:
    write_more(empty.outputs, 4)
    write_more(empty.outputs, 4, dataset="my_clips")
    contents = empty.contents()
    titles = [contents.title(entry) for entry in contents.entries.values()]
    assert titles == ["my clips · TRN, 4 frames", "synthetic · TRN, 4 frames"]


def spoiled_record(folder: Path) -> None:
    (folder / MADE_FROM).write_text("{")


def other_version(folder: Path) -> None:
    made_from = json.loads((folder / MADE_FROM).read_text())
    made_from["version"] = 99
    made_from["id"] = identity(made_from)
    (folder / MADE_FROM).write_text(json.dumps(made_from))


def half_written(folder: Path) -> None:
    (folder / "written" / "c" / "1").unlink()


def without_attributes(folder: Path) -> None:
    group = json.loads((folder / "zarr.json").read_text())
    del group["attributes"]["seed"]
    (folder / "zarr.json").write_text(json.dumps(group))


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda folder: (folder / MADE_FROM).unlink(), "has no made_from.json"),
        (spoiled_record, "made_from.json is damaged"),
        (other_version, "version 99 of the step 'esvs', and this one knows version 2"),
        (half_written, "lacks 1 block: it is being written, or its writing was cut short"),
        (lambda folder: (folder / "zarr.json").unlink(), "was begun, and holds no ESVs yet"),
        (lambda folder: (folder / "zarr.json").write_text("{"), "zarr.json is damaged"),
        (without_attributes, "does not say its seed"),
    ],
)
def test_a_folder_that_cannot_be_read_is_left_out_with_a_line(
    empty, write_more, spoil, line: str
) -> None:
    write_more(empty.outputs, 4)
    folder = write_more(empty.outputs, 4, model="tsn")
    spoil(folder)
    assert names(empty) == ["TRN, 4 frames"]
    (fault,) = empty.contents().faults
    assert str(folder) in fault and line in fault
    assert scene_of(View(), empty).name == "TRN, 4 frames"


def test_a_store_that_is_finished_meanwhile_is_listed_at_the_next_look(empty, write_more) -> None:
    folder = write_more(empty.outputs, 4)
    chunk = folder / "written" / "c" / "1"
    content = chunk.read_bytes()
    chunk.unlink()
    assert names(empty) == []
    chunk.write_bytes(content)
    assert names(empty) == ["TRN, 4 frames"]


def test_outputs_of_the_first_version_are_named(empty, write_more) -> None:
    write_more(empty.outputs, 4)
    (empty.outputs / "synthetic" / "trn" / "esv" / "frames-08.zarr").mkdir(parents=True)
    assert names(empty) == ["TRN, 4 frames"]
    assert "first version of Play Fair" in empty.contents().faults[0]


def test_nothing_but_faults_is_told_with_all_of_them(empty, write_more) -> None:
    half_written(write_more(empty.outputs, 4))
    with pytest.raises(ValueError, match=r"(?s)experiment=paper.*lacks 1 block"):
        scene_of(View(), empty)


def test_interactions_are_those_made_from_the_store(catalogue) -> None:
    contents = catalogue.contents()
    folders = {
        contents.names[key]: catalogue.interactions(e) for key, e in contents.entries.items()
    }
    assert folders["TRN, 4 frames"].parent == catalogue.outputs / "synthetic" / "interactions"
    assert folders["TSN, 4 frames"] is None and folders["TRN, 6 frames, sampled (100)"] is None


def test_interactions_of_another_version_are_passed_over(make_catalogue) -> None:
    catalogue = make_catalogue()
    entry = scene(catalogue).entry
    other_version(catalogue.interactions(entry))
    assert catalogue.interactions(entry) is None


def test_the_clip_of_a_store_can_be_made_again_by_what_it_says_to_type(empty, write_more) -> None:
    write_more(empty.outputs, 6, seed=2, budget=50, split="train")
    (entry,) = empty.contents().entries.values()
    assert entry.command("esv") == (
        "python run.py experiment=esv dataset=synthetic model=trn n_frames=6 seed=2 split=train "
        "estimator=sampled estimator.budget=50"
    )


def test_a_record_of_another_shape_of_inputs_ends_nothing(make_catalogue) -> None:
    catalogue = make_catalogue()
    entry = scene(catalogue).entry
    folder = catalogue.interactions(entry)
    (folder / MADE_FROM).write_text(json.dumps(record("interactions", {}, {})))
    assert catalogue.interactions(entry) is None


def entry_of(estimator: object) -> Entry:
    """A store whose removed frames were deleted, as it was asked for, or as the model does."""
    attributes = {
        "model": "trn",
        "seed": 0,
        "split": "validation",
        "n_frames": 8,
        "removal": "delete",
    }
    made_from = record("esvs", {"estimator": estimator}, {})
    return Entry(Path("outputs/synthetic/esvs/trn-8-frames-3f2a91c0"), made_from, attributes)


def test_a_removal_is_named_and_typed_only_where_it_was_asked_for() -> None:
    asked = entry_of({"budget": None, "removal": "delete"})
    assert plain_name(asked) == "TRN, 8 frames, delete"
    assert asked.command("esv").endswith(" n_frames=8 removal=delete")
    for estimator in ({"budget": None}, "exact"):
        own = entry_of(estimator)
        assert plain_name(own) == "TRN, 8 frames"
        assert own.command("esv").endswith(" n_frames=8")
