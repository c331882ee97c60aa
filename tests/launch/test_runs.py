"""The index of all runs, and the link to the last."""

import json
import os
import re
from copy import deepcopy
from pathlib import Path
from urllib.parse import unquote

import pytest
from hydra import compose, initialize_config_dir

from playfair.launch import runs
from playfair.result import Result
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def composed():  # type: ignore[no-untyped-def]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", overrides=["experiment=esv", "command='playfair <b>'"])


@pytest.fixture
def cfg(composed, tmp_path: Path):  # type: ignore[no-untyped-def]
    own = deepcopy(composed)
    own.paths.outputs = str(tmp_path)
    return own


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "synthetic" / "runs"


def ended(folder: Path, cfg, *findings: str) -> None:  # type: ignore[no-untyped-def]
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("report")
    runs.tell(Result("Title & more", "", findings), folder, cfg)


def test_latest_leads_to_the_last_run_that_answered(folder: Path, cfg, capsys) -> None:
    for name in ("esv_a", "esv_b"):
        ended(folder / name, cfg)
        assert (folder / "latest").resolve() == (folder / name).resolve()
    assert os.readlink(folder / "latest") == "esv_b", "the outputs may be moved"
    assert f"All runs: {folder / 'index.html'}" in capsys.readouterr().out


def test_of_a_point_latest_is_the_sweep(folder: Path, cfg) -> None:
    ended(folder / "esv_sweep" / "n_frames=4", cfg)
    assert os.readlink(folder / "latest") == "esv_sweep"


def test_what_somebody_has_put_there_is_left(folder: Path, cfg) -> None:
    (folder / "latest").mkdir(parents=True)
    ended(folder / "esv_a", cfg)
    assert not (folder / "latest").is_symlink()


def test_the_index_has_every_run_the_last_first_with_links_that_lead_there(
    folder: Path, cfg
) -> None:
    ended(folder / "esv a#1", cfg, "A < B.", "C.", "D.", "E.")
    ended(folder / "esv_b", cfg)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.index("esv_b/report.html") < page.index("esv%20a%231/report.html")
    assert "A &lt; B." in page and "D." in page and "E." not in page
    assert "… and 1 more in the report" in page
    assert "Title &amp; more" in page and "playfair &lt;b&gt;" in page
    assert "TRN on the validation clips of synthetic, 8 frames" in page
    assert "esv_b/report.html" in page and "latest/report.html" in page


def links(folder: Path) -> list[Path]:
    """What the index leads to."""
    page = (folder / "index.html").read_text(encoding="utf-8")
    return [folder / unquote(link) for link in re.findall('href="([^"]+)"', page)]


def test_points_of_a_sweep_stand_together_by_what_sets_them_apart(folder: Path, cfg) -> None:
    sweep = folder / "esv_sweep"
    typed = {f"long-{n}": ["seed=0", f"n_frames={n}"] for n in (2, 4, 99)}
    points = [{"folder": str(sweep / name), "typed": words} for name, words in typed.items()]
    for name in ("long-2", "long-4"):
        ended(sweep / name, cfg, f"Found at {name}.")
    (sweep / "sweep.json").write_text(json.dumps({"points": points}))
    runs.list_again(sweep)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count("<article>") == 1
    assert "A sweep of 2 points that answered; 1 that has not." in page
    assert ">n_frames=4</a>" in page and "Found at long-4." in page
    assert "sweep.html" not in page and all(link.is_file() for link in links(folder))


def test_a_sweep_that_has_ended_is_the_last_by_its_own_page(folder: Path, cfg) -> None:
    sweep = folder / "esv_sweep"
    ended(sweep / "n_frames=2", cfg)
    (sweep / "sweep.html").touch()
    runs.list_again(sweep)
    assert links(folder)[:2] == [folder / "latest/sweep.html", sweep / "sweep.html"]
    assert all(link.is_file() for link in links(folder))


@pytest.mark.parametrize("text", ["{", "[]", '{"points": [3]}', '{"points": [{"folder": 3}]}'])
def test_a_damaged_list_of_points_costs_no_index(folder: Path, cfg, text: str) -> None:
    (folder / "esv_sweep").mkdir(parents=True)
    (folder / "esv_sweep" / "sweep.json").write_text(text)
    ended(folder / "esv_sweep" / "n_frames=2", cfg)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert ">n_frames=2</a>" in page and "has not" not in page


def test_runs_that_did_not_answer_are_not_listed(folder: Path, cfg) -> None:
    (folder / "esv_killed" / ".hydra").mkdir(parents=True)
    ended(folder / "esv_a", cfg)
    assert [run.folder for run in runs.found(folder)] == ["esv_a"]


@pytest.mark.parametrize(
    "text", [None, "{", "[]", '{"experiment": "x"}', '{"findings": 3}', "[" * 10**5]
)
def test_a_run_that_does_not_say_what_it_was_is_listed_by_its_name(
    folder: Path, cfg, text: str | None
) -> None:
    ended(folder / "position_2026-01-01", cfg)
    about = folder / "position_2026-01-01" / "about.json"
    about.unlink() if text is None else about.write_text(text)
    (run,) = runs.found(folder)
    assert (run.folder, run.experiment, run.findings) == ("position_2026-01-01", "position", ())


def test_a_folder_of_ones_own_is_not_put_among_them(
    tmp_path: Path, folder: Path, cfg, capsys
) -> None:
    ended(tmp_path / "elsewhere", cfg)
    assert not folder.exists() and "All runs" not in capsys.readouterr().out
    assert not (tmp_path / "elsewhere" / "about.json").exists()


def test_an_index_that_cannot_be_written_costs_no_answer(folder: Path, cfg, capsys, caplog) -> None:
    (folder / "index.html").mkdir(parents=True)
    ended(folder / "esv_a", cfg)
    assert "Saved to" in capsys.readouterr().out
    assert "is not brought up to date" in caplog.text
    assert json.loads((folder / "esv_a" / "about.json").read_text())["experiment"] == "esv"
