"""Who asks the explorer for what is not theirs, or asks too much: real sockets, on the loopback."""

import base64
import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playfair.explorer import export_html, listening
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.errors import NotThereError, near
from playfair.explorer.export_html import html_page
from playfair.explorer.hosts import Hosts, hosts_of
from playfair.explorer.listening import Server, listen
from playfair.explorer.served_file import open_video
from playfair.explorer.server import build
from tests.explorer.conftest import CONFIGURATIONS, key_of, serving
from tests.explorer.crowd import asked_at_once, half_open

DATASET = "synthetic"


def port_of(address: str) -> int:
    return int(address.rsplit(":")[-1])


def asked(address: str, text: str) -> tuple[int, str]:
    """The status and all of the answer to a request as it stands."""
    with socket.create_connection(("127.0.0.1", port_of(address)), timeout=30) as connection:
        connection.sendall(text.encode("latin-1"))
        parts = []
        while part := connection.recv(2**16):
            parts.append(part)
    answer = b"".join(parts).decode("latin-1")
    return int(answer.split()[1]), answer


def page(host: str | None, path: str = "/", version: str = "1.1", more: str = "") -> str:
    line = "" if host is None else f"Host: {host}\r\n"
    return f"GET {path} HTTP/{version}\r\n{line}Connection: close\r\n{more}\r\n"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8050", "localhost:9999", "LOCALHOST.", "[::1]:80"]
)
def test_the_names_of_this_machine_are_answered(address: str, host: str) -> None:
    assert asked(address, page(host))[0] == 200


@pytest.mark.parametrize(
    "path", ["/", "/_dash-layout", "/export.csv", "/assets/explorer.css", "/x"]
)
@pytest.mark.parametrize(
    "host",
    ["evil.test", "localhost.evil.test:8050", "evil-localhost", "192.168.1.1", "", None],
)
def test_another_name_is_refused_wherever_it_asks(address: str, path: str, host) -> None:
    status, answer = asked(address, page(host, path, "1.0"))
    assert status == 421
    assert "answers to localhost, 127.0.0.1 and ::1" in answer
    assert "trn" not in answer.lower()  # which stores there are is nobody's business


def test_a_clip_is_not_read_under_another_name(catalogue, address: str) -> None:
    path = f"/clips/{key_of(catalogue, 'TRN, 4 frames')}/20"
    assert asked(address, page("127.0.0.1", path))[0] == 200
    for more in ("", "X-Forwarded-Host: 127.0.0.1\r\n", "Host: 127.0.0.1\r\n"):
        assert asked(address, page("evil.test", path, more=more))[0] == 421


def test_the_refusal_says_what_to_type_behind_a_proxy(address: str) -> None:
    _, answer = asked(address, page("hub.my-lab.org:443"))
    assert "experiment=explorer &#x27;experiment.hosts=[hub.my-lab.org]&#x27;" in answer
    status, answer = asked(address, page("<script>alert(1)</script>"))
    assert status == 421 and "<script>alert" not in answer


def test_a_name_that_was_typed_is_answered(catalogue) -> None:
    server = build(catalogue, hosts_of("127.0.0.1", ["Hub.my-lab.org"]))
    client = server.test_client()
    assert client.get("/", headers={"Host": "hub.my-lab.org:8888"}).status_code == 200
    assert client.get("/", headers={"Host": "evil.test"}).status_code == 421


def test_a_page_from_elsewhere_has_no_work_done(catalogue) -> None:
    client = build(catalogue).test_client()
    path = f"/scores/{key_of(catalogue, 'TRN, 4 frames')}/20"
    for site, status in (
        ("cross-site", 403),
        ("same-site", 403),
        ("same-origin", 200),
        (None, 200),
    ):
        headers = {} if site is None else {"Sec-Fetch-Site": site}
        assert client.post(path, headers=headers).status_code == status, site
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200  # a link


def test_where_all_may_ask_any_address_is_answered_and_no_strange_name() -> None:
    everywhere = hosts_of("0.0.0.0")
    for host in ("192.168.1.7:8050", "[fe80::1]", "localhost", socket.gethostname()):
        assert everywhere.know(host), host
    for host in ("evil.test", "192.168.1.7.evil.test", "", None, "a b", "evil.test@127.0.0.1"):
        assert not everywhere.know(host), host
    one = hosts_of("192.168.1.7")
    assert one.know("192.168.1.7") and not one.know("192.168.1.8")


def test_the_browser_is_told_what_not_to_do(address: str) -> None:
    for path in ("/", "/nowhere", "/_dash-layout"):
        _, answer = asked(address, page("localhost", path))
        head = answer.partition("\r\n\r\n")[0]
        assert "frame-ancestors 'none'" in head and "script-src 'self' 'sha256-" in head
        script_policy = head.partition("script-src")[2].partition(";")[0]
        assert "unsafe" not in script_policy
        for name in ("nosniff", "no-referrer", "same-origin", "DENY"):
            assert name in head, name
        assert "Server: werkzeug" not in head and "Python" not in head


def test_an_error_of_ours_is_a_page_and_no_traceback(catalogue, monkeypatch, caplog) -> None:
    monkeypatch.setattr("playfair.explorer.server.strip", lambda *_: 1 / 0)
    with serving(catalogue) as address:
        path = f"/strips/{key_of(catalogue, 'TRN, 4 frames')}/20?frames=0"
        status, answer = asked(address, page("localhost", path))
    assert status == 500 and "told in its terminal" in answer
    assert "Traceback" not in answer and "ZeroDivision" not in answer
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"GET / HTTP/1.1\r\nX: {'a' * 2**16}"[: 2**16], 431),
        (f"GET /{'a' * 2**16}"[: 2**16], 431),
        ("POST /_dash-update-component HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        ("\x16\x03\x01\x02\r\n\r\n", 400),
    ],
    ids=["header", "line", "body", "length", "tls"],
)  # fmt: skip
def test_what_is_too_large_or_no_request_is_refused(address: str, text: str, status: int) -> None:
    assert asked(address, text)[0] == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"output": 1}',
        b'{"output": "url.search", "inputs": []}',
        b"\xff",
    ],
)
def test_what_is_no_click_is_answered_without_a_traceback(catalogue, body: bytes) -> None:
    client = build(catalogue).test_client()
    for kind in ("application/json", "text/plain"):
        answer = client.post("/_dash-update-component", data=body, content_type=kind)
        assert answer.status_code in (204, 400, 415, 500)
        assert b"Traceback" not in answer.data and b"File " not in answer.data


@contextmanager
def many(catalogue: Catalogue) -> Iterator[tuple[int, int]]:
    """The explorer in a process of its own: its process number and port."""
    reading, writing = os.pipe()
    if (process := os.fork()) == 0:
        try:
            server = listen(build(catalogue), "127.0.0.1", 8250)
            os.write(writing, str(server.port).encode())
            server.serve_forever(60)
        finally:
            os._exit(0)
    try:
        yield process, int(os.read(reading, 16))
    finally:
        os.kill(process, 9)
        os.waitpid(process, 0)
        os.close(reading)
        os.close(writing)


def test_six_hundred_half_requests_and_two_hundred_whole_ones_are_lived_with(catalogue) -> None:
    with many(catalogue) as (process, port), ExitStack() as stack:
        asked_at_once(port, "/", 1)
        half_open(port, 600, stack)
        seconds, answers = asked_at_once(port, "/", 200)
        assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
        assert len(os.listdir(f"/proc/{process}/task")) < 40  # it was 608
        print(f"slowest of 200 pages: {max(seconds):.2f} s at load {os.getloadavg()[0]:.1f}")
        # 0.6 s on two idle cores, where 1 s is promised; 1.2 s where 14 processes share them
        assert max(seconds) < 2


def test_a_request_that_never_becomes_whole_is_ended_and_one_that_is_read_slowly_not(
    catalogue,
) -> None:
    server = listen(build(catalogue), "127.0.0.1", 8350)
    with ExitStack() as stack:
        stack.callback(server.server_close)
        half = half_open(server.port, 2, stack)
        silent = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        server.serve_forever(0.2)
        arrived = time.time()
        server.maintenance(arrived + listening.REQUEST_SECONDS - 5)
        server.serve_forever(0.1)
        assert len(server.active_channels) == 3
        # one goes on with a byte: it is to be whole in time all the same
        half[0].sendall(b"a")
        server.serve_forever(0.1)
        server.maintenance(arrived + listening.REQUEST_SECONDS)
        server.serve_forever(0.1)
        assert len(server.active_channels) == 1
        assert half[0].recv(1) == half[1].recv(1) == b""
        server.maintenance(time.time() + listening.IDLE_SECONDS + 1)
        server.serve_forever(0.1)
        assert not server.active_channels and silent.recv(1) == b""


def test_who_waits_longest_makes_room(catalogue, monkeypatch) -> None:
    monkeypatch.setattr(listening, "CONNECTIONS", 64)
    with ExitStack() as stack:
        server = listen(build(catalogue), "127.0.0.1", 8350)
        stack.callback(server.server_close)
        half = [connection.getsockname()[1] for connection in half_open(server.port, 100, stack)]
        held: set[int] = set()
        for _ in range(50):
            server.serve_forever(0.1)
            held = {channel.addr[1] for channel in server.active_channels.values()}
            if half[-1] in held:
                break
        assert 30 < len(held) <= 64
        assert held == set(half[-len(held) :])
        newest = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        newest.sendall(page("localhost").encode())
        newest.settimeout(10)
        server.serve_forever(0.5)
        assert newest.recv(15) == b"HTTP/1.1 200 OK"


def test_as_many_connections_are_held_as_the_process_may_open_files(monkeypatch) -> None:
    limits = {"now": (256, 512)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: limits.update(now=new))
    assert listening._connections() == 512 - listening.FILES_LEFT
    assert limits["now"] == (512, 512)


def test_the_loop_ends_when_another_thread_says_so() -> None:
    server = listen(Flask("short"), "127.0.0.1", 8350)
    assert isinstance(server, Server)
    server.serve_forever(0.05)
    server.server_close()


EBML = b"\x1a\x45\xdf\xa3" + b"0" * 100


def test_a_link_is_followed_to_a_video_file_and_to_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "video").write_bytes(EBML)
    (tmp_path / "secret").write_text("root:x:0:0")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("video", "secret", "folder", "pipe", "nothing"):
        (tmp_path / f"{name}.webm").symlink_to(tmp_path / name)
    (tmp_path / "loop.webm").symlink_to(tmp_path / "loop.webm")
    (tmp_path / "device.webm").symlink_to("/dev/zero")
    with open_video(tmp_path / "video.webm", "1") as file:
        assert file.read() == EBML
    for name in ("secret", "folder", "pipe", "nothing", "loop", "device"):
        with pytest.raises(NotThereError, match="Clip 1 (cannot be read|is no video file)"):
            open_video(tmp_path / f"{name}.webm", "1")


def test_a_clip_that_is_a_link_to_something_else_is_not_served(catalogue, data, tmp_path) -> None:
    import shutil

    shutil.copytree(data, tmp_path / "data")
    own = Catalogue(catalogue.layout, Clips(CONFIGURATIONS, tmp_path / "data"))
    clip = own.clips.file(DATASET, "validation", "20")
    key = key_of(catalogue, "TRN, 4 frames")
    aside = clip.rename(tmp_path / "moved.webm")
    clip.symlink_to(aside)
    client = build(own).test_client()
    assert client.get(f"/clips/{key}/20").data == aside.read_bytes()
    aside.write_text("root:x:0:0")
    answer = client.get(f"/clips/{key}/20")
    assert answer.status_code == 404 and b"x:0:0" not in answer.data


def test_a_large_clip_is_sent_in_ranges_and_no_thread_waits_for_who_reads_it(
    catalogue, data, tmp_path
) -> None:
    import shutil

    shutil.copytree(data, tmp_path / "data")
    own = Catalogue(catalogue.layout, Clips(CONFIGURATIONS, tmp_path / "data"))
    clip = own.clips.file(DATASET, "validation", "20")
    with clip.open("wb") as file:
        file.write(EBML)
        file.truncate(200 * 2**20)
        file.seek(150 * 2**20)
        file.write(b"here")
    path = f"/clips/{key_of(catalogue, 'TRN, 4 frames')}/20"
    with serving(own) as address, ExitStack() as stack:
        for _ in range(2 * listening.THREADS):  # more than there are threads, and none reads
            half = stack.enter_context(socket.create_connection(("127.0.0.1", port_of(address))))
            half.sendall(page("localhost", path, more="Range: bytes=0-\r\n").encode())
        more = f"Range: bytes={150 * 2**20}-{150 * 2**20 + 3}\r\n"
        status, answer = asked(address, page("localhost", path, more=more))
        assert status == 206 and answer.endswith("\r\n\r\nhere")
        assert f"Content-Range: bytes 157286400-157286403/{200 * 2**20}" in answer
        status, _ = asked(address, page("localhost", path, more="Range: bytes=999999999999-\r\n"))
        assert status == 416


def exported(clip: Path) -> Iterator[str]:
    from dash import html

    url = "clips/a/b/1"
    content = html.Video(src=url)
    return html_page(content, "clip 1", lambda _: (clip.open("rb"), "video/webm"))


def test_an_export_holds_a_small_part_of_a_clip_at_once(tmp_path: Path) -> None:
    clip = tmp_path / "clip"
    clip.write_bytes(os.urandom(5_000_001))
    parts = list(exported(clip))
    text = "".join(parts)
    encoded = text.partition("base64,")[2].partition('"')[0]
    assert base64.b64decode(encoded) == clip.read_bytes()
    inside = [part for part in parts if "plotly" not in part]
    assert max(map(len, inside)) < 2**21


def test_a_clip_that_is_too_large_for_a_page_is_named_and_left_out(tmp_path: Path) -> None:
    clip = tmp_path / "clip"
    with clip.open("wb") as file:
        file.truncate(2 * 2**30)
    text = "".join(exported(clip))
    assert "it has 2,048 MB, and up to 64 are put inside" in text
    assert len(text) < 20e6 and "base64," not in text.partition("<script>")[0]
    assert export_html.MOST_BYTES < 2**28


def test_what_an_export_is_called_is_plain(catalogue, monkeypatch) -> None:
    monkeypatch.setattr(
        "playfair.explorer.server._clips_of", lambda _: '视频/../"\r\nSet-Cookie: a'
    )
    answer = build(catalogue).test_client().get("/export.csv")
    name = answer.headers["Content-Disposition"].partition("filename=")[2].strip('"')
    assert name.isascii() and name.endswith(".csv") and "Set-Cookie" not in answer.headers
    assert not set(name.removesuffix(".csv")) & set('/."\r\n ')


def test_what_is_near_is_found_quickly_among_many_names() -> None:
    names = [f"clip-{number}" for number in range(25_000)]
    start = time.perf_counter()
    assert "clip-2477" in near("clip-2477x", names)
    assert len(near("y" * 60_000, names)) == 5
    assert time.perf_counter() - start < 2


PARTS = [
    "synthetic",
    "..",
    "%2e%2e",
    "20",
    "",
    "%00",
    "%ff",
    "a" * 300,
    "😀",
    "%0d%0a",
    "export.csv",
]
QUERIES = st.dictionaries(
    st.sampled_from(
        ["esvs", "beside", "uid", "page", "class", "classes", "sort", "find", "element", "cell", "frames", "x"]
    ),
    st.one_of(
        st.sampled_from(["20", "-1", "9" * 400, "0,1", "population", "1e9", "²", "%", ",,", "2147483648"]),
        st.text(max_size=30),
    ),
    max_size=4,
)  # fmt: skip
PLACES = ["", "clips/KEY", "strips/KEY", "assets", "_dash-component-suites/dash", "export.html"]


def a_url_is_answered(catalogue, place: str, parts: list[str], query: dict[str, str]) -> None:
    client = build_once(catalogue)
    path = "/".join(["", place.replace("KEY", key_of(catalogue, "TRN, 4 frames")), *parts])
    raw = {"PATH_INFO": path.encode("utf-8", "replace").decode("latin-1")}
    answer = client.get("/", query_string=query, environ_overrides=raw)
    assert answer.status_code in (200, 206, 304, 308, 400, 404, 405), answer.status_code
    assert b"Traceback" not in answer.data
    assert len(answer.data) < 20e6


CLIENTS: dict[int, object] = {}


def build_once(catalogue):
    if id(catalogue) not in CLIENTS:
        CLIENTS[id(catalogue)] = build(catalogue).test_client()
    return CLIENTS[id(catalogue)]


addresses = st.tuples(
    st.sampled_from(PLACES),
    st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=10)), max_size=3),
    QUERIES,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(addresses)
def test_any_url_is_answered_or_refused_in_words(catalogue, url) -> None:
    a_url_is_answered(catalogue, *url)


@pytest.mark.slow
@settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(addresses)
def test_very_many_urls_are_answered_or_refused_in_words(catalogue, url) -> None:
    a_url_is_answered(catalogue, *url)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_host_is_known_or_not(header: str) -> None:
    known = Hosts(("localhost",), numbers=True).know(header)
    assert known in (True, False)
    assert not (known and "evil" in header)
