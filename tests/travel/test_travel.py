"""`playfair push` and `playfair pull`, between folders and over HTTP."""

import json
import re
import shutil
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from playfair.explorer.entry import read_entry
from playfair.steps.esv_store import open_store
from playfair.steps.manifest import content_of
from playfair.steps.step import identity
from playfair.training.history import COLUMNS
from playfair.travel.card import card
from playfair.travel.facts import facts
from playfair.travel.index import Artefact, Index
from playfair.travel.web import Web
from tests.conftest import contents
from tests.travel.conftest import Type


def paths_in(outputs: Path) -> set[str]:
    """The artefacts that lie in outputs."""
    return {"/".join(file.parent.parts[-3:]) for file in outputs.glob("*/*/*/manifest.json")}


def verified(folder: Path) -> dict[str, bytes]:
    """The files of an artefact that its manifest knows: how long its epochs took is not among them."""
    return {name: held for name, held in contents(folder).items() if name != "history.csv"}


def name_of(outputs: Path, pattern: str) -> str:
    """The one artefact whose path a pattern matches."""
    return "/".join(next(iter(outputs.glob(pattern))).parts[-3:])


@pytest.fixture
def parcel(outputs: Path, typed: Type, tmp_path: Path) -> Path:
    """A folder with the head of TRN and its ESVs."""
    typed("push", "heads/trn", "esvs/trn-4-frames", tmp_path / "parcel", "licence=cc-by-4.0")
    return tmp_path / "parcel"


def test_what_is_pushed_to_a_folder_is_pulled_to_the_byte(
    outputs: Path, parcel: Path, typed: Type, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    said = typed("pull", parcel, f"paths.outputs={there}")
    paths = {name_of(outputs, "*/heads/trn-*"), name_of(parcel, "*/esvs/trn-4-frames-*")}
    assert paths_in(there) == paths_in(parcel) == paths
    for path in paths:
        assert contents(there / path) == verified(outputs / path)
    esvs = next(path for path in paths if "/esvs/" in path)
    assert read_entry(there / esvs).n_frames == 4  # as the explorer finds it
    assert f"2 artefacts are in {there}, compared with their checksums" in " ".join(said.split())
    assert "experiment=explorer dataset=synthetic" in said
    assert not (there / "synthetic" / ".travel").exists()
    assert "here already" in typed("pull", parcel, f"paths.outputs={there}")


def test_a_url_of_a_parcel_or_of_served_outputs_is_pulled(
    outputs: Path, parcel: Path, typed: Type, served, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    esvs = name_of(parcel, "*/esvs/trn-4-frames-*")
    typed("pull", f"{served(parcel)}/playfair.json", "esvs/*", f"paths.outputs={there}")
    assert paths_in(there) == {esvs}
    other = name_of(outputs, "*/video/tsn-*")
    said = typed("pull", f"{served(outputs)}/{other}", f"paths.outputs={there}")
    assert f"1 artefact is in {there}, compared with its checksums" in " ".join(said.split())
    assert paths_in(there) == {esvs, other}
    assert contents(there / other) == verified(outputs / other)


def test_the_card_says_what_is_in_the_parcel(parcel: Path) -> None:
    text = (parcel / "README.md").read_text()
    head = yaml.safe_load(text.split("---")[1])
    # The parcel's own store: other tests make others of that name among the outputs.
    store = open_store(next(parcel.glob("*/esvs/trn-4-frames-*")))
    right = store["score"].values.argmax(1) == store["label"].values
    of_splits = {one["dataset"]["split"]: one for one in head["model-index"][0]["results"]}
    metrics = of_splits["validation"]["metrics"]  # other tests may make ESVs of other splits
    assert head["license"] == "cc-by-4.0" and head["library_name"] == "playfair"
    assert {
        "type": "accuracy",
        "value": round(float(right.mean()), 4),
        "name": "top-1, 4 frames",
    } in metrics
    for said in (
        f"top-1 {round(float(right.mean()), 4):.4g} (validation, {len(right)} clips)",
        "`playfair experiment=esv dataset=synthetic model=trn n_frames=4`",
        "12 clips of the validation split, 12 classes",
        "4 elements of 4 frames, exact; removal: delete",
        "playfair pull FOLDER_OR_URL",
        "under Apache 2.0",
        "What is in here: cc-by-4.0.",
        "Play Fair 0.",
    ):
        assert said in text


def test_stores_alone_have_a_dataset_card(typed: Type, tmp_path: Path) -> None:
    typed("push", "esvs/trn-4-frames", tmp_path / "parcel")
    text = (tmp_path / "parcel" / "README.md").read_text()
    head = yaml.safe_load(text.split("---")[1])
    assert head["pretty_name"] == "Element Shapley Values of TRN on synthetic"
    assert head["size_categories"] == ["n<1K"] and head["license"] == "unknown"
    assert "model-index" not in head and "No licence was stated" in text


def test_more_is_added_and_what_was_written_by_hand_stays(
    outputs: Path, parcel: Path, typed: Type
) -> None:
    before = (parcel / "README.md").read_bytes()
    said = typed("push", "esvs/trn-4-frames", "esvs/tsn-4-frames", parcel)
    assert said.count("there already") == 1
    assert len(paths_in(parcel)) == 3 and (parcel / "README.md").read_bytes() != before
    assert json.loads((parcel / "playfair.json").read_text())["licence"] == "cc-by-4.0"
    (parcel / "README.md").write_text("# Mine\n")
    assert "by hand" in typed("push", "video/tsn", parcel)
    assert (parcel / "README.md").read_text() == "# Mine\n" and len(paths_in(parcel)) == 4
    untouched = {file: file.stat().st_mtime_ns for file in parcel.rglob("*")}
    typed("push", "video/tsn", parcel)
    assert untouched == {file: file.stat().st_mtime_ns for file in parcel.rglob("*")}


def test_only_what_is_named_travels_and_pictures_never(
    outputs: Path, parcel: Path, typed: Type
) -> None:
    files = {file.name for file in parcel.rglob("*") if file.is_file()}
    assert not [name for name in files if name.endswith((".webm", ".npy", ".png"))]
    stray = outputs / name_of(parcel, "*/esvs/trn-4-frames-*") / "secret.webm"
    stray.write_bytes(b"clip")
    try:
        typed("push", "esvs/trn-4-frames", parcel.parent / "second")
    finally:
        stray.unlink()
    assert not list((parcel.parent / "second").rglob("*.webm"))
    for kind, why in {"frames/x": "the clips' own pictures", "features/x": "made again"}.items():
        with pytest.raises(ValueError, match=why):
            typed("push", kind, parcel)


def test_names_that_are_wrong_are_told_with_the_nearest(
    outputs: Path, parcel: Path, typed: Type
) -> None:
    with pytest.raises(
        ValueError, match=r"no finished esvs/trn-5-frames. Did you mean .*trn-4-frames"
    ):
        typed("push", "esvs/trn-5-frames", parcel)
    with pytest.raises(ValueError, match=r"may be 2 of them; type one:\n  synthetic/esvs/trn"):
        typed("pull", _two_of_a_name(parcel), "esvs/trn-4-frames")
    with pytest.raises(ValueError, match=r"Push esvs/trn-4-frames where to\? Type: playfair push"):
        typed("push", "esvs/trn-4-frames")
    with pytest.raises(ValueError, match="no option to. It has licence=…"):
        typed("push", "esvs/trn-4-frames", f"to={parcel}")
    with pytest.raises(ValueError, match="can only be pulled from"):
        typed("push", "esvs/trn-4-frames", "https://my-lab.org/results")
    with pytest.raises(ValueError, match="s3:// is no place"):
        typed("pull", "s3://bucket/x")
    with pytest.raises(ValueError, match="There is no folder"):
        typed("pull", parcel / "nowhere")
    with pytest.raises(ValueError, match="holds no parcel of Play Fair"):
        typed("pull", parcel.parent)
    listed = typed("push")
    assert re.search(r"synthetic/esvs/trn-4-frames-[0-9a-f]{8} +\d+ kB", listed)
    assert "frames/" not in listed.partition("There are:")[2]
    assert "paths.outputs=FOLDER" in typed("pull", "--help")


def _two_of_a_name(parcel: Path) -> Path:
    """The parcel, with a second artefact that differs in its id alone."""
    index = json.loads((parcel / "playfair.json").read_text())
    path = next(path for path in index["artefacts"] if "/esvs/" in path)
    index["artefacts"][f"{path[:-8]}01234567"] = index["artefacts"][path]
    (parcel / "playfair.json").write_text(json.dumps(index))
    return parcel


def test_nothing_that_differs_is_written_over(outputs: Path, parcel: Path, typed: Type) -> None:
    there = parcel.parent / "there"
    path = name_of(outputs, "*/heads/trn-*")
    shutil.copytree(parcel / path, there / path)
    manifest = there / path / "manifest.json"
    content = json.loads(manifest.read_text())
    content["files"]["heads.pt"][1] = "sha256:0"
    other = content_of({name: tuple(entry) for name, entry in content["files"].items()})
    manifest.write_text(json.dumps(other))
    before = contents(there)
    with pytest.raises(ValueError, match=r"is there and differs.*Nothing is written over"):
        typed("pull", parcel, f"paths.outputs={there}")
    assert contents(there) == before
    manifest.unlink()
    with pytest.raises(ValueError, match="is there and is not finished"):
        typed("pull", parcel, f"paths.outputs={there}")

    index = parcel / "playfair.json"
    index.write_text(index.read_text().replace(_digest(outputs / path), "f" * 64))
    with pytest.raises(ValueError, match=r"holds another synthetic/heads/trn"):
        typed("push", "heads/trn", parcel)


def _digest(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["sha256"])


def test_damage_on_the_way_is_told_and_fetched_again(
    outputs: Path, parcel: Path, typed: Type, tmp_path: Path
) -> None:
    path = name_of(parcel, "*/esvs/trn-4-frames-*")
    chunk = next(
        file for file in (parcel / path / "esv").rglob("*") if file.name == "0" and file.is_file()
    )
    good = chunk.read_bytes()
    chunk.write_bytes(bytes([good[0] ^ 1]) + good[1:])
    there = tmp_path / "there"
    with pytest.raises(ValueError, match=r"is damaged: its content has the digest"):
        typed("pull", parcel, "esvs/*", f"paths.outputs={there}")
    assert paths_in(there) == set()
    chunk.write_bytes(good[:-3])
    with pytest.raises(ValueError, match=r"bytes of [\d,]+: push it again"):
        typed("pull", parcel, "esvs/*", f"paths.outputs={there}")
    chunk.write_bytes(good)
    typed("pull", parcel, "esvs/*", f"paths.outputs={there}")
    assert contents(there / path) == verified(outputs / path)


def test_a_lost_connection_is_told_and_gone_on_with(
    outputs: Path, parcel: Path, typed: Type, served, tmp_path: Path, monkeypatch
) -> None:
    asked: list[str] = []

    class Cut(SimpleHTTPRequestHandler):
        """Ends after 1,000 bytes of the weights, unless it is asked for the rest of them."""

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            if not self.path.endswith("heads.pt"):
                super().do_GET()
                return
            content = Path(self.translate_path(self.path)).read_bytes()
            wanted = self.headers.get("Range")
            asked.append(str(wanted))
            if wanted and goes_on:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                self.send_response(206)
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                self.wfile.write(content[start:])
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:1000])

    monkeypatch.setattr("playfair.travel.web.PAUSE", 0)
    there = tmp_path / "there"
    url = served(parcel, Cut)
    goes_on = False
    with pytest.raises(
        ValueError, match=r"heads.pt ended after 1,000 of [\d,]+ bytes. What came is kept"
    ):
        typed("pull", url, "heads/*", f"paths.outputs={there}")
    assert paths_in(there) == set()
    asked.clear()
    goes_on = True
    typed("pull", url, "heads/*", f"paths.outputs={there}")
    path = name_of(outputs, "*/heads/trn-*")
    assert asked == ["bytes=1000-"] and contents(there / path) == verified(outputs / path)


def test_servers_that_are_not_there_or_let_nobody_in_are_told(
    typed: Type, served, tmp_path: Path
) -> None:
    class Closed(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_error(403)

    with pytest.raises(ValueError, match=r"is not open to everybody \(HTTP 403\)"):
        typed("pull", served(tmp_path, Closed))
    with pytest.raises(ValueError, match=r"could not be fetched \(.*refused"):
        typed("pull", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match="holds no parcel"):
        typed("pull", served(tmp_path))
    (tmp_path / "playfair.json").write_text("<html>Log in</html>")
    with pytest.raises(ValueError, match="no index of Play Fair .*web page"):
        typed("pull", served(tmp_path))


@pytest.mark.parametrize(
    "path",
    [
        "../esvs/trn-3f2a91c0",
        "synthetic/esvs/../../x-3f2a91c0",
        "/etc/esvs/trn-3f2a91c0",
        "synthetic/runs/trn-3f2a91c0",
        ".ssh/esvs/trn-3f2a91c0",
        "synthetic/esvs/trn\x1b-3f2a91c0",
        "synthetic/esvs/trn",
    ],
)
def test_an_index_that_leads_elsewhere_is_refused(path: str, typed: Type, tmp_path: Path) -> None:
    artefacts = {path: {"digest": "0", "bytes": 1, "facts": {}}}
    index = {"format": 1, "licence": "mit", "artefacts": artefacts}
    (tmp_path / "playfair.json").write_text(json.dumps(index))
    with pytest.raises(ValueError, match="is no DATASET/KIND/NAME") as told:
        typed("pull", tmp_path, f"paths.outputs={tmp_path / 'there'}")
    assert "\x1b" not in str(told.value) and not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    "name", ["../../../x.pt", "training/last.ckpt", "x.pkl", "/x.pt", "run.py"]
)
def test_files_that_are_none_of_ours_are_refused(
    name: str, outputs: Path, parcel: Path, typed: Type, tmp_path: Path
) -> None:
    path = name_of(outputs, "*/heads/trn-*")
    manifest = content_of({name: (1, "sha256:0")})
    (parcel / path / "manifest.json").write_text(json.dumps(manifest))
    index = parcel / "playfair.json"
    index.write_text(index.read_text().replace(_digest(outputs / path), str(manifest["sha256"])))
    with pytest.raises(ValueError, match="which no checkpoint or ESV store"):
        typed("pull", parcel, "heads/*", f"paths.outputs={tmp_path / 'there'}")
    assert {file.suffix for file in (tmp_path / "there").rglob("*") if file.is_file()} == {".lock"}
    assert not list(tmp_path.glob("*.pt"))


def test_a_manifest_that_was_changed_and_a_file_that_is_gone_are_told(
    outputs: Path, parcel: Path, typed: Type, served, tmp_path: Path
) -> None:
    path = name_of(outputs, "*/heads/trn-*")
    there = f"paths.outputs={tmp_path / 'there'}"
    weights = parcel / path / "heads.pt"
    weights.rename(tmp_path / "heads.pt")
    with pytest.raises(ValueError, match=r"heads.pt is not there: the parcel in"):
        typed("pull", parcel, "heads/*", there)
    with pytest.raises(ValueError, match=r"heads.pt is not there: the parcel is not whole"):
        typed("pull", served(parcel), "heads/*", there)
    (tmp_path / "heads.pt").rename(weights)
    weights.write_bytes(weights.read_bytes() + b"more")
    with pytest.raises(ValueError, match=r"has more than the [\d,]+ bytes that its manifest says"):
        typed("pull", served(parcel), "heads/*", there)
    manifest = parcel / path / "manifest.json"
    manifest.write_text(json.dumps(content_of({"heads.pt": (4, "sha256:0")})))
    with pytest.raises(ValueError, match="is not the one that playfair.json there names"):
        typed("pull", parcel, "heads/*", there)
    manifest.unlink()
    with pytest.raises(ValueError, match="has no .*/manifest.json: the parcel is not whole"):
        typed("pull", parcel, "heads/*", there)
    assert paths_in(tmp_path / "there") == set()


def test_damage_is_never_pushed(outputs: Path, typed: Type, tmp_path: Path) -> None:
    there = tmp_path / "outputs"
    shutil.copytree(outputs / "synthetic" / "heads", there / "synthetic" / "heads")
    weights = next(there.glob("*/heads/trn-*/heads.pt"))
    good = weights.read_bytes()
    weights.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(ValueError, match="is damaged: its content has the digest"):
        typed("push", "heads/trn", tmp_path / "parcel", f"paths.outputs={there}")
    assert not (tmp_path / "parcel").exists()


def test_what_a_head_needs_is_said_until_it_is_there(typed: Type, tmp_path: Path) -> None:
    said = typed("push", "heads/trn", tmp_path / "parcel")
    need = re.search(r"push '(video/\*-[0-9a-f]{8})' too", said)
    assert need, said
    assert "too." not in typed("push", need[1], tmp_path / "parcel")
    assert "too." not in typed("push", "heads/trn", need[1], tmp_path / "second")


def test_what_is_not_what_its_name_says_is_refused(
    outputs: Path, parcel: Path, typed: Type, tmp_path: Path
) -> None:
    index = json.loads((parcel / "playfair.json").read_text())
    path = name_of(outputs, "*/heads/trn-*")
    other = f"{path[:-8]}01234567"
    index["artefacts"] = {other: index["artefacts"][path]}
    (parcel / path).rename(parcel / other)
    (parcel / "playfair.json").write_text(json.dumps(index))
    with pytest.raises(ValueError, match="it is the record of heads [0-9a-f]{8}, another one"):
        typed("pull", parcel, f"paths.outputs={tmp_path / 'there'}")
    assert paths_in(tmp_path / "there") == set()


def test_a_kill_leaves_nothing_half_there(
    outputs: Path, typed: Type, tmp_path: Path, monkeypatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    parcel = tmp_path / "parcel"
    there = tmp_path / "there"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("playfair.travel.folder.sync_all", killed)
        typed("push", "heads/trn", parcel)
    assert paths_in(parcel) == set() and not (parcel / "playfair.json").exists()
    typed("push", "heads/trn", parcel)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("playfair.travel.pull.sync_all", killed)
        typed("pull", parcel, f"paths.outputs={there}")
    assert paths_in(there) == set()
    typed("pull", parcel, f"paths.outputs={there}")
    assert paths_in(there) == paths_in(parcel)


def test_a_full_disk_is_told_before_anything_comes(
    parcel: Path, typed: Type, tmp_path: Path, monkeypatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=2**24)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(ValueError, match=r"has 16.8 MB free, and .* would come"):
        typed("pull", parcel, f"paths.outputs={tmp_path / 'there'}")
    assert not (tmp_path / "there").exists()


def test_a_signed_url_keeps_what_follows_its_question_mark() -> None:
    assert Web("https://x.org/a b/?key=1")._address("y/z 1") == "https://x.org/a b/y/z%201?key=1"


def test_accuracy_and_size_on_the_card_are_those_of_the_store(
    outputs: Path, typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.5, 0.4, 0.1]])
    arrays = {
        "score": (("video", "class"), score),
        "label": ("video", np.array([0, 1, 1, -1])),  # the last has no class
        "esv": (("video", "element", "class"), np.zeros((4, 2, 3))),
    }
    store = xr.Dataset(arrays, attrs={"n_frames": 2, "split": "test"})
    monkeypatch.setattr("playfair.steps.esv_store.open_store", lambda _: store)
    typed("push", "esvs/trn-4-frames", tmp_path / "parcel")
    text = (tmp_path / "parcel" / "README.md").read_text()
    assert "**Accuracy, 2 frames**: top-1 0.6667 (test, 4 clips)" in text
    manifest = json.loads(
        (outputs / name_of(outputs, "*/esvs/trn-4-*") / "manifest.json").read_text()
    )
    n_bytes = sum(size for size, _ in manifest["files"].values())
    assert f"| {round(n_bytes / 1000)} kB |" in text


def test_stray_files_and_stores_that_do_not_open_come_nowhere(
    outputs: Path, parcel: Path, typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"
    _, kind, name = name_of(outputs, "*/heads/trn-*").split("/")
    stray = there / "synthetic" / ".travel" / kind / name / "x.pkl"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"")
    with pytest.raises(ValueError, match=r"files that no manifest names \(x.pkl\)"):
        typed("pull", parcel, "heads/*", f"paths.outputs={there}")

    def refuse(_: Path) -> None:
        raise ValueError("an array of terabytes")

    monkeypatch.setattr("playfair.steps.esv_store.open_store", refuse)
    with pytest.raises(ValueError, match="an array of terabytes"):
        typed("pull", parcel, "esvs/*", f"paths.outputs={there}")
    assert paths_in(there) == set()


def test_a_card_of_a_strange_index_is_written_all_the_same() -> None:
    facts = {"clips": "many", "frames": None, "accuracies": [{"top1": 0.5, "clips": [1]}, 3]}
    path = "synthetic/esvs/trn-12345678"
    said = card(Index({path: Artefact(path, "0" * 64, 1, facts)}), "FOLDER")
    assert (
        "many clips of the not known split" in said and "top-1 0.5 (validation, [1] clips)" in said
    )
    assert "1 clip of the" in card(
        Index({path: Artefact(path, "0" * 64, 1, {"clips": 1})}), "FOLDER"
    )


@pytest.mark.parametrize(
    ("recipe", "top1"),
    [
        ({"n_frames": 8, "keep": "best"}, 0.75),
        ({"n_frames": 8}, 0.5),
        ({"n_frames": 8, "unvalidated": True}, None),
    ],
)
def test_without_esvs_the_card_has_the_accuracy_of_the_epoch_that_is_kept(
    tmp_path: Path, recipe: dict, top1: float | None
) -> None:
    folder = tmp_path / "outputs/synthetic/video/trn-12345678"
    folder.mkdir(parents=True)
    accuracies = ["0.25", "0.75", "" if recipe.pop("unvalidated", False) else "0.5"]
    rows = [f"video,{epoch},1.0,,{value},0.1,9,1" for epoch, value in enumerate(accuracies, 1)]
    (folder / "history.csv").write_text("\n".join([",".join(COLUMNS), *rows]))
    record = {"step": "video", "version": 1, "inputs": {}}
    record["settings"] = {"model": {"training": {"epochs": 3, **recipe}}}
    (folder / "made_from.json").write_text(json.dumps(record | {"id": identity(record)}))
    told = facts(folder)
    expected = {"frames": 8, "top1": top1, "split": "validation, watched in training"}
    assert told["accuracies"] == ([] if top1 is None else [expected])
    artefact = Artefact("synthetic/video/trn-12345678", "0" * 64, 1, told)
    said = card(Index({artefact.path: artefact}), "FOLDER")
    assert (f"top-1 {top1} (validation, watched in training)" in said) == (top1 is not None)
    assert ("| not measured |" in said) == (top1 is None)
