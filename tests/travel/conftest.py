"""What travels of the tiny study, the words of the command line, and a plain web server."""

import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from playfair.launch.travel import perform

Type = Callable[..., str]


@pytest.fixture(scope="session")
def outputs(explained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outputs of the tiny study, with nothing but what travels; only to be read."""
    folder = tmp_path_factory.mktemp("travel") / "outputs"
    for kind in ("video", "heads", "esvs", "frames"):
        source = explained.folder / "outputs" / "synthetic" / kind
        if source.is_dir():
            shutil.copytree(source, folder / "synthetic" / kind)
    return folder


@pytest.fixture
def typed(
    outputs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Type:
    """typed("push", …): what is printed; outputs are those of the tiny study unless named."""
    monkeypatch.setenv("PLAYFAIR_PROGRAM", "playfair")

    def run(*words: object) -> str:
        own = any(str(word).startswith("paths.outputs=") for word in words)
        perform([*map(str, words), *([] if own else [f"paths.outputs={outputs}"])])
        return capsys.readouterr().out

    return run


@pytest.fixture
def served() -> Iterator[Callable[[Path], str]]:
    """served(folder): the URL that a plain web server shows it at."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    def serve(folder: Path, handler: type[SimpleHTTPRequestHandler] = Quiet) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
