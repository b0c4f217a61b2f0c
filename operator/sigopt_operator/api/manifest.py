"""A manifest judged without an API server: the rules of the CRD, all at once, with lines."""

from typing import Any, Final

from sigopt_operator.api import document
from sigopt_operator.api.document import Located, Unreadable
from sigopt_operator.api.fields import is_object_name
from sigopt_operator.api.mistakes import Mistake, without_null, without_null_fields
from sigopt_operator.api.resource import API_VERSION, GROUP, KIND, find_mistakes

TOP: Final = ("apiVersion", "kind", "metadata", "spec", "status")


def validate(text: str) -> list[str]:
    """The names of the SigOptClusters of a file, if all of them are as the CRD wants them."""
    return [found["metadata"]["name"] for found in read(text)]


def read(text: str) -> list[dict[str, Any]]:
    """The SigOptClusters of a file, if all of them are as the CRD wants them.

    Other kinds in the file are left alone. Raises Unreadable with every mistake and its line. What
    only AWS knows, and what may change in a cluster that exists, is not judged here.
    """
    ours = [each for each in document.read(text) if _is_ours(each.value)]
    if not ours:
        raise Unreadable([Located(1, f"has no {KIND} (apiVersion: {API_VERSION}, kind: {KIND})")])
    found = [_as_kubectl_sends(doc.value) for doc in ours]
    told = zip(ours, found, strict=True)
    if wrong := [doc.locate(each) for doc, sent in told for each in _mistakes(sent)]:
        raise Unreadable(wrong)
    return found


def _as_kubectl_sends(value: dict[str, Any]) -> dict[str, Any]:
    """What of it the API server looks at: fields that are null are none."""
    sent: dict[str, Any] = without_null({**value, "spec": None})
    spec = without_null_fields(value.get("spec"))
    return sent if spec is None else {**sent, "spec": spec}


def _is_ours(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    return value.get("kind") == KIND or str(value.get("apiVersion")).startswith(f"{GROUP}/")


def _mistakes(obj: dict[str, Any]) -> list[Mistake]:
    found = [Mistake((str(key),), "is no field here") for key in obj if key not in TOP]
    if obj.get("apiVersion") != API_VERSION:
        found.append(Mistake(("apiVersion",), f"must be {API_VERSION}"))
    if obj.get("kind") != KIND:
        found.append(Mistake(("kind",), f"must be {KIND}"))
    meta = obj.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    if not is_object_name(name):
        words = "is required: lower case letters, digits, '-' and '.', at most 253 characters"
        found.append(Mistake(("metadata", "name"), words))
        name = "cluster"  # so that the rest can be judged
    return found + find_mistakes({**obj, "metadata": {"name": name}})
