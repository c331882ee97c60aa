"""docs/esv.md's clip to play with, in a real browser: its scores are the model's, its ESVs the definition's."""

import json
import re
from math import factorial

import pytest

from tests.conftest import ROOT
from tests.in_chromium import NEEDS_BROWSER, opened

pytestmark = [NEEDS_BROWSER, pytest.mark.whole]
PLAY = ROOT / "docs" / "play"
CLIP = json.loads(re.search(r"ONE_CLIP = (\{.*\});", (PLAY / "one_clip.js").read_text())[1])
N = len(CLIP["frames"])
ALL = 2**N - 1


def esv(scores: list[float], frame: int) -> float:
    """By the weights of Shapley (1953), over all coalitions without the frame."""
    total = 0.0
    for coalition in range(2**N):
        if not coalition >> frame & 1:
            size = coalition.bit_count()
            weight = factorial(size) * factorial(N - size - 1) / factorial(N)
            total += weight * (scores[coalition | 1 << frame] - scores[coalition])
    return total


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("+", ""))


def score_of(page) -> float:
    return number(page.locator(".esv-score").inner_text().rpartition(" ")[2])


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """The part that plays, alone."""
    [part] = re.findall(
        r'<div id="esv-game".*</script>', (PLAY.parent / "esv.md").read_text(), re.S
    )
    file = tmp_path_factory.mktemp("esv") / "index.html"
    text = part.replace('"../play/', f'"{PLAY.as_uri()}/')
    file.write_text(f"<!doctype html><meta charset=utf-8>{text}", encoding="utf-8")
    return opened(browser, file.as_uri())


@pytest.fixture(autouse=True)
def anew(page) -> None:
    page.reload()


@pytest.mark.parametrize("model", ["trn", "tsn"])
def test_the_esvs_are_those_of_brute_force_and_sum_to_score_minus_prior(page, model: str) -> None:
    page.get_by_label(model.upper()).check()
    scores = CLIP["scores"][model]
    assert len(scores) == 2**N and page.faults == []
    true = [esv(scores, frame) for frame in range(N)]
    assert sum(true) == pytest.approx(scores[ALL] - scores[0])
    said = [number(text) for text in page.locator(".esv-value").all_inner_texts()]
    assert said == [pytest.approx(value, abs=0.00501) for value in true]
    bars = page.locator(".esv-bar i").evaluate_all("bars => bars.map(bar => bar.className)")
    assert bars == ["supporting" if value >= 0 else "distracting" for value in true]
    words = page.locator(".esv-said").inner_text()
    assert f"sum to {sum(true):+.2f}:" in words
    assert f"{scores[0]:.2f} (the class's share" in words and f"to {scores[ALL]:.2f} with" in words


def test_a_frame_that_is_switched_off_moves_the_score_to_the_models_own(page) -> None:
    scores = CLIP["scores"]["trn"]
    frames = page.locator(".esv-frame")
    inside = ALL
    assert score_of(page) == pytest.approx(scores[ALL], abs=0.00501)
    for frame in (4, 0, 7, 4):
        said = frames.nth(frame).get_attribute("aria-label")
        change = scores[inside ^ 1 << frame] - scores[inside]
        assert number(re.search(r"by (\S+)$", said)[1]) == pytest.approx(change, abs=0.00501)
        frames.nth(frame).click()
        inside ^= 1 << frame
        assert score_of(page) == pytest.approx(scores[inside], abs=0.00501)
        pressed = frames.nth(frame).get_attribute("aria-pressed")
        assert pressed == str(bool(inside >> frame & 1)).lower()
    assert "sees 6 frames" in page.locator(".esv-score").inner_text()


def test_no_frame_leaves_the_prior_and_all_frames_come_back(page) -> None:
    scores = CLIP["scores"]["trn"]
    page.get_by_role("button", name="No frame").click()
    assert score_of(page) == pytest.approx(scores[0], abs=0.00501)
    page.locator(".esv-frame").first.click()
    assert "sees 1 frame:" in page.locator(".esv-score").inner_text()
    page.get_by_role("button", name="Turn over").click()
    assert score_of(page) == pytest.approx(scores[ALL ^ 1], abs=0.00501)
    page.get_by_role("button", name="All frames").click()
    assert score_of(page) == pytest.approx(scores[ALL], abs=0.00501)


def test_it_is_played_by_the_keys_alone(page) -> None:
    page.keyboard.press("Tab")  # the model that is chosen
    page.keyboard.press("ArrowRight")
    assert page.locator(".esv-score").inner_text().startswith("TSN")
    for _ in range(4):  # three buttons, and the first frame
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator(".esv-frame").first.get_attribute("aria-pressed") == "false"
    assert score_of(page) == pytest.approx(CLIP["scores"]["tsn"][ALL ^ 1], abs=0.00501)


def test_the_page_says_the_numbers_of_its_clip() -> None:
    words = " ".join((PLAY.parent / "esv.md").read_text(encoding="utf-8").split())
    assert f"*{CLIP['class']}*, with a score of {CLIP['scores']['trn'][ALL]:.2f}" in words
