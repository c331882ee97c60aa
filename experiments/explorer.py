"""Why did a model decide as it did? Look for yourself, in a browser.

Reads whatever ESV stores lie in the outputs, of all datasets and models, and the datasets' clips as
they are. Asks for no study and builds nothing: it is called without studies, and its process,
without torch, stays small.
"""

import getpass
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import playfair
from playfair.answers.clips import SavedClips, saved_in
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips, Source
from playfair.explorer.hosts import hosts_of
from playfair.explorer.listening import listen, serve
from playfair.explorer.scene import scene_of
from playfair.explorer.server import build, fetched
from playfair.explorer.site import write_site
from playfair.explorer.typed import typed_in
from playfair.explorer.view import View
from playfair.explorer.view_parts import look_ahead
from playfair.printable import printable
from playfair.result import Result
from playfair.steps.layout import Layout

CONFIGURATIONS = Path(playfair.__file__).parent / "conf" / "dataset"
MOST_PAGE_BYTES = 2**20  # of a site's pages, compressed


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
    export: str | None = None,
    esvs: str | None = None,
    beside: str | None = None,
    clips: Sequence[Any] | None = None,
    n_clips: int = 24,
    typed: str | None = None,
) -> Result:
    """Serves the explorer until Ctrl-C, or for some seconds; or writes a site of it.

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
        export: the folder of a site of plain files, which is written in the place of serving.
        esvs: the folder's name of the store that the site shows; None: the first.
        beside: of the one beside it; None: another model's, where there is one.
        clips: of the site, by uid; None: those that the two disagree on most.
        n_clips: how many of these.
        typed: the command that opened it, which says what commands of its pages begin with.
    """
    sources = {folder.name: Source(folder, SavedClips) for folder in saved_in(Path(outputs))}
    sources[dataset] = Source(Path(root), open_dataset)
    there = [file.stem for file in CONFIGURATIONS.glob("*.yaml")]
    catalogue = Catalogue(
        Layout(Path(outputs)),
        Clips(CONFIGURATIONS, Path(data), sources),
        typed_in(typed or "", dataset, there),
    )
    if export is not None:
        view = view_of(catalogue, dataset, esvs, beside)
        return exported(catalogue, view, Path(export), [str(uid) for uid in clips or ()], n_clips)
    server = listen(build(catalogue, hosts_of(host, hosts)), host, port)
    contents = catalogue.contents()
    titles = [contents.title(entry) for entry in contents.entries.values()]
    n_stores = "1 ESV store" if len(titles) == 1 else f"{len(titles)} ESV stores"
    address = f"[{host}]" if ":" in host else host
    print(f"Exploring {n_stores} in {printable(outputs)}: http://{address}:{server.port}")
    if hint := hint_of_tunnel(host, server.port):
        print(hint)
    for fault in contents.faults:
        print(f"Left out: {printable(fault)}")
    print("Ctrl-C ends it.", flush=True)
    look_ahead(catalogue)
    serve(server, serve_seconds)
    stores = "; ".join(titles) or "nothing"
    return Result(
        "Explorer",
        f"The explorer showed the ESVs of {stores}. Nothing was built or changed.",
        metrics={"esv_stores": len(titles), "left_out": len(contents.faults)},
    )


def view_of(catalogue: Catalogue, dataset: str, esvs: str | None, beside: str | None) -> View:
    """The view that a site is made of.

    Raises:
        ValueError: there is no such store.
    """
    contents = catalogue.contents()
    key = ""
    if esvs is not None:
        key = contents.entry(esvs if "/" in esvs else f"{dataset}/{esvs}").key
    elif contents.entries:
        of_dataset = [entry for entry in contents.entries.values() if entry.dataset == dataset]
        key = contents.first(of_dataset).key
    folder = "" if beside is None else beside.rpartition("/")[2]
    return View(esvs=key, beside=folder, page="start")


def exported(
    catalogue: Catalogue, view: View, folder: Path, uids: Sequence[str], n_clips: int
) -> Result:
    """Writes the site of a view."""
    scene = scene_of(view, catalogue)
    site = write_site(
        scene,
        catalogue,
        folder,
        uids=uids,
        n_clips=n_clips,
        fetch=lambda url: fetched(url, catalogue),
    )
    pages = "1 clip" if site.n_clips == 1 else f"{site.n_clips} clips"
    for note in site.notes:
        print(f"Left out: {printable(note)}")
    fewer = max(1, site.n_clips * MOST_PAGE_BYTES // max(site.page_bytes, 1))
    too_large = (
        [
            "That is more than 1 MB, which is much for a page: experiment.n_clips="
            f"{fewer} stays below."
        ]
        if site.page_bytes > MOST_PAGE_BYTES
        else []
    )
    return Result(
        "Explorer",
        f"The explorer of {' beside '.join(scene.stores)}, as plain files. Open "
        f"{folder / 'index.html'}, or copy the folder to where a project's pages lie: no server of "
        "ours is needed. It holds the clips that it shows: see whether they may be passed on.",
        findings=[
            f"{folder} holds the pages of {pages}: {site.page_bytes / 2**20:.2f} MB compressed, and "
            f"{site.media_bytes / 2**20:.2f} MB of clips and film strips.",
            *too_large,
        ],
        metrics={
            "clips": site.n_clips,
            "page_bytes": site.page_bytes,
            "media_bytes": site.media_bytes,
            "left_out": len(site.notes),
        },
    )


def hint_of_tunnel(host: str, port: int) -> str:
    """What to type where the browser is on another machine; "" where nothing says that it is."""
    if host not in ("127.0.0.1", "localhost") or "SSH_CONNECTION" not in os.environ:
        return ""
    server = os.environ["SSH_CONNECTION"].split()[2:3] or [socket.gethostname()]
    return (
        "Your browser is on another machine? There, type: "
        f"ssh -N -L {port}:127.0.0.1:{port} {printable(getpass.getuser())}@{printable(server[0])}"
    )
