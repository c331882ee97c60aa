"""The card of a parcel, README.md: a model card of checkpoints, a dataset card of ESV stores.

It is made from the index alone, so that whoever adds to a parcel writes the card of all of it. Its
head is YAML that the Hub reads: https://huggingface.co/docs/hub/model-cards, and datasets-cards.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from playfair.datasets.doctor.finding import counted
from playfair.printable import printable
from playfair.travel.index import NO_LICENCE, Artefact, Index
from playfair.travel.named import CHECKPOINTS
from playfair.travel.terms import terms_of

CARD = "README.md"
SIZES = {1_000: "n<1K", 10_000: "1K<n<10K", 100_000: "10K<n<100K", 1_000_000: "100K<n<1M"}
WHAT = (
    "The Element Shapley Value of a frame is its fair share of the score that a video model gives a "
    "class (Price & Damen, *Play Fair: Frame Attributions in Video Models*, ACCV 2020)."
)


def card(index: Index, source: str) -> str:
    """The text of the card.

    Args:
        index: of the parcel.
        source: what is typed to pull it: hf://OWNER/NAME, or a word for where it may lie.
    """
    artefacts = [one for _, one in sorted(index.artefacts.items())]
    checkpoints = [one for one in artefacts if one.kind in CHECKPOINTS]
    stores = [one for one in artefacts if one.kind not in CHECKPOINTS]
    head = _model_head(checkpoints, stores) if checkpoints else _dataset_head(stores)
    front = yaml.safe_dump(
        {"license": index.licence, **head}, sort_keys=False, allow_unicode=True, width=1000
    )
    lines = [f"# {_title(artefacts)}", "", *_what(checkpoints, stores), ""]
    lines += [*_table(artefacts), ""]
    for one in artefacts:
        lines += [*_section(one), ""]
    lines += ["## How to use it", "", *_use(source, checkpoints, stores), ""]
    lines += ["## Licence and terms", "", *_terms(index, artefacts), ""]
    return f"---\n{front}---\n\n" + "\n".join(lines)


def _model_head(checkpoints: Sequence[Artefact], stores: Sequence[Artefact]) -> dict[str, Any]:
    results = [result for one in checkpoints for result in _results(one)]
    head: dict[str, Any] = {
        "library_name": "playfair",
        "pipeline_tag": "video-classification",
        "tags": _tags([*checkpoints, *stores]),
    }
    if results:
        head["model-index"] = [{"name": _title([*checkpoints, *stores]), "results": results}]
    return head


def _results(one: Artefact) -> Iterator[dict[str, Any]]:
    """A checkpoint's accuracies as the Hub lists them: a result for each split."""
    by_split: dict[str, list[dict[str, Any]]] = {}
    for accuracy in _accuracies(one):
        metric = {
            "type": "accuracy",
            "value": accuracy["top1"],
            "name": f"top-1, {_frames(accuracy)}",
        }
        by_split.setdefault(_text(accuracy.get("split", "validation")), []).append(metric)
    for split, metrics in by_split.items():
        yield {
            "task": {"type": "video-classification"},
            "dataset": {"type": _slug(one.dataset), "name": one.dataset, "split": split},
            "metrics": metrics,
        }


def _dataset_head(stores: Sequence[Artefact]) -> dict[str, Any]:
    numbers = [one.facts.get("clips") for one in stores]
    most = max((number for number in numbers if isinstance(number, int)), default=0)
    size = next((word for below, word in SIZES.items() if most < below), "n>1M")
    return {
        "pretty_name": _title(stores),
        "task_categories": ["video-classification"],
        "tags": _tags(stores),
        "size_categories": [size],
        "viewer": False,  # of Zarr the Hub shows nothing
    }


def _tags(artefacts: Sequence[Artefact]) -> list[str]:
    models = {_slug(_said(one, "model")) for one in artefacts}
    datasets = {_slug(one.dataset) for one in artefacts}
    return ["playfair", "shapley-values", "video", "explainability", *sorted(models | datasets)]


def _title(artefacts: Sequence[Artefact]) -> str:
    models = " and ".join(dict.fromkeys(_said(one, "title") for one in artefacts))
    datasets = " and ".join(dict.fromkeys(_text(one.dataset) for one in artefacts))
    has_stores = any(one.kind not in CHECKPOINTS for one in artefacts)
    has_checkpoints = any(one.kind in CHECKPOINTS for one in artefacts)
    if has_checkpoints:
        return f"{models} on {datasets}" + (", with Element Shapley Values" if has_stores else "")
    return f"Element Shapley Values of {models} on {datasets}"


def _what(checkpoints: Sequence[Artefact], stores: Sequence[Artefact]) -> Iterator[str]:
    if checkpoints:
        yield "Checkpoints of video models that Play Fair trained, to be explained frame by frame. "
    if stores:
        yield "What every frame adds to the score of every class, for every clip of a split. "
    yield WHAT


def _table(artefacts: Sequence[Artefact]) -> Iterator[str]:
    yield "| | model | frames | seed | top-1 | size |"
    yield "|---|---|---|---|---|---|"
    for one in artefacts:
        accuracies = [
            f"{accuracy['top1']:.4g}"
            for accuracy in _accuracies(one)
            if accuracy.get("frames") == one.facts.get("frames")
        ]
        cells = [
            f"`{_text(one.path)}`",
            _said(one, "title"),
            _said(one, "frames"),
            _said(one, "seed"),
            ", ".join(accuracies) or "not measured",
            size(one.n_bytes),
        ]
        yield f"| {' | '.join(cells)} |"


def _section(one: Artefact) -> Iterator[str]:
    """What is known of one artefact, a line for each fact."""
    yield f"## {_text(one.path)}"
    yield ""
    for name, value in _lines(one):
        yield f"- **{name}**: {value}"


def _lines(one: Artefact) -> Iterator[tuple[str, str]]:
    facts = one.facts
    yield (
        "Model",
        f"{_said(one, 'title')} (`model={_said(one, 'model')}`), seed {_said(one, 'seed')}",
    )
    architecture = facts.get("architecture")
    if isinstance(architecture, Mapping) and architecture:
        yield (
            "Architecture",
            ", ".join(f"{part} `{_text(of)}`" for part, of in architecture.items()),
        )
    if "clips" in facts:
        clips = f"{_clips(facts)} of the {_said(one, 'split')} split"
        yield "Dataset", f"{_text(one.dataset)}: {clips}, {_said(one, 'classes')} classes"
        yield (
            "ESVs",
            (
                f"{_said(one, 'elements')} elements of {_frames(facts)}, {_said(one, 'estimator')}; "
                f"removal: {_said(one, 'removal')}"
            ),
        )
    else:
        yield "Dataset", _text(one.dataset)
        yield "Frames", _said(one, "frames")
    for accuracy in _accuracies(one):
        clips = f", {_clips(accuracy)}" if "clips" in accuracy else ""
        split = _text(accuracy.get("split", "validation"))
        yield f"Accuracy, {_frames(accuracy)}", f"top-1 {accuracy['top1']:.4g} ({split}{clips})"
    needs = facts.get("needs")
    if isinstance(needs, list) and needs:
        yield "Learnt on the features of", ", ".join(f"`{_text(need)}`" for need in needs)
    yield "Command", f"`{_said(one, 'command')}`, with the settings in `made_from.json`"
    yield "Pushed by", _said(one, "code")
    yield "Digest", f"`{_text(one.digest)}`, of its `manifest.json`"


def _use(source: str, checkpoints: Sequence[Artefact], stores: Sequence[Artefact]) -> Iterator[str]:
    yield "```bash"
    yield f"playfair pull {source}"
    if stores:
        yield f"playfair experiment=explorer dataset={_text(stores[0].dataset)}"
    yield "```"
    yield ""
    yield (
        "What is pulled is compared with its checksums and laid into `outputs/`, where experiments find "
        "it; nothing in it is run."
    )
    if any(one.kind == "esvs" for one in stores):
        store = next(one for one in stores if one.kind == "esvs")
        yield f'A store opens in Python with `xarray.open_zarr("outputs/{_text(store.path)}")`.'
    if checkpoints:
        file = f"{checkpoints[0].path}/{'video' if checkpoints[0].kind == 'video' else 'heads'}.pt"
        yield f'Weights open with `torch.load("outputs/{_text(file)}", weights_only=True)`.'


def _terms(index: Index, artefacts: Sequence[Artefact]) -> Iterator[str]:
    if index.licence == NO_LICENCE:
        yield "No licence was stated: ask whoever pushed this before you pass it on."
    else:
        yield f"What is in here: {_text(index.licence)}."
    yield (
        "It holds names of classes"
        + (" and of clips" if any(one.kind not in CHECKPOINTS for one in artefacts) else "")
        + ", and neither clips nor pictures of them."
    )
    for dataset in dict.fromkeys(one.dataset for one in artefacts):
        terms = terms_of(_text(dataset))
        yield f"Of the dataset {_text(dataset)}: {terms}."


def _accuracies(one: Artefact) -> list[Mapping[str, Any]]:
    """The accuracies that are told of an artefact; what is none, in an index of others, is left out."""
    told = one.facts.get("accuracies")
    if not isinstance(told, list):
        return []
    return [
        accuracy
        for accuracy in told
        if isinstance(accuracy, Mapping) and isinstance(accuracy.get("top1"), float | int)
    ]


def _frames(facts: Mapping[str, Any]) -> str:
    n_frames = facts.get("frames")
    return counted(n_frames, "frame") if isinstance(n_frames, int) else f"{_text(n_frames)} frames"


def _clips(facts: Mapping[str, Any]) -> str:
    """How many, where an index of others says a number."""
    n_clips = facts.get("clips")
    return counted(n_clips, "clip") if isinstance(n_clips, int) else f"{_text(n_clips)} clips"


def _said(one: Artefact, name: str) -> str:
    value = one.facts.get(name)
    return "not known" if value is None else _text(value)


def _text(value: object) -> str:
    """A word of an index as Markdown shows it: no end of a line, of a cell or of code in it."""
    return re.sub(r"[|`<>]", "", printable(value, lines=False))


def _slug(word: str) -> str:
    """A word as the Hub takes one for a tag.

    >>> _slug("My clips: 2")
    'my-clips-2'
    """
    return re.sub(r"[^a-z0-9._-]+", "-", word.lower()).strip("-")


def size(n_bytes: int) -> str:
    """A size as it is read.

    >>> size(9_554_691), size(126_000)
    ('9.6 MB', '126 kB')
    """
    if n_bytes >= 1e9:
        return f"{n_bytes / 1e9:.1f} GB"
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e6 else f"{max(1, round(n_bytes / 1e3))} kB"
