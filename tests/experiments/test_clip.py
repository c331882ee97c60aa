"""One clip, or a few, as somebody names them: what is said of it, drawn, and refused."""

import dataclasses
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from hydra.core.override_parser.overrides_parser import OverridesParser
from PIL import Image

import playfair
from playfair.attribution.one_clip import explained_clip
from playfair.datasets.given import GivenClipError, given_clips
from playfair.experiments.clip import file_names, require_same_classes, title_of
from playfair.experiments.clip_tables import removal_of
from playfair.experiments.clip_words import findings
from playfair.launch.quoting import quoted
from playfair.models.huggingface.checkpoint import load_checkpoint
from playfair.report.figures.one_clip import ClipView, ModelView, one_clip_figure
from playfair.steps.at_hand import model_at_hand, without_clips
from playfair.steps.esv_store import open_store
from playfair.video.reader import decode, frame_times
from playfair.video.segment import Segment
from tests.checkpoints import write_checkpoint
from tests.conftest import TINY, folder_of, run_warm, stamps, studies
from tests.experiments.test_experiments import newest_run

VIDEOS = "data/synthetic/20bn-something-something-v2"


@pytest.fixture(scope="module")
def explained_once(tiny):
    """A validation clip, explained by both models; and what lay there before."""
    before = stamps(tiny.folder)
    done = tiny("experiment=clip", f"clip={VIDEOS}/30.webm", draw=True)
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(
        folder=newest_run(tiny.folder, "clip"), text=done.stdout, before=before, root=tiny.folder
    )


@pytest.mark.parametrize("model", ["tsn", "trn"])
def test_a_clip_is_explained_as_the_split_it_is_from(explained_once, model: str) -> None:
    store = open_store(folder_of(explained_once.root, "esvs", f"{model}-4-frames"))
    row = list(store["video"].values).index("30")
    scores = pd.read_csv(explained_once.folder / "scores.csv")
    mine = scores[scores["model"] == model].set_index("class")
    names = store["class_name"].values
    assert mine.loc[names, "score"].to_numpy() == pytest.approx(
        store["score"].values[row], abs=2e-6
    )
    assert mine.loc[names, "prior"].to_numpy() == pytest.approx(store["prior"].values)
    esvs = pd.read_csv(explained_once.folder / "esvs.csv")
    esvs = esvs[esvs["model"] == model]
    best = names[store["score"].values[row].argsort()[::-1][:3]]
    assert list(dict.fromkeys(esvs["class"])) == list(best)
    for name in best:
        expected = store["esv"].values[row][:, list(names).index(name)]
        assert esvs[esvs["class"] == name]["esv"].to_numpy() == pytest.approx(expected, abs=2e-6)
    index = store["frame_index"].values[row]
    assert esvs[esvs["class"] == best[0]]["frames"].tolist() == index.tolist()
    times = frame_times(explained_once.root / VIDEOS / "30.webm")[index]
    assert esvs[esvs["class"] == best[0]]["second"].to_numpy() == pytest.approx(times)


def test_there_is_one_page_and_one_picture(explained_once) -> None:
    names = {file.name for file in explained_once.folder.iterdir() if file.is_file()}
    assert {"report.html", "film_strip.png", "film_strip.pdf", "metrics.json"} <= names
    assert Image.open(explained_once.folder / "film_strip.png").width > 1200
    assert (explained_once.folder / "film_strip.pdf").read_bytes().startswith(b"%PDF")
    page = (explained_once.folder / "report.html").read_text()
    assert "30: TSN says “" in page and "30: TRN says “" in page and "data:image/webp" in page
    metrics = json.loads((explained_once.folder / "metrics.json").read_text())
    assert metrics["clips"] == 1 and metrics["max_efficiency_gap"] < 1e-5
    scores = pd.read_csv(explained_once.folder / "scores.csv").groupby("model")["score"].max()
    assert metrics["trn_highest_score"] == pytest.approx(scores["trn"])
    assert "highest score" in explained_once.text and "true class" not in explained_once.text
    assert "TSN and TRN on what clip= names, 4 frames, exact values" in explained_once.text


def test_nothing_is_trained_and_nothing_else_is_written(explained_once) -> None:
    assert stamps(explained_once.root) == explained_once.before


def test_without_weights_it_is_told_what_to_type(tmp_path, dataset_root) -> None:
    done = run_warm(
        *["experiment=clip", f"clip={dataset_root / 'x=y.webm'}", "n_frames=4", "start=0.1"],
        cwd=tmp_path,
    )
    assert done.returncode == 2 and "There is no clip=" in done.stderr
    clip = shutil.copy(dataset_root / VIDEOS.split("/")[-1] / "3.webm", tmp_path / "a b=c.webm")
    done = run_warm("experiment=clip", f"clip={clip}", *TINY[:4], "n_frames=4", cwd=tmp_path)
    assert done.returncode == 2
    assert (
        "There are no weights of trn for dataset=synthetic in outputs/synthetic/video"
        in done.stderr
    )
    assert "experiment=train dataset.write.n_train=24" in done.stderr
    assert not list(tmp_path.glob("outputs/*/video")) and not (tmp_path / "data").exists()


def test_a_checkpoint_needs_no_dataset(checkpoint, dataset_root, tmp_path) -> None:
    """In an empty folder: its own classes, and a uniform prior, which the page says."""
    clip = dataset_root / VIDEOS.split("/")[-1] / "3.webm"
    path = checkpoint("videomae")
    typed = ["experiment=clip", f"clip={clip}", "model=huggingface"]
    done = run_warm(*typed, f"model.huggingface.path={path}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = newest_run(tmp_path, "clip")
    page = (run / "report.html").read_text()
    assert "12 classes of its own, as the labels of dataset=synthetic are not there" in page
    assert "the score minus the prior, the same for every class" in page
    scores = pd.read_csv(run / "scores.csv").set_index("class")
    assert scores["prior"].to_numpy() == pytest.approx(1 / 12)
    answer = playfair.explain_videos(load_checkpoint(str(path)), [clip], n_frames=8)
    assert scores.loc[list(answer.class_names), "score"].to_numpy() == pytest.approx(
        answer.score[0], abs=1e-6
    )
    assert not (tmp_path / "data").exists()


def test_a_checkpoint_of_other_classes_is_asked_about_its_own(dataset_root, tmp_path) -> None:
    pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")
    path = write_checkpoint(tmp_path / "two", "videomae", ["Waving", "Not waving"])
    places = [f"paths.data={dataset_root.parent}", f"dataset.root={dataset_root}"]
    typed = [f"model.huggingface.path={path}", *places, f"paths.outputs={tmp_path}"]
    (study,) = studies("model=huggingface", "model.huggingface.dtype=bfloat16", *typed)
    model = model_at_hand(study)
    assert model.model.dtype == torch.bfloat16
    assert model.own_classes == "dataset=synthetic has other classes"
    assert model.class_names == ("NOT WAVING", "WAVING") and model.prior.tolist() == [0.5, 0.5]
    (tsn,) = studies("model=tsn", *typed[1:])
    other = dataclasses.replace(model, name="tsn", study=tsn, class_names=("a",), own_classes="")
    with pytest.raises(ValueError, match="tell other classes apart .dataset=synthetic has other"):
        require_same_classes([other, model])


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with clips, to be looked at from within."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("walk.mp4", "day.mkv", "night [1].mkv", "~a=b, c's.mp4"):
        (tmp_path / name).write_bytes(b"a video")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "1.png").write_bytes(b"a picture")
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "walk.mp4").write_bytes(b"a video")
    (tmp_path / "gifs").mkdir()
    for name in ("a.GIF", "b.gif"):
        (tmp_path / "gifs" / name).write_bytes(b"a video")
    return tmp_path


@pytest.mark.parametrize(
    ("named", "places"),
    [
        ("walk.mp4", {"walk": Path("walk.mp4")}),
        ("night [1].mkv", {"night [1]": Path("night [1].mkv")}),
        ("~a=b, c's.mp4", {"~a=b, c's": Path("~a=b, c's.mp4")}),
        ("*.mkv", {"day": Path("day.mkv"), "night [1]": Path("night [1].mkv")}),
        (["walk.mp4", "day.mkv"], {"walk": Path("walk.mp4"), "day": Path("day.mkv")}),
        ("pictures", {"pictures": Path("pictures")}),
        (
            ["walk.mp4", "videos/walk.mp4"],
            {"walk.mp4": Path("walk.mp4"), "videos/walk.mp4": Path("videos/walk.mp4")},
        ),
        (
            {"path": "day.mkv", "start": 3, "stop": 7},
            {"day 3-7 s": Segment(Path("day.mkv"), 3.0, 7.0)},
        ),
        (
            {"path": "pictures", "start": 3, "stop": 7, "unit": "frame"},
            {"pictures 3-7 frames": Segment(Path("pictures"), 3.0, 7.0, "frame")},
        ),
    ],
)
def test_clips_are_named_in_many_ways(folder, named, places) -> None:
    assert given_clips(named).places == places


def test_the_home_folder_is_known_by_its_sign(folder) -> None:
    assert given_clips("~/day.mkv").places == {"day": folder / "day.mkv"}
    with pytest.raises(GivenClipError, match="There is no clip=~nobody/a.mp4"):
        given_clips("~nobody/a.mp4")


def test_a_part_behind_the_end_says_where_that_is(clip) -> None:
    with pytest.raises(GivenClipError, match=r"start=99 is behind the video's end, at \d\.\d s"):
        given_clips(str(clip), start=99)


def test_a_list_without_brackets_is_told_of_them(folder) -> None:
    with pytest.raises(GivenClipError, match=r"For several type clip='\[walk.mp4,day.mkv\]'"):
        given_clips("walk.mp4,day.mkv")


def test_start_and_stop_are_those_of_every_clip(folder) -> None:
    given = given_clips(["walk.mp4", {"path": "day.mkv", "stop": 9}], start=1.5, stop=4)
    assert given.places == {
        "walk 1.5-4 s": Segment(Path("walk.mp4"), 1.5, 4.0),
        "day 1.5-9 s": Segment(Path("day.mkv"), 1.5, 9.0),
    }
    assert given.given.targets.tolist() == [-1, -1]


def test_a_clip_that_only_begins_ends_with_its_file(clip) -> None:
    segment = next(iter(given_clips(str(clip), start=0.5).places.values()))
    assert len(decode(segment)) == (frame_times(clip) >= 0.5).sum()


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (None, "Expected a clip, got none. Type clip=FILE"),
        ([], r"Expected a clip, got \[\]. Type clip=FILE"),
        ("wakl.mp4", r"There is no clip=wakl.mp4 in .*Did you mean walk.mp4\? Type clip=FILE"),
        ("nowhere/a.mp4", "There is no folder nowhere either"),
        ("*.avi", r"No file is like clip=\*.avi in .*between quotation marks"),
        ("videos", r"got videos with 1 video. Type clip='videos/\*.mp4'"),
        ("gifs", r"got gifs with 2 videos. Type clip='gifs/\*.gif'"),
        (".", r"Expected a file or a folder of pictures, got . with 4 videos"),
        ({"start": 3}, "Expected path, start and stop of a clip, got no path"),
        ({"path": "day.mkv", "end": 3}, "got end"),
        ({"path": "day.mkv", "start": "x"}, "Expected start to be a number, got start='x'"),
        ({"path": "day.mkv", "start": 3, "stop": 2}, "0 ≤ start < stop, got start=3 and stop=2"),
        ({"path": "day.mkv", "stop": 2, "unit": "hour"}, "unit to be second or frame, got 'hour'"),
        (7, "Expected the path of a clip, got 7"),
        (["day.mkv", "day.mkv"], "The same clip was named twice: day.mkv. Name each once"),
    ],
)
def test_what_is_no_clip_is_refused_with_what_to_type(folder, named, message: str) -> None:
    with pytest.raises(GivenClipError, match=message):
        given_clips(named)


@pytest.mark.parametrize(
    "path",
    ["a=b (1), x.mp4", "it's.mp4", "x\\", "a\\'b.mp4", '"q".mp4', "[1].mp4", "ü #1 50%~;.mp4", "7"],
)
def test_any_path_reaches_the_experiment_as_it_was_typed(path: str) -> None:
    (word,) = quoted([f"clip={path}"])
    assert OverridesParser.create().parse_override(word).value() == path


def test_names_that_the_shell_has_put_in_are_a_list() -> None:
    words = quoted(["experiment=clip", "clip=a.mp4", "clip=b c.mp4"])
    value = OverridesParser.create().parse_override(words[1]).value()
    assert words[0] == "experiment=clip" and [str(path) for path in value] == ["a.mp4", "b c.mp4"]
    assert quoted(["-m", "clip=a,b"]) == ["-m", "clip=a,b"]


def head_and_units():
    """A head that sees order, and a clip of 5 frames."""
    torch.manual_seed(0)
    head = playfair.MultiscaleTRN([playfair.TRN(s, 4, 8, 3) for s in (1, 2, 3)]).eval()
    return head, torch.randn(1, 5, 4), torch.tensor([0.5, 0.3, 0.2])


def test_scores_fall_along_the_order_of_the_esvs() -> None:
    head, units, prior = head_and_units()
    seen = explained_clip(head, units, prior, options={})
    exact = playfair.explain(head, units, prior)
    assert seen.esv == pytest.approx(exact.esv[0].numpy(), abs=1e-6)
    order = np.argsort(-seen.esv[:, seen.label])
    for name, gone_first in (("supporting", order), ("distracting", order[::-1])):
        path = seen.removed[name]
        assert path[0] == pytest.approx(prior.numpy())
        for left in range(1, 6):
            kept = sorted(gone_first[5 - left :])
            with torch.no_grad():
                by_hand = head(units[:, kept]).softmax(-1)[0]
            assert path[left] == pytest.approx(by_hand.numpy(), abs=1e-5)
    assert seen.gap < 1e-6


def view(scores: dict[str, list[float]], **more) -> ClipView:
    """A clip of 3 frames and 2 classes; scores of the first with 0 … 3 frames left."""
    removed = {name: np.array([[s, 1 - s] for s in path]) for name, path in scores.items()}
    score = removed["supporting"][-1]
    esv = np.array([[0.3, -0.3], [0.1, -0.1], [-0.05, 0.05]])
    model = ModelView(esv, None, score, np.array([0.5, 0.5]), removed, [0, 1])
    seconds = more.pop("seconds", np.array([0.5, 1.5, 2.5]))
    return ClipView(
        "a",
        np.zeros((3, 8, 8, 3), np.uint8),
        np.array([[6], [18], [30]]),
        seconds,
        ["Up", "Down"],
        {"trn": model},
    )


def test_the_findings_say_which_frames_and_without_which() -> None:
    said = findings(
        "a", view({"supporting": [0.5, 0.2, 0.4, 0.85], "distracting": [0.5, 0.6, 0.9, 0.85]})
    )
    assert said == [
        "a: TRN says “Up” (0.850); next “Down” (0.150). Frames 6 at 0.50 s (+0.300) and 18 at 1.50 s "
        "(+0.100) support it most; 30 at 2.50 s (−0.0500) speaks most against it. Without the most "
        "supporting frame it says “Down” (0.600). Without the most distracting frame its score is "
        "0.900."
    ]
    said = findings(
        "a",
        view(
            {"supporting": [0.5, 0.6, 0.7, 0.85], "distracting": [0.5, 0.8, 0.85, 0.85]},
            seconds=np.full(3, np.nan),
        ),
    )
    assert "Frames 6 (+0.300) and 18 (+0.100) support it most" in said[0]
    assert said[0].endswith("as they are taken away in that order, down to the last frame.")


def test_a_frame_that_supports_is_never_called_distracting() -> None:
    falls = {"supporting": [0.5, 0.6, 0.7, 0.85], "distracting": [0.5, 0.9, 0.85, 0.85]}
    (said,) = findings("a", view(falls))
    assert said.endswith("Without the 2 least supporting frames its score is 0.900.")


def test_the_table_of_removal_is_read_from_the_whole_clip_on() -> None:
    seen = view({"supporting": [0.5, 0.2, 0.4, 0.85], "distracting": [0.5, 0.6, 0.9, 0.85]})
    rows = removal_of("a", seen)
    first = rows[rows["removed first"] == "highest ESV first"]
    assert first["left"].tolist() == [3, 2, 1, 0]
    assert first["score"].tolist() == [0.85, 0.4, 0.2, 0.5]
    assert first["says"].tolist() == ["Up", "Down", "Down", "Up"]


def test_bars_stand_under_their_frames_and_share_one_scale() -> None:
    figure = one_clip_figure(view({"supporting": [0.5, 0.2, 0.4, 0.85], "distracting": [0.5] * 4}))
    film, up, down, scores, removal = figure.axes
    assert film.get_position().x0 == up.get_position().x0 == down.get_position().x0
    assert film.get_xlim() == up.get_xlim() and up.get_ylim() == down.get_ylim()
    assert [bar.get_height() for bar in up.patches] == [0.3, 0.1, -0.05]
    assert [text.get_text() for text in down.get_xticklabels()] == [
        "6\n0.50 s",
        "18\n1.50 s",
        "30\n2.50 s",
    ]
    assert [bar.get_width() for bar in scores.patches] == pytest.approx([0.85, 0.15])
    assert removal.lines[0].get_ydata().tolist() == [0.5, 0.2, 0.4, 0.85]
    assert removal.get_xlim()[0] > removal.get_xlim()[1]  # the whole clip on the left


def test_the_frames_of_an_element_are_parted_and_named() -> None:
    one = view({"supporting": [0.5, 0.2, 0.4, 0.85], "distracting": [0.5] * 4})
    pairs = dataclasses.replace(one, frame_index=np.array([[6, 12], [18, 24], [30, 36]]))
    film, _, down, *_ = one_clip_figure(pairs).axes
    assert [line.get_ydata()[0] for line in film.lines] == [0.5]
    assert down.get_xticklabels()[0].get_text() == "6, 12\n0.50 s"
    assert "frames of the clip\nthe first one's time" in [text.get_text() for text in down.texts]
    assert not one_clip_figure(one).axes[0].lines


def test_a_clip_is_called_by_its_name_and_length() -> None:
    assert title_of("a", np.array([3.0, 3.5, 4.0])) == "a  (3 frames, 1.5 s)"
    assert file_names(["a/b", "a b"]) == {"a/b": "film_strip_a-b", "a b": "film_strip_a-b-2"}


def test_of_the_dataset_only_labels_are_asked_for() -> None:
    (study,) = studies("model=trn")
    bare = without_clips(study)
    assert not bare.dataset.videos and bare.dataset.clip_paths("train") is None
    assert bare.video_step.label == study.video_step.label and study.dataset.videos


def test_wandb_is_given_a_clip_that_it_plays(dataset_root, tmp_path) -> None:
    pytest.importorskip("wandb")
    from playfair.report.wandb_media import playable_video

    webm = dataset_root / VIDEOS.split("/")[-1] / "3.webm"
    assert playable_video(webm)._path == str(webm)
    part = playable_video(Segment(webm, 0.5, 1.5))
    assert part._path != str(webm) and len(decode(part._path)) == 12
    (tmp_path / "text.avi").write_text("no video")
    assert playable_video(tmp_path / "text.avi") is None and playable_video(None) is None
