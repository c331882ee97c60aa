"""Why did a model decide as it did? Look for yourself, in a browser.

Reads whatever ESV stores lie in the outputs, of all datasets and models, and the datasets' clips as they are. Asks for
no study and builds nothing: it is called without studies, and its process, without torch, stays small.
"""

from pathlib import Path

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.server import build, listen, serve
from playfair.result import Result


def explorer(
    *,
    outputs: str,
    data: str,
    dataset: str,
    root: str,
    host: str,
    port: int,
    serve_seconds: float | None = None,
) -> Result:
    """Serves the explorer until Ctrl-C, or for `serve_seconds`.

    Args:
        outputs: where the studies lie.
        data, dataset, root: clips are looked for in `data`, those of `dataset` in `root`.
        host, port: the address; the next free port where this one is taken.
    """
    catalogue = Catalogue(Path(outputs), Path(data), {dataset: Path(root)})
    server = listen(build(catalogue), host, port)
    studies = catalogue.studies()
    stores = sum(map(len, studies.values()))
    print(
        f"Exploring {stores} ESV stores of {len(studies)} studies in {outputs}: http://{host}:{server.port}"
    )
    print("Ctrl-C ends it.", flush=True)
    serve(server, serve_seconds)
    return Result(
        "Explorer",
        f"The explorer showed the ESV stores of {', '.join(studies) or 'no study'}. Nothing was built or changed.",
        metrics={"studies": len(studies), "esv_stores": stores},
    )
