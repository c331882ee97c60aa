"""Why did a model decide as it did? Look for yourself, in a browser.

Reads whatever ESV stores lie in the outputs, of all datasets and models, and the datasets' clips as
they are. Asks for no study and builds nothing: it is called without studies, and its process,
without torch, stays small.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import playfair
from playfair.answers.clips import SavedClips, saved_in
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips, Source
from playfair.explorer.hosts import hosts_of
from playfair.explorer.listening import listen, serve
from playfair.explorer.server import build
from playfair.printable import printable
from playfair.result import Result
from playfair.steps.layout import Layout

CONFIGURATIONS = Path(playfair.__file__).parent / "conf" / "dataset"


def explorer(
    *,
    outputs: str,
    data: str,
    dataset: str,
    root: str,
    open_dataset: Callable[..., Any],
    host: str,
    port: int,
    hosts: Sequence[str] = (),
    serve_seconds: float | None = None,
) -> Result:
    """Serves the explorer until Ctrl-C, or for some seconds.

    Args:
        outputs: where the stores lie.
        data: where the datasets lie that are not `dataset`.
        dataset: the name of the one that is configured.
        root: its folder.
        open_dataset: (root, videos=…) → the dataset.
        host: the address.
        port: the port; the next free one where this is taken.
        hosts: other names that it answers to, such as a proxy's.
        serve_seconds: for how long; None: until Ctrl-C.
    """
    sources = {folder.name: Source(folder, SavedClips) for folder in saved_in(Path(outputs))}
    sources[dataset] = Source(Path(root), open_dataset)
    clips = Clips(CONFIGURATIONS, Path(data), sources)
    catalogue = Catalogue(Layout(Path(outputs)), clips)
    server = listen(build(catalogue, hosts_of(host, hosts)), host, port)
    contents = catalogue.contents()
    titles = [contents.title(entry) for entry in contents.entries.values()]
    n_stores = "1 ESV store" if len(titles) == 1 else f"{len(titles)} ESV stores"
    address = f"[{host}]" if ":" in host else host
    print(f"Exploring {n_stores} in {printable(outputs)}: http://{address}:{server.port}")
    for fault in contents.faults:
        print(f"Left out: {printable(fault)}")
    print("Ctrl-C ends it.", flush=True)
    serve(server, serve_seconds)
    stores = "; ".join(titles) or "nothing"
    return Result(
        "Explorer",
        f"The explorer showed the ESVs of {stores}. Nothing was built or changed.",
        metrics={"esv_stores": len(titles), "left_out": len(contents.faults)},
    )
