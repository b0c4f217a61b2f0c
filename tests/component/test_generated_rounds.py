"""Rounds about what nobody wrote: each ends with words, none with an exception.

For specs that break no rule; for statuses that somebody forged, or that are no statuses at all; and
for Secrets with anything in them. To hunt for others than the same ones every time:
GENERATED=5000 pytest tests/component/test_generated_rounds.py
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.authority import Authority, b64
from tests.fakes.kubeconfigs import TOKEN, config, text
from tests.generated.specs import believable, tried, wishes
from tests.generated.spoiling import spoiled
from tests.generated.statuses import statuses

EXECUTOR = ThreadPoolExecutor(4)
ROUNDS = 6


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


def lets_go(spec: dict[str, Any]) -> bool:
    return spec.get("deletionPolicy") == "Retain" or spec.get("managementPolicy") == "Observe"


@tried(60)
@given(spec=believable() | wishes())
def test_a_wish_is_acted_upon_or_explained_and_then_let_go(spec: dict[str, Any]) -> None:
    rig = Rig(EXECUTOR)
    secret = {"aws_access_key_id": b"AKIA", "aws_secret_access_key": b"canary"}
    named = spec.get("aws", {}).get("credentialsSecretRef")
    if named:
        rig.api.secrets[KEY.namespace, named["name"]] = secret
    rig.api.apply(KEY, spec)
    lived(rig)
    event(f"{rig.status['phase']}, {rig.condition('Ready')['reason']}")
    if rig.api.objects[KEY]["spec"].get("deletionProtection"):
        rig.api.apply(KEY, {k: v for k, v in spec.items() if k != "deletionProtection"})
    rig.api.delete(KEY)
    for _ in range(ROUNDS):
        if rig.round().released:
            assert rig.aws.nothing_stands or lets_go(spec)
            return
        rig.aws.advance()
    assert rig.status["phase"] == "Deleting"
    assert rig.status["message"]


@tried(100)
@given(status=statuses | spoiled(statuses))
def test_a_status_that_is_forged_or_none_is_written_anew(status: Any) -> None:
    rig = Rig(EXECUTOR)
    rig.api.apply(KEY, SPEC)
    rig.api.objects[KEY]["status"] = status
    lived(rig)


PAIR = Authority().pair()
CERTIFIED = {
    "token": None,
    "client-certificate-data": b64(PAIR.certificate),
    "client-key-data": b64(PAIR.key),
}
SECRETS = (TOKEN, b64(PAIR.key), "canary")


@st.composite
def scratched(draw: st.DrawFn, texts: st.SearchStrategy[bytes]) -> bytes:
    """One of the texts that ends early, or in which some bytes became others."""
    data = bytearray(draw(texts))
    for _ in range(draw(st.integers(0, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


kubeconfigs = st.sampled_from((config(), config(user=CERTIFIED)))
texts = spoiled(kubeconfigs).filter(lambda found: isinstance(found, dict)).map(text)


def nothing_secret(rig: Rig) -> None:
    told = f"{rig.status} {rig.api.events}"
    assert not [secret for secret in SECRETS if secret in told]


@tried(150)
@given(data=texts | scratched(kubeconfigs.map(text)) | st.binary(max_size=200))
def test_a_secret_with_anything_for_a_kubeconfig_is_used_or_explained(data: bytes) -> None:
    rig = Rig(EXECUTOR)
    rig.api.secrets[KEY.namespace, "mine"] = {"kubeconfig": data}
    reference = {"kubeconfigSecretRef": {"name": "mine"}}
    rig.api.apply(KEY, {"provider": "custom", "custom": reference})
    lived(rig, 2)
    nothing_secret(rig)


KEYS = {"aws_access_key_id": b"AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": b"canary" * 6}
values = st.binary(max_size=60) | st.sampled_from(tuple(KEYS.values())).map(lambda v: v + b"\n")
names = st.sampled_from((*KEYS, "aws_session_token")) | st.text(max_size=8)


@tried(100)
@given(data=st.dictionaries(names, values, max_size=4))
def test_a_secret_with_anything_for_keys_is_used_or_explained(data: dict[str, bytes]) -> None:
    rig = Rig(EXECUTOR)
    rig.api.secrets[KEY.namespace, "keys"] = data
    rig.api.apply(KEY, {**SPEC, "aws": {"credentialsSecretRef": {"name": "keys"}}})
    lived(rig, 2)
    nothing_secret(rig)
