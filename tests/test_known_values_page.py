"""docs/known_values.md says what is: numbers of the generative model, commands, code."""

import re
import shlex

import pytest

from playfair.datasets.events import clip, happenings, looks, plan
from tests.conftest import ROOT, studies

PAGE = (ROOT / "docs" / "known_values.md").read_text(encoding="utf-8")
TYPED = [
    shlex.split(line, comments=True)
    for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
COMMANDS = [words[2:] for words in TYPED if words[:2] == ["python", "run.py"]]


@pytest.mark.parametrize("typed", COMMANDS, ids=" ".join)
def test_the_commands_name_studies_of_known_values(typed: list[str]) -> None:
    named = studies(*typed)
    assert [*dict.fromkeys(study.name for study in named)] == ["tsn", "trn"]
    for study in named:
        assert study.dataset.name == "known_values"
        with_videos = "dataset=known_values" in typed
        assert study.has_videos == with_videos
        assert study.dataset.config["write"]["n_train"] == (2000 if with_videos else 4000)


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    n_paths = len(happenings.paths().states)
    assert f"runs over {n_paths:,} sequences of states" in text
    assert f"turned over with probability .{round(100 * looks.FLIP)}" in text
    assert f"this token with probability .{round(100 * happenings.IN_TOKEN)}" in text
    assert f"each other token with .{round(100 * happenings.STRAY):02}" in text
    assert f"silence with .{round(100 * happenings.IN_SILENCE)}" in text
    assert f"silence with .{round(100 * (1 - 4 * happenings.STRAY))}" in text
    prior = ", ".join(f".{round(10 * p)}" for p in plan.PRIOR)
    assert f"p(c) = {prior} in both splits" in text
    first, second = (
        ", ".join(f".{round(10 * p)}" for p in lengths.values()) for lengths in happenings.LENGTHS
    )
    assert f"with probability {first} in the first pair and {second} in the second" in text
    holds = " or ".join(
        ", ".join(f".{round(10 * p)}" for p in of_pair) for of_pair in clip.HOLD_PROBABILITIES
    )
    assert f"({holds})" in text
    assert happenings.SECOND == 1 / 2 and happenings.AGAIN == 1 / 3
    for name, tokens in zip(happenings.CLASS_NAMES[:2], happenings.TOKENS, strict=False):
        assert f'"{name}"' in text and str(tokens) in text


def test_the_code_of_the_page_runs(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "known_values.md", "exec"), {})
    assert capsys.readouterr().out == "(8, 4) True\n"
