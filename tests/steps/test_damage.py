"""Damage is told and left alone; what is gone is made again; nothing of other weights is adopted."""

import hashlib
import json
import logging
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from playfair.steps import manifest as manifest_file
from playfair.steps.checkpoints import read_checkpoint
from playfair.steps.damage import DamageError
from playfair.steps.esv_creation import create_store
from playfair.steps.esv_store import ESVStore, open_store
from playfair.steps.examination import examine_outputs, verify
from playfair.steps.layout import Layout
from playfair.steps.made_from import MADE_FROM, read_record
from playfair.steps.manifest import MANIFEST, TRAINING, read_manifest, write_manifest
from playfair.steps.obtain import INPUTS, _require_begun_from, is_made, obtain
from playfair.steps.repair import NotRepairedError, _restore_records
from playfair.steps.row_store import RowStore
from playfair.steps.step import Step
from tests.conftest import contents
from tests.steps.small_steps import N_CLIPS, READ, Rows, Weights, chain, make_all
from tests.steps.toys import UNKNOWN, ToyData


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("made")
    make_all(outputs)
    return outputs


@pytest.fixture
def outputs(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "outputs"))


def folder_of(outputs: Path, kind: str) -> Path:
    return Layout(outputs).folder(chain()[kind])


def obtained(outputs: Path, kind: str) -> object:
    return READ[kind](obtain(chain()[kind], Layout(outputs)))


def test_an_error_says_the_file_what_is_wrong_and_what_to_type_also_after_a_process() -> None:
    error = DamageError(Path("video.pt"), "it is not there.")
    for told in (error, pickle.loads(pickle.dumps(error))):
        assert str(told).startswith("video.pt is damaged: it is not there. Type ")
        assert "experiment=doctor experiment.repair=true" in str(told)


@pytest.mark.parametrize(
    "chunk", ["esv/c/1/0/0", "score/c/0/0", "frame_index/c/1/0", "written/c/0"]
)
def test_a_block_counts_with_all_its_chunks_and_is_made_again_where_one_is_gone(
    outputs: Path, made: Path, chunk: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = folder_of(outputs, "explained")
    (folder / chunk).unlink()
    assert ESVStore(folder).missing() == [int(chunk.split("/")[2])]
    with caplog.at_level(logging.WARNING):
        obtained(outputs, "explained")
    assert f"1 file is gone ({chunk}): the blocks they belong to are made again" in caplog.text
    assert contents(outputs) == contents(made)


@pytest.mark.parametrize("name", ["00001.npy", "00001.json"])
def test_a_block_of_rows_that_is_gone_is_made_again(outputs: Path, made: Path, name: str) -> None:
    (folder_of(outputs, "rows") / name).unlink()
    obtained(outputs, "rows")
    assert contents(outputs) == contents(made)


def test_while_blocks_are_made_again_the_folder_is_not_finished(
    outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(outputs, "rows")
    (folder / "00001.npy").unlink()
    seen: list[bool] = []
    make = Rows.make

    def watched(step: Rows, folder: Path, layout: Layout) -> None:
        seen.append((folder / MANIFEST).exists())
        make(step, folder, layout)

    monkeypatch.setattr(Rows, "make", watched)
    obtained(outputs, "rows")
    assert seen == [False]


def test_what_is_gone_and_cannot_be_made_again_is_damage(outputs: Path) -> None:
    chunk = folder_of(outputs, "explained") / "esv" / "c" / "0" / "0" / "0"
    chunk.unlink()
    steps = chain()
    for step in steps.values():
        step.data = ToyData(content=UNKNOWN)  # type: ignore[misc]
    shutil.rmtree(folder_of(outputs, "rows").parent)
    with pytest.raises(DamageError, match=rf"{chunk} is damaged.*what it was made from is not at"):
        obtain(steps["explained"], Layout(outputs))


@pytest.mark.parametrize(
    ("kind", "name"),
    [("weights", "weights.pt"), ("explained", "zarr.json"), ("explained", "label/c/0")],
)
def test_what_is_no_block_is_not_silently_made_anew(outputs: Path, kind: str, name: str) -> None:
    file = folder_of(outputs, kind) / name
    file.unlink()
    for _ in range(2):
        with pytest.raises(DamageError, match=f"{file} is damaged: it is not there"):
            obtained(outputs, kind)
    assert not file.exists()


def test_damage_leaves_all_else_untouched(outputs: Path) -> None:
    file = folder_of(outputs, "rows") / "00001.npy"
    file.write_bytes(b"short")
    before = contents(outputs)
    for kind in ("rows", "rows"):
        with pytest.raises(DamageError, match=rf"{file} is damaged: it has 5 bytes of"):
            obtained(outputs, kind)
    assert contents(outputs) == before


def test_blocks_of_other_weights_are_never_continued(tmp_path: Path) -> None:
    """ESVs were begun; then rows were made anew, with other values under the same name."""
    make_all(tmp_path)
    folder = folder_of(tmp_path, "explained")
    (folder / MANIFEST).unlink()
    ESVStore(folder).discard(1)
    for kind in ("weights", "rows"):
        shutil.rmtree(folder_of(tmp_path, kind))
    obtain(chain(drift=1)["rows"], Layout(tmp_path))
    with pytest.raises(
        DamageError, match=rf"{folder} is damaged: another content of its rows has been"
    ):
        obtained(tmp_path, "explained")
    assert ESVStore(folder).missing() == [1]


def test_a_finished_store_that_is_refused_is_whole_again_with_its_chunk_back(
    tmp_path: Path,
) -> None:
    """A chunk is gone, and rows were made anew, with other values: nothing is touched."""
    make_all(tmp_path)
    folder = folder_of(tmp_path, "explained")
    chunk = folder / "esv/c/1/0/0"
    content = chunk.read_bytes()
    chunk.unlink()
    for kind in ("weights", "rows"):
        shutil.rmtree(folder_of(tmp_path, kind))
    obtain(chain(drift=1)["rows"], Layout(tmp_path))
    before = contents(folder)
    for _ in range(2):
        with pytest.raises(DamageError, match="another content of its rows has been made since"):
            obtained(tmp_path, "explained")
    assert contents(folder) == before
    chunk.write_bytes(content)
    obtained(tmp_path, "explained")


def test_a_training_is_not_continued_on_what_it_was_not_begun_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its state is all that there is of it."""

    def killed(step: Weights, folder: Path, layout: Layout) -> None:
        (folder / TRAINING / "1-ranks").mkdir(parents=True)
        raise KeyboardInterrupt

    features = Weights()
    obtain(features, Layout(tmp_path))
    learnt = Weights(seed=1, parts={"features": features})
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Weights, "make", killed)
        obtain(learnt, Layout(tmp_path))
    shutil.rmtree(Layout(tmp_path).folder(features))
    obtain(Weights(drift=1), Layout(tmp_path))
    with pytest.raises(DamageError, match="another content of its features has been made since"):
        obtain(learnt, Layout(tmp_path))


# brackets within brackets too: the parser's own word for them is no ValueError
GARBAGE = ["[" * 100_000, "", "null", '{"files": 5, "sha256": 5}', None]


@pytest.mark.parametrize("content", GARBAGE)
def test_garbage_in_the_place_of_a_record_is_damage(made: Path, tmp_path: Path, content) -> None:
    rows = folder_of(made, "rows")
    readers = {
        MADE_FROM: read_record,
        MANIFEST: read_manifest,
        "00001.json": lambda folder: RowStore(folder, N_CLIPS, 2).record(1),
        INPUTS: lambda folder: _require_begun_from(folder, {"weights": "of now"}),
    }
    for name, read in readers.items():
        folder = shutil.copytree(rows, tmp_path / name)
        (folder / name).unlink()
        if content is None:  # what lies there is a folder
            (folder / name).mkdir()
        else:
            (folder / name).write_text(content)
        with pytest.raises(DamageError, match=rf"{name} is damaged"):
            read(folder)


def test_metadata_of_a_half_made_store_are_told_as_damage_and_not_signed(outputs: Path) -> None:
    folder = folder_of(outputs, "explained")
    (folder / MANIFEST).unlink()
    ESVStore(folder).discard(1)
    file = folder / "label" / "zarr.json"
    file.write_text(file.read_text().replace("little", "big"))
    assert [damage.file for damage in verify(folder)] == [file]
    with pytest.raises(DamageError, match=rf"{file} is damaged: it has .* bytes of"):
        obtained(outputs, "explained")
    assert not (folder / MANIFEST).exists() and ESVStore(folder).missing() == [1]


@pytest.mark.parametrize("lost", [MADE_FROM, INPUTS])
def test_a_half_made_step_without_its_records_is_not_adopted(outputs: Path, lost: str) -> None:
    folder = folder_of(outputs, "explained")
    (folder / MANIFEST).unlink()
    (folder / lost).unlink()
    before = contents(folder)
    with pytest.raises(DamageError):
        obtained(outputs, "explained")
    assert contents(folder) == before


def test_a_lost_record_is_written_again_where_the_manifest_says_that_it_is_the_same(
    outputs: Path,
) -> None:
    folder = folder_of(outputs, "rows")
    for name in (MADE_FROM, INPUTS):
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        _restore_records(folder, chain()["rows"], Layout(outputs), verify(folder))
        assert (folder / name).read_bytes() == content and verify(folder) == []
    (folder / INPUTS).unlink()
    shutil.rmtree(folder_of(outputs, "weights"))
    obtain(chain(drift=1)["weights"], Layout(outputs))
    with pytest.raises(NotRepairedError, match=r"what inputs\.json should say"):
        _restore_records(folder, chain()["rows"], Layout(outputs), verify(folder))
    assert not (folder / INPUTS).exists()


def test_a_record_of_another_step_is_damage(outputs: Path) -> None:
    other, own = folder_of(outputs, "rows"), folder_of(outputs, "explained")
    shutil.copy(other / MADE_FROM, own / MADE_FROM)
    with pytest.raises(DamageError, match="it is the record of a step 'rows'"):
        obtained(outputs, "explained")


def test_a_whole_step_without_a_manifest_is_finished_and_not_made_again(
    outputs: Path, made: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for kind in READ:
        (folder_of(outputs, kind) / MANIFEST).unlink()
    with caplog.at_level(logging.INFO):
        make_all(outputs)
    assert "making" not in caplog.text
    assert contents(outputs) == contents(made)


def test_a_block_that_had_not_reached_the_disk_is_made_again(
    outputs: Path, made: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As a power cut leaves it: the name is there, the content is not."""
    for kind, name in [("rows", "00001.npy"), ("explained", "esv/c/1/0/0")]:
        (folder_of(outputs, kind) / MANIFEST).unlink()
        (folder_of(outputs, kind) / name).write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        make_all(outputs)
    assert caplog.text.count("1 block had not reached the disk and is made again") == 2
    assert contents(outputs) == contents(made)


def test_a_store_that_is_being_written_reads_as_nan_and_never_as_zeros(tmp_path: Path) -> None:
    store = create_store(
        tmp_path / "a",
        uids=["1", "2", "3"],
        labels=np.arange(3),
        prior=np.full(3, 1 / 3),
        class_names=["up", "down", "left"],
        n_frames=2,
        with_errors=True,
        block=2,
    )
    store.write(0, esv=np.ones((2, 2, 3)), score=np.ones((2, 3)), frame_index=np.zeros((2, 2)))
    read = xr.open_zarr(store.path)
    for name in ("esv", "score", "stderr"):
        assert np.isnan(read[name].values[2]).all(), name
    assert (read["frame_index"].values[2] == np.iinfo(np.int32).min).all()
    assert store.missing() == [0, 1], "a block without its errors is none"


def test_a_chunk_that_is_gone_while_it_is_read_is_damage(outputs: Path) -> None:
    folder = folder_of(outputs, "explained")
    esvs = open_store(folder)
    chunk = folder / "esv" / "c" / "1" / "0" / "0"
    chunk.unlink()
    with pytest.raises(DamageError, match=f"{chunk} is damaged: it is not there"):
        esvs["esv"].values.sum()


def test_a_chunk_of_another_block_is_damage(outputs: Path) -> None:
    """Each has a right checksum of its own."""
    folder = folder_of(outputs, "explained")
    other = folder_of(outputs, "explained") / "score" / "c"
    shutil.copy(other / "0" / "0", other / "1" / "0")
    with pytest.raises(DamageError, match=f"{other / '1' / '0'} is damaged"):
        open_store(folder)["score"].values.sum()


def test_plain_xarray_checks_the_checksums_too(outputs: Path) -> None:
    file = folder_of(outputs, "explained") / "esv" / "c" / "0" / "0" / "0"
    content = bytearray(file.read_bytes())
    content[9] ^= 1
    file.write_bytes(content)
    with pytest.raises(ValueError, match="checksum"):
        xr.open_zarr(file.parents[4])["esv"].values.sum()


def test_a_checkpoint_cut_short_is_named_and_said_to_be_damaged(outputs: Path) -> None:
    file = folder_of(outputs, "weights") / "weights.pt"
    (folder_of(outputs, "weights") / MANIFEST).unlink()
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(DamageError, match=f"{file} is damaged: it is no whole checkpoint"):
        read_checkpoint(file)


def test_a_flipped_weight_is_noticed_without_the_manifest(outputs: Path) -> None:
    """Torch does not look at the checksums in its files."""
    (folder_of(outputs, "weights") / MANIFEST).unlink()
    file = folder_of(outputs, "weights") / "weights.pt"
    weights = np.asarray(read_checkpoint(file)[1]["weight"])
    content = file.read_bytes()
    at = content.index(weights.tobytes())
    file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    with pytest.raises(DamageError, match=f"{file} is damaged: the checksum of its part"):
        read_checkpoint(file)


def test_a_finished_checkpoint_is_compared_with_its_manifest_alone(
    outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the sooner of its two digests: the other is for the doctor."""
    folder = folder_of(outputs, "weights")
    monkeypatch.setattr(manifest_file, "_LARGE", 1)
    write_manifest(folder, {})
    monkeypatch.setattr(zipfile.ZipFile, "testzip", lambda self: pytest.fail("read twice"))
    digest = hashlib.file_digest
    read: list[str] = []
    monkeypatch.setattr(
        hashlib, "file_digest", lambda file, kind: (read.append(file.name), digest(file, kind))[1]
    )
    obtain(chain()["weights"], Layout(outputs), build=False)
    assert read == []
    monkeypatch.undo()
    file = folder / "weights.pt"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)
    with pytest.raises(DamageError, match=f"{file} is damaged: its content has the digest crc32c:"):
        obtain(chain()["weights"], Layout(outputs), build=False)
    (damage,) = verify(folder)
    assert "its content has the digest sha256:" in str(damage)


def test_the_manifest_says_every_file_of_the_folder(outputs: Path) -> None:
    for kind in READ:
        folder = folder_of(outputs, kind)
        manifest = read_manifest(folder)
        assert manifest
        assert manifest.files.keys() == contents(folder).keys() - {MANIFEST}


def test_what_depends_on_what_is_damaged_is_listed(outputs: Path) -> None:
    (folder_of(outputs, "rows") / "00000.npy").write_bytes(b"")
    examined = {
        found.folder.parent.name: found for found in examine_outputs(Layout(outputs), "toys")
    }
    assert [kind for kind, found in examined.items() if found.damages] == ["rows"]
    kinds = [folder.parent.name for folder in examined["rows"].dependents]
    assert kinds == ["explained", "pairs"]


def test_what_was_made_from_weights_that_are_others_by_now_is_listed(tmp_path: Path) -> None:
    make_all(tmp_path)
    shutil.rmtree(folder_of(tmp_path, "weights"))
    obtain(chain(drift=1)["weights"], Layout(tmp_path))
    examined = examine_outputs(Layout(tmp_path), "toys")
    outdated = {found.folder.parent.name: found.outdated for found in examined if found.outdated}
    assert outdated == {"rows": ["weights"]}


def test_a_step_of_another_kind_is_finished_with_a_manifest_too(tmp_path: Path) -> None:
    class Once:
        kind = "once"
        version = 1
        label = "once"
        data = ToyData()

        def settings(self) -> dict[str, object]:
            return {}

        def inputs(self) -> dict[str, Step]:
            return {}

        def whole(self, folder: Path) -> bool:
            return (folder / "once.json").exists()

        def make(self, folder: Path, layout: Layout) -> None:
            (folder / "once.json").write_text("{}")

        def open(self, folder: Path) -> object:
            return json.loads((folder / "once.json").read_text())

    assert obtain(Once(), Layout(tmp_path)) == {}
    assert is_made(Once(), Layout(tmp_path))
    file = Layout(tmp_path).folder(Once()) / "once.json"
    file.write_text("[]")
    with pytest.raises(DamageError, match=str(file)):
        obtain(Once(), Layout(tmp_path))


def test_rows_are_checked_once_in_each_process_and_then_mapped(outputs: Path) -> None:
    store = RowStore(folder_of(outputs, "rows"), 5, 2)
    assert store[0].base is not None
    (store.folder / "00001.npy").write_bytes((store.folder / "00000.npy").read_bytes())
    with pytest.raises(DamageError, match=r"00001.npy is damaged"):
        store[3]


def test_a_half_made_step_whose_record_says_something_else_is_damage(outputs: Path) -> None:
    folder = folder_of(outputs, "weights")
    (folder / MANIFEST).unlink()
    made_from = json.loads((folder / MADE_FROM).read_text())
    made_from["settings"]["seed"] = 5
    (folder / MADE_FROM).write_text(json.dumps(made_from))
    with pytest.raises(DamageError, match="its id is not that of what it says"):
        obtained(outputs, "weights")


def test_the_record_of_another_configuration_is_damage(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    steps = [Weights(seed=0), Weights(seed=1)]
    for step in steps:
        obtain(step, layout)
    own, other = (layout.folder(step) for step in steps)
    (own / MANIFEST).unlink()
    shutil.copy(other / MADE_FROM, own / MADE_FROM)
    with pytest.raises(DamageError, match=rf"it is the record of {other.name}, another one"):
        obtain(steps[0], Layout(tmp_path))
