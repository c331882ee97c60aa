"""The artefacts that may travel, by the names that people type for them."""

import difflib
import fnmatch
import re
from collections.abc import Sequence
from pathlib import Path

from playfair.steps.manifest import MANIFEST

CHECKPOINTS = ("video", "heads")
STORES = ("esvs", "interactions")
# what a step's folder of these kinds holds is the clips' own pictures, or made again in minutes
STAY = {
    "frames": "they are the clips' own pictures, which their dataset's terms keep from others",
    "features": "they are made again from the checkpoint in video/",
    "lengths": "they are made again from the clips",
    "pretrained": "they name a published checkpoint, which travels by itself",
    "runs": "they hold film strips, pictures of the clips",
}
LIKE = 0.6  # how alike two words are, from which one may have been meant for the other
MOST_NAMES = 3  # that are offered for one that is not there


def travellers(outputs: Path) -> list[Path]:
    """The folders of all finished checkpoints and ESV stores, in the order in which they are listed."""
    folders = []
    for kind in (*CHECKPOINTS, *STORES):
        there = [file.parent for file in outputs.glob(f"*/{kind}/*/{MANIFEST}")]
        folders += sorted(there, key=lambda folder: _natural(folder.name))
    return sorted(folders, key=lambda folder: folder.parts[-3])


def _natural(name: str) -> list[tuple[int, str]]:
    """What names are sorted by, so that numbers in them rise; their ids' letters are none."""
    parts = re.split(r"(\d+)", name.rpartition("-")[0])
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def path_of(folder: Path) -> str:
    """What an artefact is called everywhere: its dataset, kind and name.

    >>> path_of(Path("outputs/synthetic/esvs/trn-8-frames-3f2a91c0"))
    'synthetic/esvs/trn-8-frames-3f2a91c0'
    """
    return "/".join(folder.parts[-3:])


def chosen(names: Sequence[str], paths: Sequence[str]) -> list[str]:
    """The artefacts that names mean, each once.

    Args:
        names: as they were typed: a path or its end, with or without the letters of the id;
            `*` stands for anything.
        paths: of those that there are.

    Raises:
        ValueError: a name means none of them, or more than one.

    >>> chosen(["esvs/trn-8-frames"], ["synthetic/esvs/trn-8-frames-3f2a91c0"])
    ['synthetic/esvs/trn-8-frames-3f2a91c0']
    """
    meant: dict[str, None] = {}
    for name in names:
        word = name.rstrip("/")
        matching = [path for path in paths if _means(word, path)]
        if not matching:
            raise ValueError(_nothing_called(word, paths))
        if len(matching) > 1 and "*" not in word:
            listed = "\n  ".join(matching)
            raise ValueError(f"{name} may be {len(matching)} of them; type one:\n  {listed}")
        meant |= dict.fromkeys(matching)
    return list(meant)


def means_any(word: str, paths: Sequence[str]) -> bool:
    """Whether a word names an artefact that there is."""
    return any(_means(word.rstrip("/"), path) for path in paths)


def _means(word: str, path: str) -> bool:
    """Whether a word is a path's, or a folder's that ends with it: outputs/… of the shell too."""
    parts = path.split("/")
    ends = ["/".join(parts[start:]) for start in range(3)]
    ends += [re.sub(r"-[0-9a-f]{8}$", "", end) for end in ends]
    return any(fnmatch.fnmatchcase(end, word) for end in ends) or word.endswith(f"/{path}")


def _nothing_called(word: str, paths: Sequence[str]) -> str:
    """What to say where a name means nothing."""
    kind = next((part for part in word.split("/") if part in STAY), "")
    if kind:
        return (
            f"{word} does not travel: of {kind}, {STAY[kind]}. Checkpoints (video, heads) and "
            "stores (esvs, interactions) do."
        )
    likeness = {
        path: max(
            difflib.SequenceMatcher(None, word, "/".join(path.split("/")[start:])).ratio()
            for start in range(3)
        )
        for path in paths
    }
    near = sorted((path for path in paths if likeness[path] >= LIKE), key=lambda p: -likeness[p])
    if near:
        return f"There is no finished {word}. Did you mean {' or '.join(near[:MOST_NAMES])}?"
    if not paths:
        return f"There is no finished {word}, nor anything else that could travel."
    listed = "\n  ".join(paths)
    return f"There is no finished {word}. There are:\n  {listed}"
