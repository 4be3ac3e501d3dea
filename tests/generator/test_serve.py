from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from runpages.format.serving import served
from runpages_site.build import Report
from runpages_site.command import runpages
from runpages_site.serve.server import PORT, ServeError, Server, listen

from .conftest import MakeRun

SECRET = b"do not serve"
VIDEO = bytes(range(256)) * 40


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def running(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection(*address(server), timeout=10)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def address(server: Server) -> tuple[str, int]:
    return str(server.server_address[0]), server.server_address[1]


def raw(server: Server, text: bytes) -> bytes:
    """What the server answers to these very bytes, until it closes."""
    with socket.create_connection(address(server), timeout=10) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        return answer


@pytest.fixture
def site(tmp_path: Path) -> Path:
    files = {
        "index.html": b"home",
        "build.js": b"js",
        "e/demo/index.html": b"demo",
        "e/demo/a.html": b"run",
        "e/demo/a/media/v.mp4": VIDEO,
        "e/demo/a/artifacts/.hidden": SECRET,
        "e/demo/a/pages/0a.htm": b"sealed",
        "e/demo/a/artifacts/\u00fc #?%41.txt": b"odd",
        "e/demo/a/empty.txt": b"",
        ".runpages-site.json": b"{}",
        ".runpages/state.json": SECRET,
        ".git/config": SECRET,
        "e/.env": SECRET,
        "e/.runpages/x": SECRET,
        "assets/x.css": b"css",
    }
    root = tmp_path / "web" / "site"
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    (tmp_path / "web" / "secret.txt").write_bytes(SECRET)
    (tmp_path / "web" / "site-other").mkdir()
    (tmp_path / "web" / "site-other" / "x").write_bytes(SECRET)
    return root


@pytest.fixture
def server(site: Path) -> Iterator[Server]:
    with running(listen(site, port=0)) as server:
        yield server


@pytest.mark.parametrize(
    ("path", "body", "content_type"),
    [
        ("/", b"home", "text/html; charset=utf-8"),
        ("/index.html", b"home", "text/html; charset=utf-8"),
        ("/build.js?v=1", b"js", "text/javascript; charset=utf-8"),
        ("/assets/x.css", b"css", "text/css; charset=utf-8"),
        ("/e/demo/", b"demo", "text/html; charset=utf-8"),
        ("/e/demo/a.html", b"run", "text/html; charset=utf-8"),
        ("/e/demo/a/media/v.mp4", VIDEO, "video/mp4"),
        ("/e/demo/a/pages/0a.htm", b"sealed", "text/html; charset=utf-8"),
        ("/e/demo/a/artifacts/%C3%BC%20%23%3F%2541.txt", b"odd", "text/plain; charset=utf-8"),
        ("/e/demo/a/empty.txt", b"", "text/plain; charset=utf-8"),
    ],
)
def test_files_are_served_with_their_type(server: Server, path: str, body: bytes, content_type: str) -> None:
    answer = ask(server, path)
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["content-type"] == content_type
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["content-security-policy"] == "frame-ancestors 'self'"
    head = ask(server, path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "date": ""} == {**answer.headers, "date": ""}


@pytest.mark.parametrize(
    "path",
    [
        "/none.html", "/index.html/", "/index.html/x", "/assets/", "/assets", "/e/", "/e", "/INDEX.HTML",
        "/e/.runpages-site.json", "/.runpages-site.json/", "/.runpages/state.json", "/.git/config", "/e/.env",
        "/e/.runpages/x", "/e/demo/a/artifacts/.hidden",
        "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt",
        "/..\\secret.txt", "/..%5csecret.txt", "/e/../../secret.txt", "/e/demo/a/../../../../secret.txt",
        "/e/demo/a/artifacts/x/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret.txt", "/../site-other/x",
        "/index.html%00", "/%00", "/index.html%00.txt", "/./index.html", "/e//demo/index.html", "/e/demo//",
        "/" + "x" * 5000, "/" + "a/" * 2000, "/%ff%fe",
    ],
)  # fmt: skip
def test_nothing_else_is_served(server: Server, path: str) -> None:
    answer = ask(server, path)
    assert answer.status == 404
    assert answer.body == b"Page not found. The site is at /\n"
    assert SECRET not in raw(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())


def test_the_manifest_is_served_for_those_who_read_the_site(server: Server) -> None:
    assert (ask(server, "/.runpages-site.json").status, ask(server, "/.runpages-site.json").body) == (200, b"{}")


def test_links_inside_the_site_work_and_others_do_not(site: Path, server: Server) -> None:
    (site / "inside.txt").symlink_to(site / "build.js")
    (site / "outside.txt").symlink_to(site.parent / "secret.txt")
    (site / "folder").symlink_to(site.parent)
    (site / "sibling").symlink_to(site.parent / "site-other")
    (site / "loop").symlink_to(site / "loop")
    os.mkfifo(site / "pipe")
    assert ask(server, "/inside.txt").body == b"js"
    for path in ("/outside.txt", "/folder/secret.txt", "/sibling/x", "/loop", "/pipe"):
        assert ask(server, path).status == 404, path


def test_a_folder_without_a_slash_is_redirected(server: Server) -> None:
    answer = ask(server, "/e/demo?x=1")
    assert (answer.status, answer.headers["location"]) == (302, "/e/demo/?x=1")


def test_the_page_for_missing_pages_is_the_sites_own(site: Path, server: Server) -> None:
    (site / "404.html").write_text("lost")
    answer = ask(server, "/none", Range="bytes=0-1")
    assert (answer.status, answer.body) == (404, b"lost")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert ask(server, "/none", "HEAD").headers["content-length"] == "4"


def test_a_reader_that_has_the_file_gets_no_second(site: Path, server: Server) -> None:
    first = ask(server, "/build.js").headers
    assert ask(server, "/build.js", If_None_Match=first["etag"]).status == 304
    assert ask(server, "/build.js", If_None_Match=f'"x", W/{first["etag"]}').status == 304
    assert ask(server, "/build.js", If_None_Match="*").status == 304
    assert ask(server, "/build.js", If_Modified_Since=first["last-modified"]).status == 304
    known = ask(server, "/build.js", If_None_Match=first["etag"])
    assert (known.body, known.headers["etag"]) == (b"", first["etag"])
    assert ask(server, "/build.js", If_None_Match='"x"', If_Modified_Since=first["last-modified"]).status == 200
    assert ask(server, "/build.js", If_Modified_Since="yesterday").status == 200
    (site / "new").write_text("sj")
    os.utime(site / "new", ns=(0, (site / "build.js").stat().st_mtime_ns + 1))
    (site / "new").replace(site / "build.js")
    assert ask(server, "/build.js", If_None_Match=first["etag"]).body == b"sj"


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("bytes=0-99", (0, 99)),
        ("bytes=100-", (100, 10239)),
        ("bytes=-10", (10230, 10239)),
        ("bytes=-99999", (0, 10239)),
        ("bytes=10000-99999", (10000, 10239)),
        ("Bytes = 5-5", (5, 5)),
    ],
)
def test_a_part_of_a_video_is_served(server: Server, asked: str, span: tuple[int, int]) -> None:
    first, last = span
    answer = ask(server, "/e/demo/a/media/v.mp4", Range=asked)
    assert answer.status == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/10240"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.body == VIDEO[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=99999-999999", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused(server: Server, asked: str) -> None:
    answer = ask(server, "/e/demo/a/media/v.mp4", Range=asked)
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */10240")


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=0-1,3-4", "lines=0-1", "bytes=-", "bytes=a-b", "bytes=\u0661-"])
def test_a_range_that_is_none_gives_the_whole(server: Server, asked: str) -> None:
    answer = ask(server, "/e/demo/a/media/v.mp4", Range=asked.encode().decode("latin-1"))
    assert (answer.status, answer.body) == (200, VIDEO)


def test_a_part_of_an_older_file_is_not_mixed_with_a_new_one(server: Server) -> None:
    path = "/e/demo/a/media/v.mp4"
    first = ask(server, path).headers
    assert ask(server, path, Range="bytes=0-1", If_Range=first["etag"]).status == 206
    assert ask(server, path, Range="bytes=0-1", If_Range=first["last-modified"]).status == 206
    assert ask(server, path, Range="bytes=0-1", If_Range='"x"').status == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1", "[::1]:8000"])
def test_the_own_names_are_answered(server: Server, host: str) -> None:
    assert ask(server, "/", Host=host).status == 200


@pytest.mark.parametrize("host", ["example.org", "localhost.example.org", "127.0.0.1.example.org:8000", "", "[::2]"])
def test_another_name_is_refused(server: Server, host: str) -> None:
    answer = ask(server, "/", Host=host)
    assert answer.status == 403
    assert b"home" not in answer.body
    assert b"runpages serve --host" in answer.body


def test_a_request_without_a_name_is_refused(server: Server) -> None:
    assert b" 403 " in raw(server, b"GET / HTTP/1.1\r\n\r\n").splitlines()[0]


def test_with_a_host_any_name_is_answered(site: Path) -> None:
    with running(listen(site, host="127.0.0.1", port=0)) as server:
        assert ask(server, "/", Host="example.org").status == 200


def fetched(site: str, mode: str, dest: str) -> dict[str, str]:
    return {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": dest}


@pytest.mark.parametrize("where", ["cross-site", "same-site", "", "Same-Origin", "none, cross-site"])
@pytest.mark.parametrize(
    ("mode", "dest"),
    [
        *(("no-cors", dest) for dest in ("script", "image", "style", "audio", "video", "object", "empty", "document")),
        *(("navigate", dest) for dest in ("iframe", "frame", "embed", "object", "fencedframe", "")),
        *(("cors", "empty"), ("cors", "script"), ("websocket", "websocket"), ("", "")),
    ],
)
def test_a_page_of_another_site_gets_no_file(server: Server, where: str, mode: str, dest: str) -> None:
    for path in ("/build.js", "/", "/e/demo/a.html", "/e/demo", "/none"):
        answer = ask(server, path, **fetched(where, mode, dest))
        assert (answer.status, answer.headers["content-type"]) == (403, "text/plain; charset=utf-8")
        assert answer.body == b"Requested by a page of another site. Only links to this site are allowed\n"


@pytest.mark.parametrize("where", ["cross-site", "same-site", "same-origin", "none"])
def test_a_link_from_another_site_works(server: Server, where: str) -> None:
    referrer = {"Referer": "https://example.org/", "Origin": "null"}
    assert ask(server, "/e/demo/a.html", **fetched(where, "navigate", "document"), **referrer).body == b"run"


def test_the_site_has_its_own_files(server: Server) -> None:
    for mode, dest in (("no-cors", "script"), ("navigate", "iframe"), ("cors", "empty")):
        assert ask(server, "/build.js", **fetched("same-origin", mode, dest)).status == 200
    assert ask(server, "/build.js", **fetched("none", "navigate", "document")).status == 200


FOREIGN = [
    "https://example.org/x",
    "http://localhost:1/",
    "http://127.0.0.1/",
    "null",
    "http://[",
    "",
    "localhost:8000",
]


@pytest.mark.parametrize("source", FOREIGN)
def test_a_browser_that_says_less_is_told_by_the_page_that_it_names(server: Server, source: str) -> None:
    host = {"Host": "localhost:8000"}
    assert ask(server, "/build.js", Origin=source, **host).status == 403
    assert ask(server, "/", Origin=source, **host).status == 403
    assert ask(server, "/build.js", Referer=source, **host).status == 403
    assert ask(server, "/e/demo/a.html", Referer=source, **host).body == b"run"
    assert ask(server, "/e/demo/", Referer=source, **host).body == b"demo"


def test_a_browser_that_names_the_site_or_nothing_is_answered(server: Server) -> None:
    own = "http://LocalHost:8000/e/demo/a.html"
    assert ask(server, "/build.js", Host="localhost:8000", Referer=own, Origin="http://localhost:8000").status == 200
    assert ask(server, "/build.js", Host="localhost:8000", Referer=own).status == 200
    assert ask(server, "/build.js").status == 200


def test_one_connection_takes_many_requests_and_nothing_smuggled(server: Server) -> None:
    one = b"GET /build.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert raw(server, one * 3).count(b"HTTP/1.1 200 OK") == 3
    body = b"GET /build.js HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    assert raw(server, body + one).count(b"HTTP/1.1 200 OK") == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(server: Server, method: str) -> None:
    assert ask(server, "/", method).status == 501


@pytest.mark.parametrize("path", ["/user/repo/", "user/repo"])
def test_below_a_path_it_is_as_on_a_code_host(site: Path, path: str) -> None:
    with running(listen(site, port=0, path=path)) as server:
        assert server.url.endswith("/user/repo/")
        assert ask(server, "/").headers["location"] == "/user/repo/"
        assert ask(server, "/user/repo").headers["location"] == "/user/repo/"
        assert ask(server, "/user/repo/").body == b"home"
        assert ask(server, "/user/repo/e/demo").headers["location"] == "/user/repo/e/demo/"
        assert ask(server, "/%75ser/repo/e/demo/a.html").body == b"run"
        for other in ("/index.html", "/user/", "/user/other/index.html", "/user/repository", "/user/repo/.git/config"):
            assert ask(server, other).status == 404, other


def test_the_path_may_need_escapes(site: Path) -> None:
    with running(listen(site, port=0, path="/my lab/\u00fc/")) as server:
        assert server.url.endswith("/my%20lab/%C3%BC/")
        assert ask(server, server.url.partition(str(server.server_address[1]))[2]).body == b"home"


@pytest.mark.parametrize("path", ["/../x/", "/a//b/", "/a\\b/", "/a/./b"])
def test_a_path_that_no_url_has_is_refused(site: Path, path: str) -> None:
    with pytest.raises(ServeError, match="--path"):
        listen(site, port=0, path=path)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_it_listens_to_ipv6(site: Path) -> None:
    try:
        server = listen(site, host="::1", port=0)
    except ServeError:
        pytest.skip("no IPv6 here")
    with running(server):
        assert server.url.startswith("http://[::1]:")
        assert ask(server, "/").body == b"home"


def test_a_port_that_is_taken_is_passed_over_unless_it_was_asked_for(site: Path) -> None:
    taken = []
    try:
        for _ in range(2):
            taken.append(listen(site))
        assert PORT <= taken[0].server_address[1] < taken[1].server_address[1]
        with pytest.raises(ServeError, match=r"port \d+: Address already in use"):
            listen(site, port=taken[0].server_address[1])
    finally:
        for server in taken:
            server.server_close()


def test_a_site_that_is_built_again_is_served_at_once(site: Path, server: Server) -> None:
    site.rename(site.with_name("old"))
    assert ask(server, "/").status == 404
    site.mkdir()
    (site / "index.html").write_text("new")
    assert ask(server, "/").body == b"new"


def test_a_reader_that_goes_away_is_no_error(server: Server, site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (site / "large.bin").write_bytes(bytes(30_000_000))
    for _ in range(3):
        with socket.create_connection(address(server)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.recv(10)
    assert ask(server, "/").body == b"home"
    assert capfd.readouterr().err == ""


def test_every_file_of_a_built_site_is_served_as_it_is(
    make_run: MakeRun, built: Callable[[], tuple[Path, Report]]
) -> None:
    make_run(
        "a#b?c",
        "\u00fcnder x",
        files={"artifacts/a b/\u00fc#?%41.txt": "x", "artifacts/.hidden": "y", "logs/a.log": "z"},
    )
    site, _ = built()
    with running(listen(site, port=0, path="/lab/")) as server:
        for file in site.rglob("*"):
            path = file.relative_to(site).as_posix()
            if file.is_file() and not path.startswith("."):
                assert ask(server, f"/lab/{quote(path)}").body == file.read_bytes(), path


def test_without_a_site_it_says_how_to_build_one(tmp_path: Path) -> None:
    result = CliRunner().invoke(runpages, ["serve", str(tmp_path / "site")])
    assert result.exit_code == 2
    assert "has no index.html. Build it first: runpages build" in result.stderr


# A shell without job control starts what runs in the background deaf to Ctrl-C.
COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from runpages_site.cli import main
main()
"""


def test_the_command_serves_until_ctrl_c(site: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", str(site), "--port", "0", "--path", "/lab/"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(rf"Serving {re.escape(str(site))} at http://127\.0\.0\.1:(\d+)/lab/ until Ctrl-C\n", line)
    assert found, line
    connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=10)
    connection.request("GET", "/lab/")
    assert connection.getresponse().read() == b"home"
    process.send_signal(signal.SIGINT)  # While the connection is still open.
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "Stopped\n", "")
    connection.close()


def test_while_it_serves_its_address_is_noted_in_the_workspace(site: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    command = [
        sys.executable,
        "-c",
        COMMAND,
        "serve",
        str(site),
        "--port",
        "0",
        "--path",
        "/lab/",
        "--workspace",
        str(runs),
    ]
    for end in (signal.SIGINT, signal.SIGKILL):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            url = served(str(runs), str(site / "index.html"))
            assert url is not None
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert answer.read() == b"home"
            process.send_signal(end)
            process.wait(10)
        assert served(str(runs), str(site / "index.html")) is None
        assert (runs / ".runpages" / "serve.json").exists() == (end == signal.SIGKILL)


def test_without_a_workspace_nothing_is_noted(site: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    command = [sys.executable, "-c", COMMAND, "serve", str(site), "--port", "0", "--workspace", str(tmp_path / "none")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert sorted(tmp_path.rglob("*")) == before
        process.send_signal(signal.SIGINT)


def test_it_opens_the_browser_when_asked(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def interrupt(server: Server, poll_interval: float = 0.5) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(Server, "serve_forever", interrupt)
    result = CliRunner().invoke(runpages, ["serve", str(site), "--open", "--port", "0"])
    assert result.exit_code == 0
    assert opened == [result.stdout.split(" at ")[1].split()[0]]
