"""Is the dataset's folder whole, and is what was made from it as it was written?

Reads the dataset's folder; with full=true decodes every clip in processes and keeps what it learns
in examined.jsonl beside the dataset's artefacts, so that it goes on where it was cut short. Then
reads all outputs of the dataset and compares them with their checksums; with repair=true what is
damaged is removed and made again, and nothing else. Expected: no problem.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from playfair.datasets.doctor.any_findings import check_evidence
from playfair.datasets.doctor.examination import Examined, examine, examined_findings
from playfair.datasets.doctor.finding import Finding, counted
from playfair.datasets.doctor.looked_over import LookedOver, Places, looked_over
from playfair.datasets.doctor.record import examine_all
from playfair.report.figures.contact_sheet import Contact, contact_sheet
from playfair.report.sentences import listed
from playfair.result import Result
from playfair.steps.examination import Examined as Outputs
from playfair.steps.examination import examine_outputs
from playfair.steps.lock import held
from playfair.steps.output_findings import output_findings, repair_outputs
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
    repair: bool = False,
) -> Result:
    """Every check with its state, what to type, the clips it is about, and a contact sheet.

    Args:
        studies: the first one's dataset is examined.
        n_frames: what a model is to see of a clip; shorter clips are noted.
        full: decode every clip; otherwise a few are opened.
        n_opened: how many, drawn at random.
        n_shown: clips on the contact sheet, drawn at random.
        workers: processes that decode.
        seed: of what is drawn at random.
        repair: make damaged outputs anew, of the studies' own steps.

    Returns:
        The checks, their numbers and the sheet; problems become the study's faults.
    """
    study = studies[0]
    rng = np.random.default_rng(seed)
    study.dataset.provide()
    looked = looked_over(study.dataset)
    findings = list(looked.findings)
    present = sorted(looked.places)
    examined: list[Examined] = []
    if full and present:
        record = study.layout.outputs / study.dataset.name / "examined.jsonl"
        examined = _decoded(looked.places, record, workers)
        context = f"{counted(len(examined), 'clip')} decoded"
    else:
        sample = [present[i] for i in rng.permutation(len(present))[:n_opened]]
        places = looked.places
        examined = [examine(places[uid][0], decode=False, uid=uid) for uid in sample]
        opened = f"{counted(len(sample), 'clip')} drawn at random, opened"
        context = f"{opened}; experiment.full=true decodes all"
    if present:  # of no clip nothing is in order
        findings += examined_findings(examined, n_frames, context, looked.lines)
        if looked.evidence:
            lengths = {clip.uid: clip.n_frames for clip in examined if not clip.fault}
            findings.append(check_evidence(looked.evidence, lengths, context))
    outputs = examine_outputs(study.layout, study.dataset.name)
    if repair:
        repaired = repair_outputs(outputs, studies)
        outputs = examine_outputs(study.layout, study.dataset.name)
        findings += output_findings(outputs, repaired)
    else:
        findings += output_findings(outputs)
    for finding in findings:
        log.info("%-7s  %s: %s", finding.state, finding.check, finding.detail)
        if finding.state == "problem":
            fault = f"{finding.check}: {finding.detail}\n  type: {finding.type_this}"
            study.workplace.faults.append(fault)
    contacts = _contacts(looked, present, rng, n_shown)
    return _result(study, findings, examined, contacts, outputs)


def _decoded(places: Places, record: Path, workers: int) -> list[Examined]:
    """What decoding every clip shows; one run at a time does so, and another waits for it."""
    paths = {uid: places[uid] for uid in sorted(places)}
    with held(record.with_suffix(".lock"), what=record):
        return list(examine_all(paths, record, workers=workers).values())


def _contacts(
    looked: LookedOver, uids: Sequence[str], rng: np.random.Generator, n_clips: int
) -> list[Contact]:
    """Three frames each of clips that can be read, with what is written about them."""
    contacts: list[Contact] = []
    # More than are wanted, in case some cannot be read.
    for i in rng.permutation(len(uids))[: 4 * n_clips]:
        if len(contacts) == n_clips:
            break
        uid = uids[i]
        try:
            frames = sample_frames(looked.places[uid][0], _quarters)
        except VideoError:
            continue
        contacts.append(Contact(f"{uid}: {looked.labels.get(uid, 'no class')}", frames))
    return contacts


def _quarters(n_frames: int) -> np.ndarray:
    return np.array([n_frames // 4, n_frames // 2, n_frames - 1 - n_frames // 4])


def _result(
    study: Study,
    findings: list[Finding],
    examined: list[Examined],
    contacts: list[Contact],
    outputs: list[Outputs],
) -> Result:
    checks = pd.DataFrame(
        {"check": f.check, "state": f.state, "detail": f.detail, "type": f.type_this}
        for f in findings
    )
    clips = [
        {"clip": uid, "check": f.check, "state": f.state, "reason": why}
        for f in findings
        for uid, why in f.clips
    ]
    states = checks["state"].value_counts()
    n_problems = int(states.get("problem", 0))
    metrics = {"problems": float(n_problems), "notes": float(states.get("note", 0))}
    lengths = np.array([clip.n_frames for clip in examined if not clip.fault])
    if len(lengths):
        metrics["frames_least"] = float(lengths.min())
        metrics["frames_median"] = float(np.median(lengths))
        metrics["frames_most"] = float(lengths.max())
    metrics["examined"] = float(len(examined))
    metrics["outputs"] = float(len(outputs))
    return Result(
        f"Doctor: {study.dataset.name}",
        f"The dataset in {study.dataset.root}: {counted(n_problems, 'problem')}; "
        f"{counted(len(examined), 'clip')} opened, {counted(len(outputs), 'folder')} of outputs "
        "read.",
        findings=_sentences(findings),
        metrics=metrics,
        tables={
            "checks": checks,
            "clips": pd.DataFrame(clips, columns=["clip", "check", "state", "reason"]),
        },
        figures={"contact_sheet": contact_sheet(contacts)} if contacts else {},
        captions={
            "checks": "A problem ends the run with a code other than 0; a note does not.",
            "clips": "The clips that the checks are about.",
            "contact_sheet": "Clips drawn at random, a quarter, half and three quarters through, "
            "with their labels.",
        },
    )


def _sentences(findings: Sequence[Finding]) -> list[str]:
    """Which checks found a problem; that none did."""
    problems = [finding.check for finding in findings if finding.state == "problem"]
    if not problems:
        return [f"No problem in {counted(len(findings), 'check')}."]
    return [
        f"{counted(len(problems), 'problem')} in {counted(len(findings), 'check')}: "
        f"{listed(problems)}. The table says what to type."
    ]
