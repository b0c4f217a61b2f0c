"""What is remembered of a cluster's objects is what was found, and much smaller."""

from __future__ import annotations

import json

from tests.fakes import world as w

from sigopt_operator.observe.packed import Packed
from sigopt_operator.plan.snapshot import Installed, Unavailable
from sigopt_operator.plan.workload.components.objects import ObjectId


def test_what_is_unpacked_is_what_was_packed() -> None:
    found = w.finished().installed
    assert found is not None
    assert found.objects
    assert Packed.of(found).unpacked() == found


def test_what_is_wrong_with_it_is_there_without_unpacking() -> None:
    where = ObjectId("Deployment", "kube-system", "cluster-autoscaler")
    found = Installed({}, {where: Unavailable("no image")}, problem="away", refused_with=503)
    packed = Packed.of(found)
    assert packed.rest == found
    assert packed.unpacked() == found


def test_it_takes_a_small_part_of_what_its_text_takes() -> None:
    found = w.finished().installed
    assert found is not None
    text = json.dumps(list(found.objects.values()))
    assert len(Packed.of(found).objects) < len(text) / 2
