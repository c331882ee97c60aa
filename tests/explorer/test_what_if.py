"""Frames are switched off: the scores of a clip's coalitions, asked of the process that has torch."""

import json
import shutil
import sys
import time
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from playfair.explorer import scoring, what_if
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.errors import NotThereError
from playfair.explorer.explained import open_explained
from playfair.explorer.scoring import Scoring
from playfair.explorer.what_if import answer, chosen_classes, clip_of_store
from playfair.steps.layout import Layout
from playfair.steps.store_game import OtherScoresError, scores_of_clip, why_no_model
from tests.explorer.conftest import CONFIGURATIONS, scene

N = 4


@pytest.fixture(scope="module")
def studied(tiny) -> Catalogue:
    """The explorer's catalogue of the tiny study: a TRN that was trained, and its ESVs."""
    return Catalogue(Layout(tiny.folder / "outputs"), Clips(CONFIGURATIONS, tiny.folder / "data"))


@pytest.fixture(scope="module")
def key(studied) -> str:
    return key_of_model(studied, "trn")


def clip_of(studied: Catalogue, key: str, *, backwards: bool = False, row: int = 3):
    entry = studied.contents().entry(key)
    store = open_explained(entry)
    clip = store.clip(str(store.uids[row]))
    names = tuple(store.class_names)
    return clip, clip_of_store(studied, entry, clip, names, backwards=backwards)


def shapley(table: np.ndarray) -> np.ndarray:
    """By the definition, from the scores (coalition, class): (element, class)."""
    n = int(np.log2(len(table)))
    esv = np.zeros((n, table.shape[1]))
    factorial = [1]
    for i in range(1, n + 1):
        factorial.append(factorial[-1] * i)
    for i in range(n):
        for mask in range(2**n):
            if not mask >> i & 1:
                size = mask.bit_count()
                weight = factorial[size] * factorial[n - size - 1] / factorial[n]
                esv[i] += weight * (table[mask | 1 << i] - table[mask])
    return esv


@pytest.mark.parametrize("model", ["trn", "tsn"])
def test_the_esvs_of_a_store_are_those_of_the_scores_that_are_asked_for(studied, model) -> None:
    clip, asked = clip_of(studied, key_of_model(studied, model))
    table = scores_of_clip(asked, None)
    np.testing.assert_allclose(table[0], clip.prior, atol=1e-6)
    np.testing.assert_allclose(table[-1], clip.score, atol=1e-6)
    np.testing.assert_allclose(shapley(table), clip.esv, atol=1e-5)
    some = np.array([[0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1]], bool)
    np.testing.assert_allclose(scores_of_clip(asked, some), table[[0, 5, 14]], atol=1e-6)


def test_order_counts_for_trn_alone_where_a_clip_is_played_backwards(studied) -> None:
    for model, is_blind in (("tsn", True), ("trn", False)):
        key = key_of_model(studied, model)
        forwards = scores_of_clip(clip_of(studied, key)[1], None)
        backwards = scores_of_clip(clip_of(studied, key, backwards=True)[1], None)
        # element 0 is shown first: the last frame of the clip
        np.testing.assert_allclose(backwards[1], forwards[8], atol=1e-6)
        assert np.allclose(backwards[-1], forwards[-1], atol=1e-6) == is_blind


def test_another_model_than_the_one_explained_is_told(studied, key) -> None:
    clip, asked = clip_of(studied, key)
    other = asked.__class__(**{**vars(asked), "score": clip.score[::-1].copy()})
    with pytest.raises(OtherScoresError, match="not the model, or not the clip"):
        scores_of_clip(other, None)


def key_of_model(studied: Catalogue, model: str) -> str:
    entries = studied.contents().entries.values()
    return next(entry.key for entry in entries if (entry.model, entry.n_frames) == (model, N))


@pytest.mark.parametrize(("missing", "said"), [("heads", "weights"), ("features", "features")])
def test_without_weights_or_features_it_is_said_what_is_not_there(
    studied, key, tmp_path: Path, missing: str, said: str
) -> None:
    copy = shutil.copytree(
        studied.outputs, tmp_path / "outputs", ignore=shutil.ignore_patterns("runs", missing)
    )
    entry = studied.contents().entry(key)
    why = why_no_model(copy / key.split("/")[0] / "esvs" / entry.folder.name, entry.made_from)
    assert why.startswith(f"Its {said} (synthetic/{missing}/…-") and "only its ESVs" in why
    assert why_no_model(entry.folder, entry.made_from) == ""


def test_the_page_of_a_store_without_weights_says_so_and_shows_the_rest(catalogue) -> None:
    from playfair.explorer.clip_page import content
    from playfair.explorer.markup import markup

    text = markup(content(scene(catalogue, uid="20"), catalogue))
    assert "Frames cannot be switched off here. Its weights (synthetic/heads/…-" in text
    assert "python run.py experiment=train dataset=synthetic model=trn n_frames=4" in text
    assert "data-scores" not in text and 'data-figure="' in text
    said = answer(catalogue, Scoring(), scene(catalogue).entry.key, "20")
    assert said["state"] == "failed" and "weights" in said["why"]


ASK = """
import json, sys
from pathlib import Path
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.server import build
from playfair.steps.layout import Layout
from tests.explorer import sockets
from tests.explorer.conftest import view_address

outputs, key, uid, *more = sys.argv[1:]
catalogue = Catalogue(Layout(Path(outputs)), Clips(Path(outputs), Path(outputs)))
client = build(catalogue).test_client()
for sent in ({}, {"masks": "1111,0111"}, {"masks": "11"}):
    for _ in range(200):
        said = client.post(f"/scores/{key}/{uid}?classes=1", data=sent).json
        if said["state"] in ("ready", "failed"):
            break
    print(json.dumps(said))
children = "".join(file.read_text() for file in Path("/proc/self/task").glob("*/children"))
own, listening = sockets.of_process(int(children))
assert own and not own & listening, "the models' process listens"
for one in catalogue.contents().entries:
    for page in ("start", "clip", "population&cell=0,0"):
        search = f"?esvs={one}&page={page}"
        answer = client.get(view_address(search))
        assert b"cannot be shown" not in answer.data, answer.data
assert client.get("/export.html" + search).status_code == 200
assert client.get("/export.csv" + search).status_code == 200
assert "torch" not in sys.modules, "the page's process has torch"
"""


def test_scores_come_from_a_process_that_listens_nowhere_and_the_pages_has_no_torch(
    studied, key
) -> None:
    import subprocess

    clip, asked = clip_of(studied, key)
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(studied.outputs), key, clip.uid],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    whole, some, wrong = map(json.loads, done.stdout.splitlines())
    table = scores_of_clip(asked, None)
    sent = np.frombuffer(b64decode(whole["scores"]), "<f4").reshape(2**N, -1)
    np.testing.assert_array_equal(sent, table[:, whole["classes"]])
    assert whole["names"][0] == asked.class_names[0]
    two = np.frombuffer(b64decode(some["scores"]), "<f4").reshape(2, -1)
    np.testing.assert_allclose(two, table[[15, 14]], atol=1e-6)
    assert some["masks"] == ["1111", "0111"]
    assert "Expected up to 256 masks of 4 letters 0 and 1" in wrong["why"]


def test_of_many_scores_those_are_sent_that_are_ever_foremost() -> None:
    scores = np.zeros((2**10, 200), np.float32)
    scores[:, 7] = 0.5
    scores[3, 150] = 0.9
    whole = np.zeros(200)
    whole[:12] = np.arange(12)
    assert chosen_classes(scores, whole, (199, -1)) == [*range(2, 12), 150, 199]
    assert chosen_classes(scores[:4], whole, ()) == list(range(200))


def test_of_long_clips_no_table_is_made(catalogue) -> None:
    with pytest.raises(NotThereError, match="scored of up to 16 elements"):
        what_if._inside((), 17)
    assert what_if._inside(("1" * 17,), 17).shape == (1, 17)


class Slow:
    """A process that answers with one score when it is let, and dies of "die"."""

    made = 0
    let = True

    def __init__(self) -> None:
        Slow.made += 1
        self.alive = True

    def lives(self) -> bool:
        return self.alive

    def answer(self, question, is_heeded):
        while not Slow.let:
            if not is_heeded():
                return None
            time.sleep(0.005)
        if question.clip.uid == "die":
            self.alive = False
            return scoring.Answer(None, "The process that has the models ended with code -9.")
        return scoring.Answer(np.zeros((2, 1000), np.float32))

    def end(self) -> None:
        self.alive = False


class Named:
    """As much of a clip as is asked here."""

    backwards = False
    store = Path("store")

    def __init__(self, uid: str) -> None:
        self.uid = uid


@pytest.fixture
def slow(monkeypatch) -> type[Slow]:
    monkeypatch.setattr(scoring, "ModelProcess", Slow)
    monkeypatch.setattr(scoring, "UNHEEDED_SECONDS", 0.05)
    Slow.made, Slow.let = 0, True
    return Slow


def test_a_process_that_died_is_told_and_another_one_started(slow) -> None:
    asked = Scoring()
    first = asked.asked(Named("die"), None, 0)
    assert first.done.wait(5) and first.state == "failed" and "code -9" in first.why
    again = asked.asked(Named("a"), None, 0)
    assert again.done.wait(5) and again.state == "ready" and slow.made == 2


def test_what_nobody_waits_for_makes_room(slow) -> None:
    slow.let = False
    asked = Scoring()
    left = asked.asked(Named("left"), None, 0)
    next_one = asked.asked(Named("next"), None, 0)
    assert left.done.wait(5) and left.why == "It was not waited for."
    slow.let = True
    assert next_one.done.wait(5) and next_one.state == "ready"


def test_no_more_is_kept_or_awaited_than_a_bound_of_scores(slow) -> None:
    asked = Scoring(most_bytes=20_000)
    for uid in "abc":
        assert asked.asked(Named(uid), None, 0).done.wait(5)
    assert [key[2] for key in asked.all] == ["b", "c"]
    slow.let = False
    for i in range(scoring.MOST_WAITING + 1):
        asked.asked(Named(f"n{i}"), None, 0)
        time.sleep(0.01 if i == 0 else 0)
    with pytest.raises(NotThereError, match="ask again in a moment"):
        asked.asked(Named("one more"), None, 0)
    slow.let = True


def test_a_store_that_is_written_again_is_asked_again(slow) -> None:
    asked = Scoring()
    before = asked.asked(Named("a"), None, (1, 1))
    assert before.done.wait(5) and asked.asked(Named("a"), None, (1, 1)) is before
    assert asked.asked(Named("a"), None, (2, 1)) is not before
