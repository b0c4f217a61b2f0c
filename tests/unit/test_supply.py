"""What the operator is made of is locked, told, and can be asked about."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from tools import audit, sbom
from tools.locked import REQUIREMENTS, Pin, pins

LOCKS = sorted(path.name for path in REQUIREMENTS.glob("*.txt"))
OPERATOR = pins(REQUIREMENTS / "operator.txt")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_library_is_pinned_with_hashes_and_no_index_is_named(lock: str) -> None:
    assert pins(REQUIREMENTS / lock)
    text = (REQUIREMENTS / lock).read_text()
    assert "://" not in text
    assert "--index-url" not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_every_lock_is_audited(lock: str) -> None:
    assert lock in audit.LOCKS


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("kopf==1.45.2", id="without a hash"),
        pytest.param("kopf>=1.45.2 --hash=sha256:" + "0" * 64, id="no pin"),
        pytest.param("git+https://example.com/kopf", id="from elsewhere"),
    ],
)
def test_a_lock_that_locks_nothing_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "lock.txt").write_text(line + "\n")
    with pytest.raises(ValueError, match="no pin with hashes"):
        pins(tmp_path / "lock.txt")


def test_the_bill_has_every_library_with_its_hashes_and_its_licence() -> None:
    document = sbom.bill(OPERATOR)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    found = {each["purl"]: each for each in document["components"]}
    assert found.keys() == {pin.purl for pin in OPERATOR}
    for pin in OPERATOR:
        (files,) = found[pin.purl]["externalReferences"]
        assert [each["content"] for each in files["hashes"]] == list(pin.hashes)
        assert found[pin.purl].get("licenses") or pin.marker, pin


def test_the_bill_says_what_needs_what() -> None:
    document = sbom.bill(OPERATOR)
    needs = {each["ref"].split("@")[0]: each["dependsOn"] for each in document["dependencies"]}
    direct = {ref.split("@")[0] for ref in needs["pkg:pypi/sigopt-operator"]}
    assert {"pkg:pypi/kopf", "pkg:pypi/boto3", "pkg:pypi/prometheus-client"} <= direct
    assert "pkg:pypi/botocore" in {ref.split("@")[0] for ref in needs["pkg:pypi/boto3"]}
    reached, new = set[str](), {"pkg:pypi/sigopt-operator"}
    while new:
        reached |= new
        new = {r.split("@")[0] for ref in new for r in needs[ref]} - reached
    told_of = {pin.purl.split("@")[0] for pin in OPERATOR if not pin.marker}
    assert told_of - reached == set(), "locked, and nothing needs it"


def test_the_same_lock_makes_the_same_bill(capsys: pytest.CaptureFixture[str]) -> None:
    assert sbom.main([]) == 0
    first = capsys.readouterr().out
    assert sbom.main([]) == 0
    assert capsys.readouterr().out == first
    assert json.loads(first)["serialNumber"].startswith("urn:uuid:")


@pytest.mark.parametrize("pin", [p for p in OPERATOR if not p.marker], ids=lambda pin: pin.name)
def test_what_the_tests_run_with_is_what_is_locked(pin: Pin) -> None:
    assert metadata.version(pin.name) == pin.version


@contextmanager
def database(vulnerable: str, answer: bytes | None = None) -> Iterator[str]:
    """An OSV that knows of one library."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            queries: list[dict[str, Any]] = json.loads(body)["queries"]
            known = [{"vulns": [{"id": "GHSA-1"}]}, {}]
            results = [known[query["package"]["name"] != vulnerable] for query in queries]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(
                json.dumps({"results": results}).encode() if answer is None else answer
            )

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/querybatch"
        finally:
            server.shutdown()
            thread.join()


def test_a_known_vulnerability_is_told_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    (kopf,) = [pin for pin in OPERATOR if pin.name == "kopf"]
    with database("kopf") as url:
        assert audit.main(["--database", url]) == 1
    told = capsys.readouterr().out
    assert told == f"kopf {kopf.version}: https://osv.dev/vulnerability/GHSA-1\n"


def test_a_check_tells_it_and_does_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    with database("kopf") as url:
        assert audit.main(["--tell", "--database", url]) == 0
    assert "GHSA-1" in capsys.readouterr().out


def test_none_is_said_too(capsys: pytest.CaptureFixture[str]) -> None:
    with database("nothing") as url:
        assert audit.main(["--database", url]) == 0
    assert "no known vulnerability" in capsys.readouterr().out


def test_without_a_database_it_says_so_and_does_not_fail(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert audit.main(["--database", "http://127.0.0.1:1/v1/querybatch"]) == 0
    with database("kopf", b"<html>a portal</html>") as url:
        assert audit.main(["--database", url]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("not audited") == 2
