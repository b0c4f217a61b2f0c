"""Rounds about what nobody wrote: each ends with words, none with an exception.

For specs that break no rule, among fakes; for statuses that somebody forged, or that are no statuses
at all; and for Secrets with anything in them. To hunt for others than the same ones every time:
GENERATED=5000 pytest tests/component/test_generated_rounds.py
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.component.rounds import KEY, SPEC, Rig
from tests.generated.specs import tried, wishes
from tests.generated.spoiling import spoiled
from tests.generated.statuses import statuses

EXECUTOR = ThreadPoolExecutor(4)
TYPES = {"system": "t3.large", "cpu": "t3.medium", "gpu": "g5.xlarge"}
ROUNDS = 6


@st.composite
def believable(draw: st.DrawFn) -> dict[str, Any]:
    """A wish that AWS would hear out: a region, a version and types that exist."""
    spec = draw(wishes())
    if spec["provider"] == "aws":
        spec |= {"region": "us-west-2", "kubernetesVersion": "1.34"}
        for name in TYPES.keys() & spec.keys():
            kept = {k: v for k, v in spec[name].items() if k != "instanceTypes"}
            spec[name] = {**kept, "instanceType": TYPES[name]}
            if draw(st.booleans()):
                spec[name] |= {"minNodes": 1, "maxNodes": 2}
    return spec


def lived(rig: Rig, rounds: int = ROUNDS) -> None:
    """Some rounds, each of which says something."""
    for _ in range(rounds):
        rig.round()
        rig.aws.advance()
        told = rig.status
        assert told["observedGeneration"] == rig.api.objects[KEY]["metadata"]["generation"]
        ready = rig.condition("Ready")
        assert ready["reason"]
        assert ready["message"] or told["phase"] != "Blocked"


@tried(100)
@given(spec=wishes() | believable())
def test_a_wish_is_acted_upon_or_explained_and_then_let_go(spec: dict[str, Any]) -> None:
    rig = Rig(EXECUTOR)
    secret = {"aws_access_key_id": b"AKIA", "aws_secret_access_key": b"canary"}
    named = spec.get("aws", {}).get("credentialsSecretRef")
    if named:
        rig.api.secrets[KEY.namespace, named["name"]] = secret
    rig.api.apply(KEY, spec)
    lived(rig)
    if rig.api.objects[KEY]["spec"].get("deletionProtection"):
        rig.api.apply(KEY, {k: v for k, v in spec.items() if k != "deletionProtection"})
    rig.api.delete(KEY)
    for _ in range(ROUNDS):
        if rig.round().released:
            return
        rig.aws.advance()


@tried(100)
@given(status=statuses | spoiled(statuses))
def test_a_status_that_is_forged_or_none_is_written_anew(status: Any) -> None:
    rig = Rig(EXECUTOR)
    rig.api.apply(KEY, SPEC)
    rig.api.objects[KEY]["status"] = status
    lived(rig)
