"""The HTTP side of a light endpoint."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import yaml
from aiohttp import web

from sigopt_sandbox.clusters.access_policies import Request
from sigopt_sandbox.clusters.authenticator import User
from sigopt_sandbox.clusters.light.api import LightApi, where_of
from sigopt_sandbox.clusters.light.callers import Callers
from sigopt_sandbox.clusters.light.discovery import discovery, kind_of
from sigopt_sandbox.clusters.light.requests import ResourceRequest, read_request, selects
from sigopt_sandbox.clusters.light.store import Change, StatusError, within
from sigopt_sandbox.clusters.webhooks import asked

WATCH_SECONDS = 1800.0
"""When a watch ends that asked for no time; API servers let it be half an hour to an hour."""
_HEALTH = frozenset({"/healthz", "/livez", "/readyz"})


class LightServer:
    """One endpoint's web application."""

    def __init__(self, api: LightApi, callers: Callers, version: str) -> None:
        """`version` is the cluster's Kubernetes version, "1.34"."""
        self._api = api
        self._callers = callers
        self._version = version

    def application(self) -> web.Application:
        """Every path leads to one handler: what a path means is the API's own affair."""
        app = web.Application(client_max_size=8 * 2**20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        try:
            user = await self._callers.user(http.headers.get("Authorization", ""))
            request = read_request(http.method, http.rel_url.raw_path, http.query)
            if request is None:
                return self._plain(http.path)
            await self._callers.check(user, request)
            if request.verb == "watch":
                return await self._watch(http, request)
            return await self._resource(http, request, user)
        except StatusError as error:
            return _failure(error)

    def _plain(self, path: str) -> web.Response:
        if path in _HEALTH:
            return web.Response(text="ok")
        if path.rstrip("/") == "/version":  # the official Python client asks for /version/
            return web.json_response(_version(self._version))
        found = discovery(path)
        if found is None:
            raise StatusError(404, "NotFound", "the server could not find the requested resource")
        return web.json_response(found)

    async def _resource(
        self, http: web.Request, request: ResourceRequest, user: User
    ) -> web.Response:
        query = http.query
        if request.verb in ("get", "list"):
            return web.json_response(self._api.read(request, query))
        if request.verb == "delete":
            return web.json_response(self._api.delete(request))
        if request.verb == "deletecollection":
            return web.json_response(self._api.delete_collection(request, query))
        body = _body(await http.text())
        if request.collection.group.endswith("ation.k8s.io") and not request.name:
            return web.json_response(await self._review(user, request, body), status=201)
        if request.verb == "create":
            return web.json_response(self._api.create(request, body), status=201)
        if request.verb == "update":
            return web.json_response(self._api.replace(request, body))
        answer, created = self._api.patch(request, body, http.content_type, query)
        return web.json_response(answer, status=201 if created else 200)

    async def _review(
        self, user: User, request: ResourceRequest, body: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Answer the reviews that users ask about themselves."""
        kinds = {
            "selfsubjectreviews": "SelfSubjectReview",
            "selfsubjectaccessreviews": "SelfSubjectAccessReview",
        }
        plural = request.collection.plural
        if plural not in kinds:
            raise StatusError(404, "NotFound", "the server could not find the requested resource")
        if plural == "selfsubjectreviews":
            info = {
                "username": user.username,
                "uid": user.uid,
                "groups": list(user.groups),
                "extra": {name: list(values) for name, values in user.extra},
            }
            status: dict[str, Any] = {"userInfo": info}
        else:
            about: Request = asked(body.get("spec", {}))
            status = {"allowed": await self._callers.allowed(user, about)}
        return dict(body) | {
            "apiVersion": request.api_version,
            "kind": kinds[plural],
            "status": status,
        }

    async def _watch(self, http: web.Request, request: ResourceRequest) -> web.StreamResponse:
        """Stream changes, after what there is when the caller knows of no version."""
        store, query = self._api.store, http.query
        asked = query.get("resourceVersion") or "0"
        from_nothing = asked == "0" or query.get("sendInitialEvents") == "true"
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        with store.watching(int(store.version if from_nothing else asked)) as changes:
            present = store.list(request.collection) if from_nothing else []
            await response.prepare(http)
            for item in present:
                where = where_of(request.collection, item)
                await self._send(response, query, request, Change("ADDED", where, item))
            if query.get("sendInitialEvents") == "true":
                await response.write(_line(_initial_events_end(request, store.version)))
            with suppress(TimeoutError):
                async with asyncio.timeout(_watch_seconds(query)):
                    while True:
                        await self._send(response, query, request, await changes.get())
        return response

    async def _send(
        self,
        response: web.StreamResponse,
        query: Mapping[str, str],
        request: ResourceRequest,
        change: Change,
    ) -> None:
        """Write a change, if it is about what is watched."""
        metadata = change.object["metadata"]
        name, labels = metadata["name"], metadata.get("labels") or {}
        if not within(change.collection, request.collection) or request.name not in ("", name):
            return
        if selects(query, labels, name):
            event = {"type": change.type, "object": self._api.shown(change.object)}
            await response.write(_line(event))


def _watch_seconds(query: Mapping[str, str]) -> float:
    asked = query.get("timeoutSeconds", "")
    return float(asked) if asked.isdecimal() else WATCH_SECONDS


def _line(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event).encode() + b"\n"


def _initial_events_end(request: ResourceRequest, version: str) -> dict[str, Any]:
    """The bookmark after which a watching client knows that it has seen everything."""
    group, plural = request.collection.group, request.collection.plural
    ended = {"k8s.io/initial-events-end": "true"}
    bookmark = {
        "kind": kind_of(group, plural),
        "apiVersion": request.api_version,
        "metadata": {"resourceVersion": version, "annotations": ended},
    }
    return {"type": "BOOKMARK", "object": bookmark}


def _version(cluster_version: str) -> dict[str, str]:
    """Every member that an API server tells: typed clients miss one that is left out."""
    major, minor = cluster_version.split(".")[:2]
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{major}.{minor}.0-eks-simulated",
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "",
        "goVersion": "",
        "compiler": "",
        "platform": "linux/amd64",
    }


def _body(text: str) -> dict[str, Any]:
    """A request's object: JSON, or the YAML of server-side apply (of which JSON is a part)."""
    try:
        body = json.loads(text) if text.startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise StatusError(400, "BadRequest", f"cannot read the body: {error}") from error
    if not isinstance(body, dict):
        raise StatusError(400, "BadRequest", "the body is not an object")
    return body


def _failure(error: StatusError) -> web.Response:
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "reason": error.reason,
        "message": error.message,
        "code": error.code,
    }
    return web.json_response(status, status=error.code)
