"""Where Something-Something's clips lie: as they ship, or as they are often kept.

<root>/20bn-something-something-v2/<uid>.webm   as they ship
<root>/20bn-something-something-v2/<uid>.mp4    with another ending
<root>/<class>/<uid>.webm                       in other folders below the root
<root>/frames/<uid>/000001.jpg                  as folders of pictures
"""

import os
from pathlib import Path

from playfair.datasets.clip_files import clips_below, is_video, without_ending

VIDEO_FOLDER = "20bn-something-something-v2"
CLIP_ENDING = ".webm"


def clip_name(uid: str) -> str:
    """A clip's file name.

    Example:
        >>> clip_name("78687")
        '78687.webm'
    """
    return f"{uid}{CLIP_ENDING}"


def clip_path(root: Path, uid: str) -> Path:
    """Where a clip's video is in a dataset's folder, as it ships."""
    return root / VIDEO_FOLDER / clip_name(uid)


def clip_places(root: Path, uids: list[str] | None = None) -> dict[str, str]:
    """Each clip's path from the root on, by uid; links are followed.

    Args:
        root: the dataset's folder.
        uids: clips that are asked for: where all of them lie as they ship, no other folder is
            looked at. None: all folders are looked at.

    Returns:
        Of a clip that lies in two places the first: with its usual name, in the usual folder, as a
        video, as pictures.
    """
    places: dict[str, str] = {}
    videos = filter(is_video, _names_in(root / VIDEO_FOLDER))
    for name in sorted(videos, key=lambda name: (not name.endswith(CLIP_ENDING), name)):
        places.setdefault(without_ending(name), f"{VIDEO_FOLDER}/{name}")
    if uids is not None and all(uid in places for uid in uids):
        return places
    others = sorted(clips_below(root), key=lambda path: not is_video(path))
    for path in others:
        places.setdefault(without_ending(path.rpartition("/")[2]), path)
    return places


def holds_clips(root: Path) -> bool:
    """Whether there is any clip in a dataset's folder."""
    if any(map(is_video, _names_in(root / VIDEO_FOLDER))):
        return True
    return next(clips_below(root), None) is not None


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
