"""Clips that a browser does not play, converted when they are asked for, one after the other.

Another thread does it, so that no page waits; what is made is kept in a temporary folder for as
long as the explorer runs, and no more of it than a bound.
"""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory

from playfair.explorer.errors import NotThereError
from playfair.video.pictures import is_folder
from playfair.video.reader import Clip, VideoError
from playfair.video.webm import write_webm

MOST_WAITING = 8
MOST_BYTES = 2**29  # of all that is kept
IDLE_SECONDS = 10  # after which the thread ends; the next clip starts another


@dataclass
class Conversion:
    """One clip's.

    Attributes:
        clip: what is converted.
        file: where to.
        n_frames: how many are done.
        state: "waiting", "converting", "ready" or "failed".
        why: it failed.
    """

    clip: Clip
    file: Path
    n_frames: int = 0
    state: str = "waiting"
    why: str = ""


@dataclass
class Conversions:
    """All that were asked for, the latest last.

    Args:
        most_bytes: of files that are kept; the oldest go first.
        most_waiting: clips; further ones are refused.
    """

    most_bytes: int = MOST_BYTES
    most_waiting: int = MOST_WAITING
    all: OrderedDict[str, Conversion] = field(default_factory=OrderedDict, repr=False)
    _folder: "TemporaryDirectory[str] | None" = field(default=None, repr=False)
    _queue: "Queue[Conversion]" = field(default_factory=Queue, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _works: bool = field(default=False, repr=False)

    def asked(self, clip: Clip) -> Conversion:
        """How far a clip is; it is begun where it was not, and again where its file has changed.

        Raises:
            NotThereError: too many are waiting.
        """
        name = content_name(clip)
        with self._lock:
            found = self.all.get(name)
            if found is not None and (found.state != "ready" or found.file.is_file()):
                self.all.move_to_end(name)
                return found
            if self._queue.qsize() >= self.most_waiting:
                raise NotThereError(
                    f"{self.most_waiting} clips are waiting to be converted: ask again in a while."
                )
            if self._folder is None:
                self._folder = TemporaryDirectory(prefix="playfair-clips-")
            begun = Conversion(clip, Path(self._folder.name) / f"{name}.webm")
            self.all[name] = begun
            self._queue.put(begun)
            if not self._works:
                self._works = True
                threading.Thread(target=self._work, daemon=True).start()
            return begun

    def file(self, clip: Clip) -> Path:
        """A clip's converted file.

        Raises:
            NotThereError: it is not ready.
        """
        found = self.all.get(content_name(clip))
        if found is None or found.state != "ready":
            raise NotThereError("This clip has not been converted: ask for it on its page.")
        return found.file

    def _work(self) -> None:
        """Converts one clip after the other until there is none for a while."""
        while True:
            try:
                begun = self._queue.get(timeout=IDLE_SECONDS)
            except Empty:
                with self._lock:
                    if self._queue.empty():
                        self._works = False
                        return
                continue
            self._convert(begun)
            with self._lock:
                self._make_room()

    def _convert(self, begun: Conversion) -> None:
        begun.state = "converting"

        def told(n_frames: int) -> None:
            begun.n_frames = n_frames

        try:
            write_webm(begun.clip, begun.file, told=told)
        except Exception as error:  # a codec's own mistake can be any: the page says it
            known = isinstance(error, VideoError | OSError)
            begun.why = str(error) if known else f"{type(error).__name__}: {error}"
            begun.state = "failed"
        else:
            begun.state = "ready"

    def _make_room(self) -> None:
        """Removes the files that were asked for longest ago; the latest stays in any case."""
        ready = [(name, one) for name, one in self.all.items() if one.state == "ready"]
        sizes = [one.file.stat().st_size if one.file.is_file() else 0 for _, one in ready]
        while len(ready) > 1 and sum(sizes) > self.most_bytes:
            name, oldest = ready.pop(0)
            sizes.pop(0)
            oldest.file.unlink(missing_ok=True)
            del self.all[name]


def content_name(clip: Clip) -> str:
    """What a clip's converted file is called: another one where the clip has changed."""
    path = Path(clip)
    status = path.stat()
    stamp = f"{status.st_mtime_ns} {0 if is_folder(clip) else status.st_size}"
    return hashlib.sha256(f"{clip!r} {path.absolute()} {stamp}".encode()).hexdigest()[:32]
