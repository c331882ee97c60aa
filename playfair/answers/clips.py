"""Pictures of what was explained, beside a saved answer: as the explorer asks for a dataset's clips."""

import json
import mimetypes
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np

from playfair.steps.damage import UNREADABLE, DamageError
from playfair.steps.durable import write_json

CLIPS = "clips.json"  # uid → file in the folder beside it
FOLDER = "clips"
FRAMES_PER_SECOND = 4
LEAST = 96  # pixels: smaller pictures are enlarged by whole factors


class SavedClips:
    """The clips of saved answers; what the explorer needs of a dataset.

    Args:
        root: the folder with CLIPS.
        videos: as datasets are opened; nothing depends on it.

    Raises:
        DamageError: the list of clips is not as it was written.
    """

    def __init__(self, root: Path, videos: bool = False) -> None:
        self.root = root
        try:
            names = json.loads((root / CLIPS).read_text(encoding="utf-8"))
            self.names = {str(uid): Path(str(name)).name for uid, name in names.items()}
        except UNREADABLE as error:
            raise DamageError(
                root / CLIPS,
                f"it is no list of clips ({error})",
                "Remove it: ESVs are then shown without clips.",
            ) from error

    def split(self, name: str) -> SimpleNamespace:
        """All clips, whatever the split."""
        return SimpleNamespace(uids=np.array(list(self.names)))

    def clip(self, uid: str) -> Path:
        """Its file, which lies in the folder of clips and nowhere else."""
        return self.root / FOLDER / self.names[uid]

    def media_type(self, uid: str) -> str:
        """What a browser is told that it is."""
        return mimetypes.guess_type(self.names[uid])[0] or "application/octet-stream"


def saved_in(outputs: Path) -> list[Path]:
    """Folders of a folder of outputs that hold clips of saved answers."""
    return sorted(file.parent for file in outputs.glob(f"*/{CLIPS}"))


def write_clips(
    root: Path,
    uids: Sequence[str],
    pictures: np.ndarray | None,
    files: Sequence[Path] | None,
) -> None:
    """Writes pictures as clips of a frame for each element; or copies the clips themselves.

    Args:
        root: a folder, for these clips alone.
        uids: of the videos.
        pictures: (video, element, height, width, 3) uint8; None: there are none.
        files: the clips, where there are no pictures.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, str] = {}
    for place, uid in enumerate(uids):
        if pictures is not None:
            names[uid] = f"{place}.webm"
            encode(folder / names[uid], pictures[place])
        elif files is not None:
            names[uid] = f"{place}{files[place].suffix.lower()}"
            shutil.copyfile(files[place], folder / names[uid])
    write_json(root / CLIPS, names)  # last, when all are there


def encode(file: Path, pictures: np.ndarray) -> None:
    """Pictures as a VP9 clip that browsers play, small ones enlarged.

    Args:
        file: a .webm.
        pictures: (frame, height, width, 3) uint8, RGB.
    """
    factor = max(1, -(-LEAST // min(pictures.shape[1:3])))
    pictures = pictures.repeat(factor, axis=1).repeat(factor, axis=2)
    odd = [(0, size % 2) for size in pictures.shape[1:3]]  # 4:2:0 takes pixels in pairs
    pictures = np.pad(pictures, [(0, 0), *odd, (0, 0)], mode="edge")
    with av.open(str(file), "w", format="webm") as container:
        stream = container.add_stream("libvpx-vp9", rate=FRAMES_PER_SECOND)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "12", "b": "0", "cpu-used": "8", "deadline": "realtime"}
        for picture in pictures:
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
