"""A parcel behind a URL: a tree of files that any web server shows."""

import http.client
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from playfair.steps.durable import PART, telling_full_disk
from playfair.travel.index import MOST_BYTES

AT_ONCE = 8  # files: a store has hundreds of small ones
TRIES = 3  # of a file, where the connection ends or stands still
PAUSE = 1.0  # seconds before the next try
SILENCE = 30.0  # seconds without a byte after which a connection counts as lost
PIECE = 2**20  # bytes
LOST = (http.client.HTTPException, ConnectionError, TimeoutError, urllib.error.URLError)


class ShortError(ValueError):
    """A file ended before all of it had come."""


@dataclass(frozen=True)
class Web:
    """A URL as a place.

    Args:
        url: of the parcel's folder, or of its index.
    """

    url: str

    @property
    def name(self) -> str:
        return self.url

    def small(self, path: str) -> bytes | None:
        try:
            with self._opened(path) as answer:
                return bytes(answer.read(MOST_BYTES))
        except FileNotFoundError:
            return None

    def fetch(self, path: str, files: Mapping[str, int], to: Path) -> None:
        wanted = {
            name: size
            for name, size in files.items()
            if not (to / name).is_file() or (to / name).stat().st_size != size
        }
        with ThreadPoolExecutor(AT_ONCE) as pool:
            coming = [
                pool.submit(self._fetch, f"{path}/{name}".lstrip("/"), size, to / name)
                for name, size in wanted.items()
            ]
            try:
                for one in coming:
                    one.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _fetch(self, path: str, size: int, to: Path) -> None:
        """Brings one file; what came of it before a connection was lost is gone on with."""
        for attempt in range(TRIES):
            try:
                self._fetch_once(path, size, to)
                return
            except FileNotFoundError:
                raise ValueError(
                    f"{self._address(path)} is not there: the parcel is not whole. Ask who pushed it."
                ) from None
            except ShortError:
                if attempt == TRIES - 1:
                    raise
            time.sleep(PAUSE)

    def _fetch_once(self, path: str, size: int, to: Path) -> None:
        part = to.with_name(f"{to.name}{PART}")
        part.parent.mkdir(parents=True, exist_ok=True)
        here = part.stat().st_size if part.is_file() else 0
        if here > size:
            here = 0
        with telling_full_disk(str(to)):
            with self._opened(path, start=here if here < size else 0) as answer:
                goes_on = answer.status == http.client.PARTIAL_CONTENT
                with part.open("ab" if goes_on else "wb") as file:
                    n_bytes = here if goes_on else 0
                    while piece := answer.read(min(PIECE, size - n_bytes + 1)):
                        n_bytes += len(piece)
                        if n_bytes > size:
                            break
                        file.write(piece)
            if n_bytes > size:
                part.unlink()
                raise ValueError(
                    f"{self._address(path)} has more than the {size:,} bytes that its manifest says: "
                    "it is another file, or a web page in its place."
                )
            if n_bytes < size:
                raise ShortError(
                    f"{self._address(path)} ended after {n_bytes:,} of {size:,} bytes. What came is "
                    "kept: type the same command again, and it goes on there. If it ends there again, "
                    "the file is cut short at its place: ask who pushed it."
                )
            part.replace(to)

    @contextmanager
    def _opened(self, path: str, start: int = 0) -> Iterator[http.client.HTTPResponse]:
        address = self._address(path)
        request = urllib.request.Request(address, headers={"User-Agent": "playfair"})
        if start:
            request.add_header("Range", f"bytes={start}-")
        try:
            with urllib.request.urlopen(request, timeout=SILENCE) as answer:
                yield answer
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (404, 410):
                raise FileNotFoundError(address) from None
            raise ValueError(_refused(address, error.code)) from error
        except http.client.IncompleteRead as error:
            raise ShortError(
                f"{address} ended early ({error}). Type the same command again."
            ) from None
        except LOST as error:
            raise ShortError(_unreachable(address, error)) from error

    def _address(self, path: str) -> str:
        """The URL of a file of the parcel: what follows a "?" (a signature) stays behind it."""
        parts = urlsplit(self.url)
        root = parts.path.removesuffix("/playfair.json").rstrip("/")
        return urlunsplit(parts._replace(path=f"{root}/{quote(path)}", fragment=""))


def _refused(address: str, code: int) -> str:
    if code in (401, 403):
        return (
            f"{address} is not open to everybody (HTTP {code}): download it as its owner says, and type "
            "python run.py pull FOLDER."
        )
    return f"{address} was answered with HTTP {code}. Try it again later, or ask who serves it."


def _unreachable(address: str, error: Exception) -> str:
    reason = getattr(error, "reason", error)
    host = urlsplit(address).netloc
    if isinstance(reason, socket.gaierror):
        said = f"There is no network here, or no host {host}"
    elif isinstance(reason, TimeoutError):
        said = f"{host} did not answer for {SILENCE:.0f} seconds"
    else:
        said = f"{address} could not be fetched ({reason})"
    return f"{said}. What came is kept: type the same command again when it can be reached."
