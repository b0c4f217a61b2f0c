"""The Secrets for people and for Argo CD: what is written, what goes, what is left."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import yaml
from tests.fakes import world as w

from sigopt_operator.plan.actions import ApplySecret
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.kubeconfig.file import Way
from sigopt_operator.plan.kubeconfig.part import kubeconfig, noted, places, remove_kubeconfig
from sigopt_operator.plan.kubeconfig.secret import (
    LONGEST_NAME,
    FoundSecret,
    Noted,
    Place,
    Secret,
    fitting,
)
from sigopt_operator.plan.preview.words import preview
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Step

PLACE = Place("ml", "tiny-kubeconfig")
OTHER = Place("ml", "mine")
ARGOCD = Place("argocd", "ml.tiny")
ELSEWHERE = Place("gitops", "ml.tiny")
WANT = replace(w.WANT, kubeconfig_secret=PLACE, noted=Noted(kubeconfig=PLACE))
BOTH = replace(WANT, argocd_secret=ARGOCD, noted=Noted(PLACE, ARGOCD))
THEIRS = FoundSecret("theirs")
NO_RIGHT = FoundSecret(problem="may not delete", absent=True)


def seeing(found: dict[Place, FoundSecret | None]) -> Snapshot:
    return replace(w.finished(), secrets=found)


def step(want: Any, found: dict[Place, FoundSecret | None]) -> Step:
    return kubeconfig(want, seeing(found), w.MOMENT)


def written(want: Any = WANT) -> dict[Place, Secret]:
    """What is written where nothing stands yet."""
    actions = [a for a in step(want, {}).actions if isinstance(a, ApplySecret)]
    return {action.secret.place: action.secret for action in actions}


def standing(want: Any = WANT, **data: str) -> dict[Place, FoundSecret | None]:
    """The same, found as it was written, but for these values."""
    return {
        place: FoundSecret(f"uid-of-{place}", replace(secret, data={**secret.data, **data}))
        for place, secret in written(want).items()
    }


def test_the_kubeconfig_has_no_credentials_and_goes_by_the_access_role() -> None:
    secret = written()[PLACE]
    assert (secret.type, list(secret.data)) == ("cluster.x-k8s.io/secret", ["value"])
    assert (secret.uid, secret.owner) == (WANT.uid, WANT.name)
    told = yaml.safe_load(secret.data["value"])
    (user,) = told["users"]
    assert user["user"]["exec"]["command"] == "aws"
    assert " ".join(user["user"]["exec"]["args"]) == (
        f"--region us-west-2 eks get-token --cluster-name tiny --role-arn {w.SHARED} --output json"
    )
    assert set(user["user"]) == {"exec"}
    (cluster,) = told["clusters"]
    assert cluster["cluster"] == {
        "server": "https://127.0.0.1:6443",
        "certificate-authority-data": "Zm9v",
    }


def test_argocd_is_told_the_role_and_the_certificate_authority_in_its_own_form() -> None:
    secret = written(BOTH)[ARGOCD]
    assert secret.labels == {"argocd.argoproj.io/secret-type": "cluster"}
    assert (secret.type, secret.owner) == ("Opaque", None)
    assert secret.data["server"] == "https://127.0.0.1:6443"
    assert secret.data["name"] == "ml.tiny"
    assert json.loads(secret.data["config"]) == {
        "awsAuthConfig": {"clusterName": "tiny", "roleARN": w.SHARED},
        "tlsClientConfig": {"insecure": False, "caData": "Zm9v"},
    }


def test_somebodys_cluster_that_is_observed_has_no_role_to_assume() -> None:
    observed = replace(BOTH, observed=True)
    seen = replace(seeing({}), cluster=replace(w.cluster(), tags=w.FOREIGN))
    actions = kubeconfig(observed, seen, w.MOMENT).actions
    found = {a.secret.place: a.secret for a in actions if isinstance(a, ApplySecret)}
    assert "--role-arn" not in found[PLACE].data["value"]
    assert "roleARN" not in found[ARGOCD].data["config"]


def test_one_that_was_managed_before_it_is_observed_keeps_its_role() -> None:
    assert written(replace(BOTH, observed=True)) == written(BOTH)


@pytest.mark.parametrize(
    ("want", "found", "expected"),
    [
        pytest.param(WANT, {}, ["write Secret ml/tiny-kubeconfig"], id="none yet"),
        pytest.param(
            BOTH,
            standing(),
            ["write Secret argocd/ml.tiny"],
            id="one of two",
        ),
        pytest.param(WANT, standing(), [], id="as written"),
        pytest.param(WANT, standing(more="by hand"), [], id="with a key that somebody added"),
        pytest.param(
            WANT,
            standing(value="changed by hand"),
            ["write Secret ml/tiny-kubeconfig"],
            id="changed by hand",
        ),
        pytest.param(
            replace(WANT, kubeconfig_secret=OTHER),
            standing(),
            ["give up Secret ml/tiny-kubeconfig"],
            id="another name: the former one goes first",
        ),
        pytest.param(
            replace(WANT, kubeconfig_secret=OTHER),
            {PLACE: None},
            ["write Secret ml/mine"],
            id="another name: the former one is gone",
        ),
        pytest.param(
            replace(WANT, kubeconfig_secret=OTHER),
            {PLACE: THEIRS},
            ["write Secret ml/mine"],
            id="another name: somebody else has the former one",
        ),
        pytest.param(
            replace(BOTH, argocd_secret=None),
            standing(BOTH),
            ["delete Secret argocd/ml.tiny"],
            id="no target of Argo CD any more",
        ),
        pytest.param(
            replace(BOTH, argocd_secret=None),
            {**standing(BOTH), ARGOCD: NO_RIGHT},
            [],
            id="no target any more, and none was there",
        ),
        pytest.param(
            replace(BOTH, argocd_secret=ELSEWHERE),
            standing(BOTH),
            ["delete Secret argocd/ml.tiny"],
            id="Argo CD is in another namespace now",
        ),
    ],
)
def test_what_is_done(want: Any, found: dict[Place, Any], expected: list[str]) -> None:
    answer = step(want, found)
    assert [str(action) for action in answer.actions] == expected
    assert answer.ready == (not expected)


def test_it_follows_the_endpoint_and_the_certificate_authority() -> None:
    rotated = replace(w.cluster(), certificate_authority="YmFy", endpoint="https://127.0.0.1:7")
    seen = replace(seeing(standing(BOTH)), cluster=rotated)
    actions = kubeconfig(BOTH, seen, w.MOMENT).actions
    told = {
        action.name: action.secret.data for action in actions if isinstance(action, ApplySecret)
    }
    assert set(told) == {str(PLACE), str(ARGOCD)}
    for data in told.values():
        assert "YmFy" in "".join(data.values())
        assert "https://127.0.0.1:7" in "".join(data.values())


@pytest.mark.parametrize(
    ("found", "reason", "words"),
    [
        pytest.param({PLACE: THEIRS}, "NameConflict", str(PLACE), id="somebody else's"),
        pytest.param(
            {PLACE: FoundSecret(problem="forbidden")}, "SecretRefused", "forbidden", id="forbidden"
        ),
    ],
)
def test_what_stands_in_the_way_is_said_and_left(
    found: dict[Place, Any], reason: str, words: str
) -> None:
    answer = step(BOTH, {**standing(BOTH), **found})
    assert answer.blocked
    assert answer.blocked.reason == reason
    assert words in answer.blocked.message
    assert answer.actions == ()


def test_one_of_an_earlier_namesake_is_waited_for() -> None:
    answer = step(WANT, {PLACE: FoundSecret("earlier", going=True)})
    assert not answer.blocked
    assert "former Secret ml/tiny-kubeconfig" in answer.waiting[0].what


def test_where_nothing_is_looked_at_nothing_is_missing() -> None:
    assert step(BOTH, {}).ready is False
    assert kubeconfig(BOTH, w.finished(), w.MOMENT).ready


@pytest.mark.parametrize(
    ("want", "found", "expected"),
    [
        pytest.param(
            replace(BOTH, noted=Noted()),
            {PLACE: None, ARGOCD: None},
            Noted(PLACE, ARGOCD),
            id="before it is",
        ),
        pytest.param(
            replace(BOTH, noted=Noted()), standing(BOTH), Noted(PLACE, ARGOCD), id="written before"
        ),
        pytest.param(
            replace(BOTH, noted=Noted()),
            {PLACE: THEIRS, ARGOCD: NO_RIGHT},
            Noted(),
            id="none where nothing is about to be written",
        ),
        pytest.param(
            replace(BOTH, noted=Noted()),
            {PLACE: None, ARGOCD: FoundSecret(problem="forbidden")},
            Noted(PLACE),
            id="none where nothing can be looked at",
        ),
        pytest.param(replace(BOTH, noted=Noted()), {}, Noted(), id="none before one looks"),
        pytest.param(
            replace(BOTH, kubeconfig_secret=OTHER),
            {**standing(BOTH), PLACE: None, OTHER: THEIRS},
            Noted(None, ARGOCD),
            id="neither a former one that is gone nor somebody else's",
        ),
        pytest.param(
            replace(BOTH, argocd_secret=None),
            {**standing(BOTH), ARGOCD: NO_RIGHT},
            Noted(PLACE, None),
            id="one that is gone, without a right to delete it",
        ),
        pytest.param(
            replace(BOTH, kubeconfig_secret=OTHER, argocd_secret=None),
            standing(BOTH),
            Noted(PLACE, ARGOCD),
            id="former ones until they are gone",
        ),
        pytest.param(
            replace(BOTH, kubeconfig_secret=OTHER, argocd_secret=None),
            {PLACE: None, OTHER: None, ARGOCD: None},
            Noted(OTHER, None),
            id="the new ones when the former are gone",
        ),
        pytest.param(
            replace(BOTH, argocd_secret=None),
            {**standing(BOTH), ARGOCD: FoundSecret(problem="forbidden")},
            Noted(PLACE, ARGOCD),
            id="what cannot be looked at is not forgotten",
        ),
        pytest.param(
            replace(BOTH, kubeconfig_secret=OTHER, argocd_secret=None),
            {},
            Noted(PLACE, ARGOCD),
            id="nor what is not looked at",
        ),
        pytest.param(w.deleting(BOTH), {ARGOCD: None}, Noted(PLACE, ARGOCD), id="at the end"),
    ],
)
def test_the_status_has_the_places(want: Any, found: dict[Place, Any], expected: Noted) -> None:
    assert noted(want, seeing(found)) == expected


def test_only_places_that_matter_are_looked_at() -> None:
    assert places(WANT) == (PLACE,)
    assert places(replace(BOTH, kubeconfig_secret=OTHER)) == (ARGOCD, OTHER, PLACE)
    assert places(w.deleting(BOTH)) == (ARGOCD,)


def test_at_the_end_what_argocd_was_given_goes_and_the_rest_is_its_owners() -> None:
    found = seeing(standing(BOTH))
    answer = remove_kubeconfig(w.deleting(BOTH), found, w.MOMENT)
    assert [str(action) for action in answer.actions] == ["delete Secret argocd/ml.tiny"]
    assert remove_kubeconfig(w.deleting(BOTH), seeing({ARGOCD: None}), w.MOMENT).ready
    assert remove_kubeconfig(w.deleting(BOTH), seeing({ARGOCD: NO_RIGHT}), w.MOMENT).ready
    assert remove_kubeconfig(w.deleting(WANT), seeing({}), w.MOMENT).ready


def test_the_deletion_of_the_cluster_does_not_wait_for_argocd() -> None:
    forbidden: dict[Place, FoundSecret | None] = {ARGOCD: FoundSecret(problem="forbidden")}
    plan: Plan = decide(w.deleting(BOTH), seeing(forbidden), w.MOMENT)
    assert not plan.done
    assert [part.name for part, _ in plan.actions] != []


def test_a_plan_tells_of_them() -> None:
    told = preview(replace(BOTH, noted=Noted(), planned=True), seeing({}), w.MOMENT)
    assert [change.what for change in told.changes] == [
        "write Secret ml/tiny-kubeconfig",
        "write Secret argocd/ml.tiny",
    ]


def test_the_command_for_a_colleague_needs_no_rights_in_eks() -> None:
    way = Way("tiny", "us-west-2", "https://127.0.0.1:6443", "Zm9v", w.SHARED)
    assert way.connect_command == (
        f"aws eks update-kubeconfig --name tiny --region us-west-2 "
        f"--role-arn {w.SHARED} --assume-role-arn {w.SHARED}"
    )
    assert replace(way, role_arn=None).connect_command == (
        "aws eks update-kubeconfig --name tiny --region us-west-2"
    )


def test_what_is_in_a_secret_stands_in_no_log() -> None:
    (action,) = step(WANT, {}).actions
    assert "aws" not in repr(action)


def test_a_long_name_fits_and_stays_apart_from_others() -> None:
    long = "n" * LONGEST_NAME
    names = {fitting(f"{long}-kubeconfig"), fitting(f"{long}-kubeconfigs"), fitting(long)}
    assert len(names) == 3
    assert max(map(len, names)) == LONGEST_NAME
