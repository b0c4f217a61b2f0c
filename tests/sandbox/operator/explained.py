"""Whether what is wrong with each wish of `tests/bad/wishes.py` is explained, and how soon."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bad.wish import Explained
from tests.bad.wishes import BAD_WISHES
from tests.reliability.kube import OBJECTS, Kube, Object
from tests.sandbox.operator.people import Person

from sigopt_operator.api.resource import PLURAL

WHEN_AWS_COMES_TO_IT = {
    "an add-on that is not sold",
    "a version of an add-on that is not there",
    "a setting that the add-on does not have",
    "a policy that is not there",
    "a policy of another partition",
    "a colleague who is not there",
    "a colleague of another partition",
    "an entry for nobody",
}
"""What nobody can know before AWS is asked for it; all else is told before anything is made."""
UNSEEN = -1
"""The observedGeneration of what no operator has looked at: it stands in the CRD."""


def told(person: Person) -> dict[str, list[dict[str, Any]]]:
    """The conditions of everything in the namespace, by name."""
    found = json.loads(person.kubectl.must("get", "soc", "-n", person.namespace, "-o", "json"))
    return {
        item["metadata"]["name"]: item.get("status", {}).get("conditions", [])
        for item in found["items"]
    }


def unexplained(person: Person) -> list[tuple[str, Any]]:
    """What is not explained as it should be, with what is said instead."""
    said = told(person)
    return [
        (wish.wrong, said.get(f"bad-{number}"))
        for number, wish in enumerate(BAD_WISHES)
        if not _explains(said.get(f"bad-{number}", []), wish)
    ]


def _explains(conditions: list[dict[str, Any]], wish: Explained) -> bool:
    by_type = {each["type"]: each for each in conditions}
    stalled = by_type.get("Stalled", {}).get("status") == "True"
    words = [each["message"] for each in conditions if each["reason"] == wish.reason]
    return stalled and any(wish.says in each for each in words)


@contextmanager
def statuses(person: Person) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """All that the operator says of what is in the namespace, by name, while the block lasts."""
    kube = Kube.of(Path(person.sandbox.state.admin_kubeconfig))
    said: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    def note(event: Object) -> None:
        of, status = event["object"]["metadata"]["name"], event["object"].get("status", {})
        if status.get("observedGeneration", UNSEEN) != UNSEEN:
            said[of].append(status)

    with kube.followed(f"{OBJECTS}/namespaces/{person.namespace}/{PLURAL}", note):
        yield said


def late(said: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """What is not explained in the first status of all, with what is said there."""
    firsts = {wish.wrong: (wish, said[f"bad-{n}"][0]) for n, wish in enumerate(BAD_WISHES)}
    return {
        wrong: str(first.get("message"))
        for wrong, (wish, first) in firsts.items()
        if not _explains(first.get("conditions", []), wish)
    }
