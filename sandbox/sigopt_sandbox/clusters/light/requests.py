"""Reading what is asked of a light endpoint from a request's method, path and query. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from sigopt_sandbox.clusters.access_policies import Request
from sigopt_sandbox.clusters.light.store import Collection

_NAMESPACE_SUBRESOURCES = frozenset({"status", "finalize"})
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}


@dataclass(frozen=True)
class ResourceRequest:
    """A request about a resource."""

    verb: str
    """As Kubernetes' authorizers see it: get, list, watch, create, update, patch, delete, ..."""
    version: str
    collection: Collection
    name: str
    subresource: str

    @property
    def api_version(self) -> str:
        """As objects say it: "v1", "apps/v1"."""
        group = self.collection.group
        return f"{group}/{self.version}" if group else self.version

    @property
    def attributes(self) -> Request:
        """What an authorizer judges."""
        plural = self.collection.plural
        return Request(
            verb=self.verb,
            group=self.collection.group,
            resource=f"{plural}/{self.subresource}" if self.subresource else plural,
            # As in Kubernetes, a request for one namespace counts as one in that namespace.
            namespace=self.name if plural == "namespaces" else self.collection.namespace,
        )


def read_request(method: str, raw_path: str, query: Mapping[str, str]) -> ResourceRequest | None:
    """The resource request in a path, or None for a path that is about no resource."""
    parts = [unquote(part) for part in raw_path.strip("/").split("/")]
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in _NAMESPACE_SUBRESOURCES:
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, "", "")[:3]
    return ResourceRequest(
        verb=_verb(method, name, query),
        version=version,
        collection=Collection(group, plural, namespace),
        name=name,
        subresource=subresource,
    )


def _verb(method: str, name: str, query: Mapping[str, str]) -> str:
    if method == "DELETE":
        return "delete" if name else "deletecollection"
    if method in _VERBS:
        return _VERBS[method]
    if query.get("watch") in ("true", "1"):
        return "watch"
    return "get" if name else "list"


def selects(query: Mapping[str, str], labels: Mapping[str, str], name: str) -> bool:
    """Whether an object meets the query's labelSelector and its fieldSelector on metadata.name."""
    for term in filter(None, query.get("fieldSelector", "").split(",")):
        field, _, value = term.replace("==", "=").partition("=")
        if field == "metadata.name" and value != name:
            return False
    terms = _terms(query.get("labelSelector", ""))
    return all(_meets(term.strip(), labels) for term in terms)


def _terms(selector: str) -> list[str]:
    """The terms between commas, of which those in parentheses separate nothing."""
    terms, depth, term = [], 0, ""
    for character in selector:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            terms.append(term)
            term = ""
        else:
            term += character
    return [*terms, term] if term else terms


def _meets(term: str, labels: Mapping[str, str]) -> bool:
    for operator, wanted in ((" notin ", False), (" in ", True)):
        if operator in term:
            key, _, values = term.partition(operator)
            named = {value.strip() for value in values.strip(" ()").split(",")}
            return (labels.get(key.strip()) in named) is wanted
    if "!=" in term:
        key, _, value = term.partition("!=")
        return labels.get(key) != value
    if "=" in term:
        key, _, value = term.replace("==", "=").partition("=")
        return labels.get(key) == value
    return term.removeprefix("!") in labels if not term.startswith("!") else term[1:] not in labels
