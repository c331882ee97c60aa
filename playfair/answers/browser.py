"""An answer in the explorer, from within Python."""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playfair.answers.clips import SavedClips, saved_in
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips, Source
from playfair.explorer.listening import listen, serve
from playfair.explorer.server import build
from playfair.shapley.attribution import Attribution
from playfair.shapley.errors import WrongOption
from playfair.steps.layout import Layout

HOST = "127.0.0.1"
# Temporary folders of what is shown, kept until Python ends.
_folders: list[TemporaryDirectory[str]] = []


def explore(answer: Attribution, frames: Any, port: int, block: bool) -> str:
    """Saves it for as long as Python runs, and serves it; as of `Attribution.explore`."""
    folder: TemporaryDirectory[str] = TemporaryDirectory(prefix="playfair-")
    _folders.append(folder)
    answer.save(folder.name, frames)
    return explore_folder(Path(folder.name), port=port, block=block)


def explore_folder(outputs: str | Path, *, port: int = 8050, block: bool = True) -> str:
    """Serves the saved answers of a folder; returns the address, at once or after Ctrl-C."""
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port < 2**16:
        raise WrongOption("port", port, "a whole number from 0 (any that is free) to 65535")
    outputs = Path(outputs)
    if not outputs.is_dir():
        raise WrongOption("outputs", str(outputs), "a folder that answer.save(FOLDER) wrote to")
    sources = {root.name: Source(root, SavedClips) for root in saved_in(outputs)}
    catalogue = Catalogue(Layout(outputs), Clips(outputs, outputs, sources))
    server = listen(build(catalogue), HOST, port)
    address = f"http://{HOST}:{server.port}"
    print(f"Exploring {outputs}: {address}", flush=True)
    if block:
        serve(server)
    else:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
    return address
