"""Clips whose values are known: by the definition, in the file, and in the pictures."""

import json
from itertools import combinations
from math import comb

import numpy as np
import pytest
import torch

from playfair.attribution.pixel_change import pixel_change
from playfair.datasets.claim import UnwritableError
from playfair.datasets.dataset import DatasetError
from playfair.datasets.events import happenings, looks
from playfair.datasets.events.clip import EventClip, draw_clip
from playfair.datasets.events.plan import PRIOR, plan_events
from playfair.datasets.events.posterior import (
    TooManyFramesError,
    divergences,
    posteriors,
    shapley_values,
)
from playfair.datasets.events.rendering import pictures, read_back
from playfair.datasets.events.truth import KnownValuesError, truth_of
from playfair.datasets.known_values import KnownValues, open_dataset, video_of, write
from playfair.shapley import explain_game
from playfair.shapley.mask_game import MaskGame
from playfair.video.reader import decode

SMALL = {"n_train": 20, "n_validation": 20, "size": 64, "progress": False, "workers": 1}
WEIGHTS = np.array(PRIOR)


@pytest.fixture(scope="session")
def known(make_once) -> KnownValues:
    return open_dataset(make_once("known_values", lambda folder: write(folder, **SMALL)))


@pytest.fixture(scope="module")
def clips() -> list[tuple[int, EventClip, happenings.Happening]]:
    return [
        (plan.label, *draw_clip(plan.label, plan.seed))
        for plan in plan_events("validation", 400, seed=0, first_uid=1)
    ]


@pytest.fixture(scope="module")
def tables(clips) -> np.ndarray:
    """(clip, coalition, class)."""
    return np.stack([posteriors(clip.signs, np.arange(8), WEIGHTS) for _, clip, _ in clips])


@pytest.fixture(scope="module")
def truth(clips, tables) -> np.ndarray:
    """The true class's values: (clip, moment)."""
    return np.stack(
        [shapley_values(table)[:, clip[0]] for clip, table in zip(clips, tables, strict=True)]
    )


# The generative model once more, from docs/known_values.md and nothing else.


def word(row: int) -> np.ndarray:
    """A Walsh function."""
    return np.array([(-1) ** bin(row & cell).count("1") for cell in range(16)])


def frame_probability(signs: np.ndarray, moment: int, state: int) -> float:
    """p(x | state), the sum over what may be shown."""
    total = 0.0
    for look in range(7):
        is_token = look < 4
        if state == 4:
            p_look = 0.03 if is_token else 0.88 / 3
        elif look == state:
            p_look = 0.68
        else:
            p_look = 0.03 if is_token else 0.23 / 3
        flipped = int((word(1 + 2 * look + moment % 2) != signs).sum())
        total += p_look * 0.12**flipped * 0.88 ** (16 - flipped)
    return total


def placements(label: int) -> list[tuple[float, list[int]]]:
    """Every placement of a main and a second event, each by itself."""
    tokens = [(0, 1), (1, 0), (2, 3), (3, 2)]
    lengths = {3: 0.1, 4: 0.2, 5: 0.3, 6: 0.4} if label < 2 else {3: 0.4, 4: 0.3, 5: 0.2, 6: 0.1}
    cases = []
    for length, p_length in lengths.items():
        for start in range(1 - length, 8):
            for half in (length // 2, (length + 1) // 2):
                p_main = p_length / (7 + length) / 2
                states = [4] * 8
                for moment in range(8):
                    if 0 <= moment - start < length:
                        states[moment] = tokens[label][0 if moment - start < half else 1]
                free = [i for i in range(7) if i + 2 <= start or i >= start + length]
                if not free:
                    cases.append((p_main, states))
                    continue
                cases.append((p_main * 0.5, states))
                for other in range(4):
                    p_other = 1 / 3 if other == label else 2 / 9
                    for i in free:
                        both = [*states[:i], *tokens[other], *states[i + 2 :]]
                        cases.append((p_main * 0.5 * p_other / len(free), both))
    return cases


CASES = [
    (
        np.array([weight for weight, _ in placements(label)]),
        np.array([states for _, states in placements(label)]),
    )
    for label in range(4)
]


def posterior_by_definition(signs: np.ndarray, kept: tuple[int, ...]) -> np.ndarray:
    joint = []
    for label, (weights, states) in enumerate(CASES):
        likelihood = np.ones(len(weights))
        for moment in kept:
            of_states = [frame_probability(signs[moment], moment, state) for state in range(5)]
            likelihood = likelihood * np.array(of_states)[states[:, moment]]
        joint.append(WEIGHTS[label] * (weights * likelihood).sum())
    return np.array(joint) / sum(joint)


def test_all_that_may_happen_has_the_probability_1() -> None:
    for weights, _ in CASES:
        assert weights.sum() == pytest.approx(1)


# the enumeration takes a second for each; one clip runs every line
@pytest.mark.parametrize("index", [0, pytest.param(7, marks=pytest.mark.slow)])
def test_the_values_are_those_of_the_definition_by_the_engine_and_by_hand(clips, index) -> None:
    """Closed form and engine against enumeration and the formula: nothing is shared."""
    _, clip, _ = clips[index]
    table = posteriors(clip.signs, np.arange(8), WEIGHTS)

    def score(inside: torch.Tensor) -> torch.Tensor:
        rows = (inside.long() << torch.arange(8)).sum(1)
        return torch.from_numpy(table)[rows]

    by_engine = explain_game(MaskGame(score, 8, torch.from_numpy(WEIGHTS))).esv[0].numpy()

    of_subsets = {
        kept: posterior_by_definition(clip.signs, kept) if kept else WEIGHTS
        for size in range(9)
        for kept in combinations(range(8), size)
    }
    by_hand = np.zeros((8, 4))
    for moment in range(8):
        others = [other for other in range(8) if other != moment]
        for size in range(8):
            for kept in combinations(others, size):
                joined = tuple(sorted((*kept, moment)))
                gain = of_subsets[joined] - of_subsets[kept]
                by_hand[moment] += gain / (8 * comb(7, size))
    np.testing.assert_allclose(by_engine, by_hand, atol=1e-10, rtol=0)
    np.testing.assert_allclose(truth_of(clip, WEIGHTS).esv, by_hand, atol=1e-10, rtol=0)
    np.testing.assert_allclose(truth_of(clip, WEIGHTS).score, of_subsets[tuple(range(8))])


def test_what_is_stored_is_what_the_clips_say(known) -> None:
    truths = known.truths()
    split = known.split("validation")
    assert list(truths) == split.uids.tolist()
    plans = plan_events("validation", 20, seed=0, first_uid=21)
    evidence = known.evidence()
    for plan, target in zip(plans, split.targets, strict=True):
        clip, happening = draw_clip(plan.label, plan.seed)
        stored, anew = truths[plan.uid], truth_of(clip, known.prior())
        assert target == plan.label and stored.hold == clip.hold
        assert np.array_equal(stored.signs, clip.signs)
        assert np.array_equal(stored.esv, anew.esv) and np.array_equal(stored.score, anew.score)
        np.testing.assert_allclose(stored.esv.sum(0), stored.score - known.prior(), atol=1e-12)
        start, stop = evidence[plan.uid]
        assert (start, stop) == (happening.start * clip.hold, happening.stop * clip.hold)
        own = {0: {0, 1}, 1: {0, 1}, 2: {2, 3}, 3: {2, 3}}[plan.label]
        inside = happening.states[happening.start : happening.stop]
        assert set(inside) <= own and 0 <= start < stop <= clip.n_frames


def test_the_posterior_of_the_encoded_clip_is_the_stored_one(known) -> None:
    largest = 0.0
    for uid, truth in known.truths().items():
        frames = decode(known.clip(uid), None, None)
        signs, moments = read_back(frames)
        assert moments.tolist() == (np.arange(len(frames)) // truth.hold).tolist()
        for shown in range(truth.hold):
            read = posteriors(signs[shown :: truth.hold], np.arange(8), known.prior())
            stored = truth.scores(np.arange(8) * truth.hold, known.prior())
            largest = max(largest, float(divergences(stored, read).max()))
    assert largest < 1e-3


def test_features_are_the_clips_as_the_published_code_stores_them(known) -> None:
    from playfair.steps.features_file import opened

    with opened(known.root / "features.hdf") as splits:
        for name, split in splits.items():
            assert split.uids == known.split(name).uids.tolist()
            assert split.labels["label"].tolist() == known.split(name).targets.tolist()
        for uid, rows in zip(split.uids, split.read(range(20)), strict=True):
            truth = known.truths()[uid]
            signs, moments = EventClip.read(rows)
            assert np.array_equal(signs[:: truth.hold], truth.signs)
            assert moments.tolist() == (np.arange(len(rows)) // truth.hold).tolist()


def test_no_moment_holds_a_trace_of_those_before_it(clips, tmp_path) -> None:
    one, other = (EventClip(clip.signs, clip.contrasts, 2) for _, clip, _ in clips[:2])
    signs = one.signs.copy()
    signs[0::2] = other.signs[0::2]
    mixed = EventClip(signs, one.contrasts, 2)
    decoded = []
    for name, clip in (("one", one), ("mixed", mixed)):
        path = tmp_path / f"{name}.webm"
        path.write_bytes(video_of(clip, 64))
        decoded.append(decode(path, None, None))
    of_odd_moments = np.arange(16) // 2 % 2 == 1
    assert np.array_equal(decoded[0][of_odd_moments], decoded[1][of_odd_moments])
    assert not np.array_equal(decoded[0], decoded[1])


def auroc(values: np.ndarray, positive: np.ndarray) -> float:
    from scipy.stats import rankdata

    ranks = rankdata(values.ravel())[positive.ravel()]
    n = len(ranks)
    return float((ranks.sum() - n * (n + 1) / 2) / (n * (positive.size - n)))


def test_norm_pixel_change_and_centre_say_nothing_of_what_decides(clips, truth) -> None:
    """Chance is an AUROC of .5; its standard error over 400 clips is .01 to .02."""
    inside = np.array([[h.start <= m < h.stop for m in range(8)] for _, _, h in clips])
    eight = [EventClip(clip.signs, clip.contrasts, 1) for _, clip, _ in clips]
    features = np.stack([clip.features() for clip in eight])
    shown = torch.from_numpy(np.stack([pictures(clip, 16) for clip in eight])).float()
    centre = np.tile(np.minimum(np.arange(8), np.arange(8)[::-1]), (len(clips), 1))
    candidates = {
        "feature norm": np.linalg.norm(features, axis=2),
        "pixel change": pixel_change(shown).numpy(),
        "brightness": shown.mean((2, 3, 4)).numpy(),
        "centre": centre,
    }
    targets = {
        "interval": inside,
        "evidence": truth > 0.05,
        "distractor": truth < -0.05,
        "silence": np.array([[s == happenings.NOTHING for s in h.states] for _, _, h in clips]),
    }
    for name, values in candidates.items():
        assert values.std() > 0, name
        for of, positive in targets.items():
            assert abs(auroc(values, positive) - 0.5) < 0.05, (name, of)
        assert abs(np.corrcoef(values.ravel(), truth.ravel())[0, 1]) < 0.06, name


def test_values_are_graded_and_signed_at_the_ends_as_in_the_middle(clips, tables, truth) -> None:
    distractors = truth < -0.05
    assert 0.08 < distractors.mean() < 0.3 and 0.2 < (truth > 0.05).mean() < 0.6
    assert np.quantile(np.abs(truth), 0.25) > 1e-3 and len(np.unique(truth.round(6))) > 2500
    size = np.abs(truth).mean(0)
    assert size[[0, 7]] == pytest.approx(size[1:7].mean(), rel=0.25)
    labels = np.array([label for label, _, _ in clips])
    rows = np.arange(len(clips))
    right = tables[:, -1].argmax(-1) == labels
    assert 0.6 < right.mean() < 0.8  # neither easy nor hopeless

    # another class's event misleads; the class's own again supports
    def mean_value_of_second_events(of_own: bool) -> float:
        values = []
        for (label, _, happening), of_clip in zip(clips, truth, strict=True):
            beside = [m for m in range(8) if not happening.start <= m < happening.stop]
            second = [m for m in beside if happening.states[m] != happenings.NOTHING]
            if second and (happening.states[second[0]] // 2 == label // 2) == of_own:
                values += of_clip[second].tolist()
        return float(np.mean(values))

    assert mean_value_of_second_events(False) < -0.02 < 0.02 < mean_value_of_second_events(True)

    # order alone tells twins apart: single frames hardly do
    twin = np.array(happenings.TWINS)[labels]
    alone = tables[:, 1 << np.arange(8)]
    gap_alone = alone[rows, :, labels] - alone[rows, :, twin]
    gap_whole = tables[rows, -1, labels] - tables[rows, -1, twin]
    assert gap_alone.mean() < 0.06 < 0.2 < gap_whole.mean()


def test_how_long_a_clip_is_depends_on_the_class_and_on_no_frame(clips) -> None:
    holds = np.array([clip.hold for _, clip, _ in clips])
    pair = np.array([label // 2 for label, _, _ in clips])
    assert holds[pair == 0].mean() - holds[pair == 1].mean() > 0.3
    _, clip, _ = clips[0]
    of_hold = [truth_of(EventClip(clip.signs, clip.contrasts, h), WEIGHTS).esv for h in (1, 3)]
    assert np.array_equal(*of_hold)


def test_other_numbers_of_frames_are_computed_anew_or_refused(clips) -> None:
    _, clip, _ = clips[3]
    truth = truth_of(EventClip(clip.signs, clip.contrasts, 2), WEIGHTS)
    four = truth.scores(np.array([2, 6, 10, 14]), WEIGHTS)
    expected = [
        posterior_by_definition(
            clip.signs, tuple(m for i, m in enumerate((1, 3, 5, 7)) if s >> i & 1)
        )
        for s in range(1, 16)
    ]
    np.testing.assert_allclose(four[1:], expected, atol=1e-12)
    # a frame that is there twice says no more, and both share its credit
    doubled = truth.scores(np.array([2, 3, 10]), WEIGHTS)
    np.testing.assert_array_equal(doubled[0b001], doubled[0b011])
    values = shapley_values(doubled)
    np.testing.assert_allclose(values[0], values[1], atol=1e-12)
    with pytest.raises(TooManyFramesError, match=r"true values of 16 frames .* type n_frames=8"):
        truth.scores(np.arange(16), WEIGHTS)


def test_a_folder_is_finished_and_never_mixed_with_another(tmp_path) -> None:
    options = {**SMALL, "videos": False}
    write(tmp_path / "a", **options)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "a").rglob("*")}
    write(tmp_path / "a", **options)
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "a").rglob("*")}
    values = tmp_path / "a" / "labels" / "known_values.json"
    content = values.read_bytes()
    values.unlink()
    with pytest.raises(DatasetError, match=r"known_values\.json"):
        open_dataset(tmp_path / "a", videos=False).identity()
    write(tmp_path / "a", **options)
    assert values.read_bytes() == content
    with pytest.raises(UnwritableError, match=r"seed=0 \(now 1\)"):
        write(tmp_path / "a", **{**options, "seed": 1})
    with pytest.raises(DatasetError, match="multiple of 16 pixels"):
        write(tmp_path / "b", **{**options, "size": 40})
    with pytest.raises(DatasetError, match="n_train of at least 20"):
        write(tmp_path / "b", **{**options, "n_train": 4})
    # videos are added to a folder without them
    write(tmp_path / "a", **SMALL)
    assert len(list((tmp_path / "a").rglob("*.webm"))) == 40 and values.read_bytes() == content


def test_other_values_are_another_dataset_and_damaged_ones_are_told(tmp_path) -> None:
    write(tmp_path, **SMALL, videos=False)
    file = tmp_path / "labels" / "known_values.json"
    identity = open_dataset(tmp_path, videos=False).identity()
    entries = json.loads(file.read_text())
    entries["21"]["esv"][0][0] += 1e-9
    file.write_text(json.dumps(entries))
    assert open_dataset(tmp_path, videos=False).identity() != identity
    entries["21"]["esv"] = [[0.0]]
    file.write_text(json.dumps(entries))
    with pytest.raises(KnownValuesError, match=r"known_values\.json: expected the true values"):
        open_dataset(tmp_path, videos=False).truths()


def test_looks_are_equally_far_from_each_other() -> None:
    words = looks.codewords().reshape(-1, 16)
    assert (words @ words.T == 16 * np.eye(14)).all() and (words.sum(1) == 0).all()
