"""Is the dataset's folder whole?

Reads the folder and nothing of any model; with full=true decodes every clip in processes and keeps what it learns in
examined.jsonl beside the dataset's artefacts, so that it goes on where it was cut short. Expected: no problem.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from playfair.datasets.doctor.diagnosis import (
    Finding,
    diagnose,
    examined_findings,
    labels_of,
    split_ids,
)
from playfair.datasets.doctor.examination import Examined, examine, examine_all
from playfair.datasets.doctor.inventory import Inventory, take_inventory
from playfair.report.figures.contact_sheet import Contact, contact_sheet
from playfair.result import Result
from playfair.steps.study import Study
from playfair.video.reader import VideoError, sample_frames

log = logging.getLogger("playfair")


def doctor(
    studies: Sequence[Study],
    *,
    n_frames: int,
    full: bool,
    n_opened: int,
    n_shown: int,
    workers: int,
    seed: int,
) -> Result:
    """Every check with its state, what to type, the clips it is about, and a contact sheet of clips drawn at random."""
    study, rng = studies[0], np.random.default_rng(seed)
    study.dataset.provide()
    inventory = take_inventory(Path(study.dataset.root))
    present = sorted(
        {uid for split in ("train", "validation", "test") for uid in split_ids(inventory, split)}
    )
    present = [uid for uid in present if uid in inventory.videos]
    findings = list(diagnose(inventory, study.dataset.option("counts")))
    if full:
        paths = {uid: (inventory.path(uid), *inventory.videos[uid]) for uid in present}
        record = study.layout.outputs / study.dataset.name / "examined.jsonl"
        examined, how = (
            list(examine_all(paths, record, workers=workers).values()),
            f"{len(paths):,} clips decoded",
        )
    else:
        drawn = [present[i] for i in rng.permutation(len(present))[:n_opened]]
        examined = [examine(inventory.path(uid), decode=False) for uid in drawn]
        how = f"{len(drawn):,} clips drawn at random, opened; experiment.full=true decodes all"
    findings += examined_findings(examined, n_frames, how)
    for finding in findings:
        log.info("%-7s  %s: %s", finding.state, finding.check, finding.detail)
    problems = [finding for finding in findings if finding.state == "problem"]
    study.workplace.faults.extend(
        f"{problem.check}: {problem.detail}\n  type: {problem.type_this}" for problem in problems
    )
    return _result(study, findings, examined, _contacts(inventory, present, rng, n_shown))


def _contacts(
    inventory: Inventory, present: Sequence[str], rng: np.random.Generator, n_shown: int
) -> list[Contact]:
    """Three frames each of clips that can be read, with what is written about them."""
    labels, contacts = labels_of(inventory), []
    for i in rng.permutation(len(present))[: 4 * n_shown]:
        uid = present[i]
        try:
            frames = sample_frames(
                inventory.path(uid), lambda n: np.array([n // 4, n // 2, n - 1 - n // 4])
            )
        except VideoError:
            continue
        contacts.append(Contact(f"{uid}: {labels.get(uid, 'test clip')}", frames))
        if len(contacts) == n_shown:
            break
    return contacts


def _result(
    study: Study, findings: list[Finding], examined: list[Examined], contacts: list[Contact]
) -> Result:
    checks = pd.DataFrame(
        [
            {"check": f.check, "state": f.state, "detail": f.detail, "type": f.type_this}
            for f in findings
        ]
    )
    clips = [
        {"clip": uid, "check": f.check, "state": f.state, "reason": why}
        for f in findings
        for uid, why in f.clips
    ]
    lengths = np.array([clip.n_frames for clip in examined if not clip.fault])
    states = checks["state"].value_counts()
    metrics = {f"{state}s": float(states.get(state, 0)) for state in ("problem", "note")}
    if len(lengths):
        quantiles = np.quantile(lengths, (0, 0.5, 1))
        metrics |= dict(
            zip(("frames_least", "frames_median", "frames_most"), quantiles.tolist(), strict=True)
        )
    return Result(
        f"Doctor: {study.dataset.name}",
        f"The dataset in {study.dataset.root}: {int(metrics['problems'])} problems; {len(examined):,} clips opened.",
        metrics={**metrics, "examined": float(len(examined))},
        tables={
            "checks": checks,
            "clips": pd.DataFrame(clips, columns=["clip", "check", "state", "reason"]),
        },
        figures={"contact_sheet": contact_sheet(contacts)} if contacts else {},
        captions={
            "checks": "A problem ends the run with a code other than 0; a note does not.",
            "clips": "The clips that the checks are about.",
            "contact_sheet": "Clips drawn at random, a quarter, half and three quarters through, with their labels.",
        },
    )
