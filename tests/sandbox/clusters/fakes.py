"""A hand-written aws process, as small as the `clusters` process can live with, for its tests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

ACCOUNT = "111122223333"
REGION = "us-west-2"


@dataclass(frozen=True)
class Person:
    """A caller with keys of their own."""

    arn: str
    user_id: str
    access_key_id: str
    secret: str


def person(name: str) -> Person:
    """An IAM user."""
    return Person(f"arn:aws:iam::{ACCOUNT}:user/{name}", f"AIDA{name.upper()}", f"AK{name}", name)


def role_session(role: str, session: str) -> Person:
    """Somebody who assumed a role."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"
    return Person(arn, f"AROA{role.upper()}:{session}", f"AS{role}{session}", role)


@dataclass
class FakeAws:
    """What the fake holds; tests change it as they go."""

    clusters: list[dict[str, Any]] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    entries: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """(cluster, caller's ARN) to what /_sandbox/authenticate answers."""
    endpoints: dict[str, dict[str, str]] = field(default_factory=dict)
    url: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def add_cluster(self, name: str, **more: Any) -> dict[str, Any]:
        cluster = {
            "account": ACCOUNT,
            "region": REGION,
            "name": name,
            "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{name}",
            "version": "1.34",
            "status": "CREATING",
            "wantsEndpoint": True,
            "nodes": [],
        } | more
        self.clusters = [*self.clusters, cluster]
        return cluster

    def remove_cluster(self, name: str) -> None:
        self.clusters = [cluster for cluster in self.clusters if cluster["name"] != name]

    def let_in(
        self,
        who: Person,
        cluster: str,
        policies: list[dict[str, Any]],
        groups: tuple[str, ...] = (),
    ) -> Person:
        self.people[who.access_key_id] = who
        self.entries[cluster, who.arn] = {
            "allowed": True,
            "username": who.arn,
            "groups": list(groups),
            "uid": f"aws-iam-authenticator:{ACCOUNT}:{who.user_id.partition(':')[0]}",
            "extra": {},
            "policies": policies,
        }
        return who

    def caller(self, path: str, headers: dict[str, str]) -> Person | None:
        """Who signed a presigned request, if the signature is right."""
        query = dict(parse_qsl(urlsplit(path).query, keep_blank_values=True))
        who = self.people.get(query["X-Amz-Credential"].split("/")[0])
        given = query.pop("X-Amz-Signature")
        if who and hmac.compare_digest(given, _signature(query, headers, who.secret)):
            return who
        return None


def node(name: str, **more: Any) -> dict[str, Any]:
    """A listed node, as the aws process lists them."""
    instance = hashlib.sha256(name.encode()).hexdigest()[:17]
    return {
        "name": f"{name}.{REGION}.compute.internal",
        "instanceId": f"i-{instance}",
        "zone": f"{REGION}a",
        "nodegroup": "system",
        "instanceType": "t3.large",
        "providerID": f"aws:///{REGION}a/i-{instance}",
        "labels": {"orchestrate.sigopt.com/node-group-type": "system"},
        "taints": [],
        "capacity": {"cpu": "2", "memory": "8Gi", "pods": "35", "ephemeral-storage": "20Gi"},
        "ready": True,
    } | more


def policy(name: str, *namespaces: str) -> dict[str, Any]:
    """An associated access policy: of the whole cluster, or of namespaces."""
    scope = "namespace" if namespaces else "cluster"
    return {"policy": name, "scope": scope, "namespaces": list(namespaces)}


def token(who: Person, cluster: str, host: str, secret: str | None = None) -> str:
    """What `aws eks get-token` prints for a caller, signed for an STS at `host`."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    query = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{who.access_key_id}/{now[:8]}/{REGION}/sts/aws4_request",
        "X-Amz-Date": now,
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
    }
    headers = {"host": host, "x-k8s-aws-id": cluster}
    query["X-Amz-Signature"] = _signature(query, headers, secret or who.secret)
    return token_of(f"http://{host}/?{urlencode(query)}")


def token_of(url: str) -> str:
    """A token around any URL."""
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _signature(query: dict[str, str], headers: dict[str, str], secret: str) -> str:
    """AWS Signature Version 4 of a presigned GET of /."""
    parameters = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(query.items())
    )
    signed = query["X-Amz-SignedHeaders"]
    lines = "".join(f"{name}:{headers.get(name, '')}\n" for name in signed.split(";"))
    empty = hashlib.sha256(b"").hexdigest()
    canonical = f"GET\n/\n{parameters}\n{lines}\n{signed}\n{empty}"
    scope = query["X-Amz-Credential"].split("/", 1)[1]
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


@contextmanager
def serving() -> Iterator[FakeAws]:
    """The fake, answering on a free port of 127.0.0.1 in a thread."""
    fake = FakeAws()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(fake: FakeAws) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/_sandbox/clusters":
                self._answer(200, fake.clusters)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            who = fake.caller(self.path, headers)
            if who is None:
                self._answer(403, {"Error": {"Code": "SignatureDoesNotMatch"}})
                return
            result = {"Account": ACCOUNT, "Arn": who.arn, "UserId": who.user_id}
            wrapped = {"GetCallerIdentityResult": result}
            self._answer(200, {"GetCallerIdentityResponse": wrapped})

        def do_PUT(self) -> None:
            fake.endpoints[self.path.split("/")[-2]] = self._body()
            self._answer(200, {})

        def do_POST(self) -> None:
            asked = self._body()
            entry = fake.entries.get((asked["name"], asked["callerArn"]), {"allowed": False})
            self._answer(200, entry)

        def _body(self) -> Any:
            return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, status: int, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    return Handler
