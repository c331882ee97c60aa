"""A little of the Hugging Face Hub, in this process: what its own client asks of it to push and pull."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_right"
Files = dict[str, bytes]


class StandIn:
    """Repositories by "models/me/x", each with its files; which of them are private."""

    def __init__(self) -> None:
        self.files: dict[str, Files] = {}
        self.private: set[str] = set()
        self.commits: list[dict[str, object]] = []
        self.url = ""


@contextmanager
def hub() -> Iterator[StandIn]:
    """Serves an empty Hub on the loopback."""
    standing = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def answer(self, code: int, content: object, **headers: str) -> None:
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def knows(self, repository: str) -> bool:
            """Whether whoever asks may see a repository; others hear that there is none."""
            right = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            if repository in standing.files and (right or repository not in standing.private):
                return True
            self.answer(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
            return False

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path).strip("/")
            if path.startswith("api/"):
                repository = "/".join(path.split("/")[1:4])
                if self.knows(repository):
                    self.answer(200, {"id": repository.partition("/")[2], "sha": "a" * 40})
                return
            place, _, rest = path.partition("/resolve/")
            name = rest.partition("/")[2]
            repository = place if place.startswith("datasets/") else f"models/{place}"
            if not self.knows(repository):
                return
            content = standing.files[repository].get(name)
            if content is None:
                self.answer(404, {"error": "no entry"}, X_Error_Code="EntryNotFound")
                return
            etag = f'"{hashlib.sha1(content).hexdigest()}"'
            self.answer(200, content, ETag=etag, X_Repo_Commit="a" * 40)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = unquote(urlsplit(self.path).path).strip("/")
            if path == "api/repos/create":
                said = json.loads(body)
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    self.answer(401, {"error": "Invalid username or password."})
                    return
                repository = f"{said.get('type') or 'model'}s/{said['organization']}/{said['name']}"
                if said["organization"] != "me":
                    self.answer(403, {"error": "You don't have the rights"})
                    return
                if said.get("private") or said.get("visibility") == "private":
                    standing.private.add(repository)
                code = 409 if repository in standing.files else 200
                standing.files.setdefault(repository, {})
                self.answer(code, {"url": f"{standing.url}/{repository.removeprefix('models/')}"})
                return
            if path == "api/validate-yaml":
                self.answer(200, {"errors": [], "warnings": []})
                return
            repository = "/".join(path.split("/")[1:4])
            action = path.split("/")[4]
            if not self.knows(repository):
                return
            files = standing.files[repository]
            if action == "paths-info":
                asked = _asked(body)
                self.answer(
                    200,
                    [
                        {"type": "file", "path": name, "size": len(files[name]), "oid": "b" * 40}
                        for name in asked
                        if name in files
                    ],
                )
            elif action == "preupload":
                wanted = json.loads(body)["files"]
                regular = [
                    {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                    for one in wanted
                ]
                self.answer(200, {"files": regular})
            elif action == "commit":
                for line in body.splitlines():
                    said = json.loads(line)
                    if said["key"] == "header":
                        standing.commits.append(said["value"])
                    else:
                        files[said["value"]["path"]] = base64.b64decode(said["value"]["content"])
                url = f"{standing.url}/{repository}/commit/{'a' * 40}"
                self.answer(200, {"success": True, "commitUrl": url, "commitOid": "a" * 40})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    standing.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield standing
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _asked(body: bytes) -> list[str]:
    """The paths of a question, as JSON or as a form."""
    if body.startswith(b"{"):
        return list(json.loads(body)["paths"])
    words = [word.partition(b"=") for word in body.split(b"&")]
    return [
        unquote(value.decode().replace("+", " ")) for name, _, value in words if name == b"paths"
    ]
