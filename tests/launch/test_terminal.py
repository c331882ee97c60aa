"""What the terminal says first, and that terminals of any encoding take it."""

import io
import sys
from functools import cache
from types import SimpleNamespace

import pytest
from hydra import compose, initialize_config_dir

from playfair.launch import announcement, terminal
from tests.conftest import ROOT, run_py, studies

LETTERS = "ESVs’ sum − prior … ≤ 5 × 10, Σφ, “данные” €"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", LETTERS),
        ("latin-1", "ESVs' sum - prior ... <= 5 × 10, sumphi, "),
        ("ascii", "ESVs' sum - prior ... <= 5 x 10, sumphi, "),
        ("cp1252", "ESVs’ sum - prior … <= 5 × 10, sumphi, “"),
    ],
)
def test_every_letter_is_shown_in_any_encoding(
    monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    terminal.speak_any_encoding()
    print(LETTERS, flush=True)
    assert raw.getvalue().decode(encoding).startswith(shown)


def test_a_path_that_the_terminals_encoding_has_not_is_answered(tmp_path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run_py("experiment=status", "paths.outputs=данные", cwd=tmp_path, **plain)
    assert done.returncode == 2 and "Type export LC_ALL=C.UTF-8" in done.stderr
    assert "Traceback" not in done.stderr and not list(tmp_path.iterdir())


@pytest.mark.parametrize("typed", [[], ["--help"], ["experiment=nothing"]])
def test_a_terminal_of_another_encoding_is_answered(tmp_path, typed: list[str]) -> None:
    done = run_py(*typed, cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == (2 if "experiment=nothing" in typed else 0), done.stderr
    assert "Traceback" not in done.stderr and (done.stdout + done.stderr).isascii()


def test_columns_lie_below_each_other_and_what_is_long_has_its_own_line(capsys) -> None:
    rows = [("a=1", "one two"), ("b" * 60, "three"), ("c", "four\nfive")]
    terminal.two_columns(terminal.console(width=14), rows)
    # a meaning is never narrower than 20 letters
    assert capsys.readouterr().out.splitlines() == [
        "  a=1  one two",
        "  " + "b" * 60,
        "       three",
        "  c    four",
        "       five",
    ]


@cache
def cfg(*typed: str):  # type: ignore[no-untyped-def]
    """As it is composed, once; only to be read."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", overrides=list(typed))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            ["experiment=esv"],
            "TRN on the validation clips of synthetic, 8 frames, exact values, seed 0.",
        ),
        (
            ["experiment=support", "seeds=3", "n_frames=1", "trainer.devices=2", "split=test"],
            "TSN and TRN on the test clips of synthetic, 1 frame, exact values, seeds 0 to 2, "
            "trainer.devices=2.",
        ),
        (
            ["experiment=esv", "estimator=sampled", "seed=4"],
            "TRN on the validation clips of synthetic, 8 frames, estimates from 1000 evaluations, "
            "seed 4.",
        ),
        (
            ["experiment=length", "model=trn"],
            "TRN on the validation clips of synthetic, 1 to 16 frames, exact values, seed 0.",
        ),
        (
            ["experiment=approximation", "model=trn"],
            "TRN on the validation clips of synthetic, 8 to 32 frames, exact values, seed 0.",
        ),
        (
            ["experiment=extract"],
            "TRN on the validation clips of synthetic, exact values, seed 0.",
        ),
    ],
)
def test_what_it_is_done_with_is_said_in_a_sentence(typed: list[str], said: str) -> None:
    assert announcement.settings(cfg(*typed)) == said


@pytest.mark.parametrize(
    ("experiment", "remark"),
    [
        ("esv", ""),
        ("length", "n_frames is not read by experiment=length: type experiment.lengths=[…]."),
        (
            "approximation",
            "n_frames is not read by experiment=approximation: type experiment.frames=[…].",
        ),
        ("extract", "n_frames is not read by experiment=extract."),
    ],
)
def test_who_types_n_frames_where_nothing_reads_it_is_told(experiment: str, remark: str) -> None:
    typed = f"experiment={experiment}"
    assert announcement.unread(cfg(typed), [typed, "n_frames=4"]) == remark
    assert announcement.unread(cfg(typed), [typed]) == ""


def test_of_a_clip_that_is_named_no_split_is_told() -> None:
    said = announcement.settings(cfg("experiment=clip", "clip=a.mp4"))
    assert said == "TRN on what clip= names, 8 frames, exact values, seed 0."


def test_what_will_be_done_is_what_the_list_of_experiments_says() -> None:
    assert announcement.intent(cfg("experiment=esv")) == (
        "esv: Compute the Element Shapley Values of the validation split, for all classes."
    )


@pytest.mark.parametrize(
    ("experiment", "lengths", "steps"),
    [
        ("esv", [8], ["decoded clips", "training from video", "features", "heads", "ESVs at 8 frames"]),
        ("train", [8], ["decoded clips", "training from video", "features", "heads"]),
        ("extract", [8], ["decoded clips", "training from video", "features"]),
        ("length", [1, 4], ["decoded clips", "training from video", "features", "heads", "ESVs at 2 lengths"]),
    ],
)  # fmt: skip
def test_the_steps_are_those_that_an_experiment_asks_for(
    tmp_path, experiment: str, lengths: list[int], steps: list[str]
) -> None:
    typed = [f"experiment={experiment}", "model=trn", f"paths.outputs={tmp_path}"]
    (study,) = studies(*typed)
    stock = announcement.stock_of(study, announcement.LAST.get(experiment, "esvs"), lengths)
    assert stock == dict.fromkeys(steps, False)


def test_what_is_there_is_told_from_what_is_to_be_made(explained, monkeypatch, capsys) -> None:
    monkeypatch.chdir(explained.folder)
    from tests.conftest import TINY

    for n_frames, said in ((4, "ESVs at 4 frames: there already."), (2, "ESVs at 2 frames.")):
        typed = ["experiment=esv", "model=both", *TINY, f"n_frames={n_frames}"]
        announcement.print_stock(cfg(*typed), studies(*typed))
        shown = " ".join(capsys.readouterr().out.split())
        assert f"TRN: {said}" in shown or f"heads; to be made: {said}" in shown
        assert "TSN: " in shown


def test_features_of_one_split_are_not_all_features(tmp_path, monkeypatch) -> None:
    (study,) = studies("experiment=esv", "model=trn", f"paths.outputs={tmp_path}")
    monkeypatch.setattr(announcement, "_is_there", lambda step, _: "train" in step.label)
    assert not announcement.stock_of(study, "esvs", [8])["features"]


def test_the_lengths_of_an_experiment_are_counted() -> None:
    assert announcement.lengths_of(cfg("experiment=length", "experiment.lengths=[4,1]")) == [1, 4]
    assert announcement.lengths_of(cfg("experiment=esv", "n_frames=5")) == [5]


def test_more_models_and_seeds_than_lines_are_counted(capsys, monkeypatch) -> None:
    monkeypatch.setattr(announcement, "stock_of", lambda *_: {"features": True})
    many = [SimpleNamespace(name="trn", seed=seed) for seed in range(announcement.MOST_LINES + 2)]
    announcement.print_stock(cfg("experiment=esv"), many)  # type: ignore[arg-type]
    shown = capsys.readouterr().out
    assert "TRN, seed 0: features: there already." in shown and "… and 2 more." in shown


def test_nothing_is_said_to_be_made_where_nothing_is_trained(capsys) -> None:
    """`experiment=clip` takes weights that are there, or says how to train them."""
    announcement.print_stock(cfg("experiment=clip", "clip=FILE"), studies("model=trn"))
    assert capsys.readouterr().out == ""
