"""A small server in the place of W&B's, on this machine: what clients ask of it, and what it answers.

    with serving("ok") as server:
        run_warm(…, WANDB_BASE_URL=server.url, WANDB_API_KEY=KEY)
        server.asked["UpsertBucket"]

It takes everything and keeps what it was told. `how` is "ok", "refused" (the key), "broken" (500),
"deleted" (an id that was deleted is not taken again), or "revoked" (a key that is refused from the
first numbers on).
"""

import gzip
import json
import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "0123456789abcdef0123456789abcdef01234567"
USER = {"id": "u", "entity": "me", "username": "me", "flags": "{}", "teams": {"edges": []}}


class Server(ThreadingHTTPServer):
    """Its address, how it answers, and what it was asked: operation → variables, in order."""

    daemon_threads = True

    def __init__(self, how: str, deleted: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.how = how
        self.deleted = deleted
        self.asked: dict[str, list[Any]] = defaultdict(list)
        self.streamed: dict[str, list[Any]] = defaultdict(list)  # run → lines of its history
        self.sweep = ""  # the YAML of the sweep that an agent asks for
        self.commands: list[dict[str, Any]] = []  # for an agent
        self.runs: dict[str, dict[str, Any]] = {}
        self.uploaded: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if "otel" in self.path:
            self.server.asked["telemetry"].append(self.path)
            return self._answer(200, {})
        if self.server.how == "broken":
            return self._answer(500, {"errors": [{"message": "broken"}]})
        if self.server.how == "refused":
            return self._answer(401, {"errors": [{"message": "user is not logged in"}]})
        if self.path.endswith("/graphql"):
            return self._graphql(json.loads(body))
        if self.path.endswith("/file_stream"):
            return self._file_stream(json.loads(body))
        self.server.uploaded.append(self.path)
        return self._answer(200, {})

    do_GET = do_PUT = do_POST

    def handle_one_request(self) -> None:
        with suppress(ConnectionError):  # who asked has ended
            super().handle_one_request()

    def _graphql(self, question: dict[str, Any]) -> None:
        match = re.search(r"(?:query|mutation)\s+(\w+)", question["query"])
        name = match[1] if match else question["query"]
        given = question.get("variables") or {}
        self.server.asked[name].append(given)
        if name == "UpsertBucket" and self.server.deleted in (given["name"],):
            said = f"run {given['name']} was previously created and deleted; try a new run name"
            return self._answer(409, {"errors": [{"message": said}]})
        make = getattr(self, f"_{name}", lambda given: {})
        return self._answer(200, {"data": make(given)})

    def _file_stream(self, told: dict[str, Any]) -> None:
        if self.server.how == "revoked":
            return self._answer(401, {"errors": [{"message": "user is not logged in"}]})
        run = self.path.split("/")[-2]
        lines = told.get("files", {}).get("wandb-history.jsonl", {}).get("content", [])
        self.server.streamed[run] += [json.loads(line) for line in lines]
        return self._answer(200, {"limits": {}, "exitcode": None})

    def _Viewer(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"viewer": USER}

    def _UpsertBucket(self, given: dict[str, Any]) -> dict[str, Any]:
        project = {"id": "p", "name": given["project"], "entity": {"id": "e", "name": "me"}}
        run = self.server.runs.setdefault(given["name"], {"id": f"run-{given['name']}"})
        for name, value in given.items():
            if value is not None:
                run[name] = value
        bucket = {
            **{"id": run["id"], "name": given["name"], "displayName": run.get("displayName")},
            **{"description": "", "config": run.get("config", "{}"), "sweepName": run.get("sweep")},
            **{"project": project, "historyLineCount": 0},
        }
        return {"upsertBucket": {"bucket": bucket, "inserted": True}}

    def _RunResumeStatus(self, given: dict[str, Any]) -> dict[str, Any]:
        run = self.server.runs.get(given["name"])
        if run is None:
            return {"model": None}
        lines = self.server.streamed[given["name"]]
        bucket = {
            **{"id": run["id"], "name": given["name"], "config": run.get("config", "{}")},
            **{"historyLineCount": len(lines), "eventsLineCount": 0, "logLineCount": 0},
            **{"historyTail": json.dumps([json.dumps(line) for line in lines[-1:]])},
            **{"summaryMetrics": "{}", "eventsTail": "[]", "tags": [], "wandbConfig": '{"t": 1}'},
        }
        return {
            "model": {"id": "p", "name": "playfair", "entity": {"name": "me"}, "bucket": bucket}
        }

    def _CreateRunFiles(self, given: dict[str, Any]) -> dict[str, Any]:
        files = [
            {"name": name, "uploadUrl": f"{self.server.url}/upload/{name}"}
            for name in given["files"]
        ]
        run = self.server.runs[given["run"]]["id"]
        return {"createRunFiles": {"runID": run, "uploadHeaders": [], "files": files}}

    def _SweepWithRuns(self, given: dict[str, Any]) -> dict[str, Any]:
        sweep = {
            "id": "s",
            "name": given["sweep"],
            "config": self.server.sweep,
            "runs": {"edges": []},
        }
        sweep |= {"method": "grid", "state": "RUNNING", "bestLoss": None, "controller": "{}"}
        return {"project": {"sweep": sweep}}

    def _CreateAgent(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"createAgent": {"agent": {"id": "agent"}}}

    def _Heartbeat(self, given: dict[str, Any]) -> dict[str, Any]:
        """The next command, once the run before has ended."""
        idle = not json.loads(given["runState"])
        commands = [self.server.commands.pop(0)] if idle and self.server.commands else []
        answer = {"agent": {"id": "agent"}, "commands": json.dumps(commands)}
        return {"agentHeartbeat": answer}

    def _ArtifactType(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"project": None}

    def _CreateArtifact(self, given: dict[str, Any]) -> dict[str, Any]:
        # committed: nothing of it is asked for, as if another run had uploaded it
        sequence = {"id": "s", "latestArtifact": None}
        name = given["input"]["artifactCollectionName"]
        artifact = {"id": f"artifact-{name}", "state": "COMMITTED", "artifactSequence": sequence}
        return {"createArtifact": {"artifact": artifact}}

    def _answer(self, code: int, answer: dict[str, Any]) -> None:
        text = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def serving(how: str = "ok", deleted: str = "") -> Iterator[Server]:
    """A server for as long as the block lasts."""
    with Server(how, deleted) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
