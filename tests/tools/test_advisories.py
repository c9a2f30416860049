"""The advisories' step says what a database knows, and that it could not be asked; it never takes silence for good."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.ports import unused_port
from tools.advisories import main, read

ADVISORY = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "details": "",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [{"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999.0"}]}]}],
}
LINE = "aiohttp 3.14.5: PYSEC-2026-1, CVE-2026-1; mended in 999.0"


def package(name, **of_it):
    return {"name": name, "version": "3.14.5", "vulns": [], **of_it}


FOUND = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["999.0"]}


@pytest.fixture
def database():
    """An advisory database that knows one advisory, about aiohttp."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]
            knows = [{**ADVISORY, "affected": [{"package": asked, **ADVISORY["affected"][0]}]}]
            answer = json.dumps({"vulns": knows} if asked["name"] == "aiohttp" else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def test_an_advisory_about_what_the_gateway_serves_with_fails_the_step(database, capsys):
    assert main(["--osv-url", database]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "The gateway serves with these: lock versions in which they are mended.",
        f"  {LINE}",
    ]


def test_a_database_that_cannot_be_asked_is_said_and_fails_nothing(capsys):
    assert main(["--osv-url", f"http://127.0.0.1:{unused_port()}/v1/query"]) == 0
    assert capsys.readouterr().out.startswith(
        "No advisory database could be asked, so nothing is known of the packages, neither good nor bad: "
    )


@pytest.mark.parametrize(("serving", "serves", "tests"), [({"aiohttp"}, [LINE], []), ({"yarl"}, [], [LINE])])
def test_what_only_tests_use_is_told_apart(serving, serves, tests):
    answers = read([package("aiohttp", vulns=[FOUND]), package("yarl")], serving)
    assert answers == (2, [], serves, tests)


def test_a_package_that_the_database_does_not_know_is_named():
    unknown = {"name": "aiohttp", "skip_reason": "not found"}
    assert read([unknown, package("yarl")], {"aiohttp"}) == (1, ["aiohttp"], [], [])
