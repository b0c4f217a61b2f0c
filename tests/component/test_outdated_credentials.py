"""Credentials of the operator's own that AWS refuses are looked for again: no restart is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.component.rounds import Rig
from tests.fakes import world as w
from tests.fakes.wire import Wire
from tests.fakes.wire import wire as wire  # a fixture
from tests.unit.test_aws_accounts import Later

from sigopt_operator.aws.budget import Budgets
from sigopt_operator.aws.clients import AGAIN, ClientSource
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.observe.memory import Memory
from sigopt_operator.plan.login import Login

KEYS = {"aws_access_key_id": b"AKIAML", "aws_secret_access_key": b"canary"}
OWN, KEYED = Login("ml"), Login("ml", "keys")
ASSUMED = Login("ml", None, "arn:aws:iam::444455556666:role/op", "external")


@pytest.mark.parametrize(
    ("login", "code", "anew"),
    [
        pytest.param(OWN, "ExpiredToken", True, id="its own, of a file that was rotated"),
        pytest.param(OWN, "AccessDenied", False, id="its own, which lack a right"),
        pytest.param(ASSUMED, "ExpiredToken", True, id="a session"),
        pytest.param(ASSUMED, "AccessDenied", True, id="a session of a role that was made again"),
        pytest.param(KEYED, "ExpiredToken", False, id="of a Secret, which is read in each round"),
    ],
)
def test_clients_whose_credentials_are_refused_are_made_anew(
    wire: Wire, rig: Rig, login: Login, code: str, anew: bool
) -> None:
    clock = Later()
    source = ClientSource(lambda *_: KEYS, Budgets(clock))
    former = source.clients(login, w.WANT.region)
    clock.seconds += AGAIN
    wire.refusals["GetCallerIdentity"] = (403, code, "told by a test")
    looking = replace(rig.reconciler.looking, source=source)
    with pytest.raises(AwsError):
        looking.look(w.WANT, login, Memory(), w.MOMENT)
    assert (source.clients(login, w.WANT.region) is not former) == anew
