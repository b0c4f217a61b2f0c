"""What a status says is held against what AWS has, and what is doubled is noticed."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.reliability.soak.example import NAME, SPEC, UID, Things, dump, things
from tests.reliability.soak.judge import Doubles, Replacements, lies, stalled_for, went_back
from tests.reliability.soak.wanted import Account, Wanted

WANTED = Wanted(NAME, UID, SPEC)


def status(phase: str, *true: str, about: int = 3, said_of: int = 3) -> dict[str, Any]:
    told = [{"type": kind, "status": "True", "observedGeneration": said_of} for kind in true]
    return {"phase": phase, "observedGeneration": about, "conditions": told}


def account(**without: str) -> Account:
    had = things()
    for kind, key in without.items():
        del had[kind.replace("_", ":")][key]
    return Account.of(dump(had))


WHOLE, EMPTY = account(), Account.of(dump({}))
POOLLESS = account(eks_nodegroup=f"{NAME}/cpu-1")


def test_ready_is_true_of_what_is_as_it_says() -> None:
    assert list(lies(status("Ready", "Ready", "NodePoolsReady"), 3, WANTED, WHOLE)) == []


@pytest.mark.parametrize(
    ("said", "had", "words"),
    [
        pytest.param(status("Ready", "Ready"), POOLLESS, "Ready, but", id="Ready without a pool"),
        pytest.param(
            status("Creating", "NodePoolsReady"), POOLLESS, "NodePoolsReady, but", id="a part"
        ),
        pytest.param(status("Ready"), WHOLE, "phase Ready", id="a phase that no condition bears"),
        pytest.param(status("Updating", "Ready"), WHOLE, "phase Updating", id="the reverse"),
        pytest.param(
            status("Deleting", "NetworkReady"), WHOLE, "(gone), but", id="gone, and it is there"
        ),
    ],
)
def test_a_lie_is_told(said: dict[str, Any], had: Account, words: str) -> None:
    assert [lie for lie in lies(said, 3, WANTED, had) if words in lie]


@pytest.mark.parametrize(
    ("said", "had"),
    [
        pytest.param(status("Ready", "Ready", about=2), POOLLESS, id="about an earlier spec"),
        pytest.param(
            status("Updating", "NodePoolsReady", said_of=2),
            POOLLESS,
            id="not said anew of this one",
        ),
        pytest.param(status("Creating"), EMPTY, id="nothing is said to be there"),
        pytest.param(status("Deleting", "NetworkReady"), EMPTY, id="gone, and it is gone"),
        pytest.param(
            {**status("Updating", "NodePoolsReady"), "kubernetesVersion": "1.33"},
            POOLLESS,
            id="versions go up step by step",
        ),
    ],
)
def test_what_is_no_lie(said: dict[str, Any], had: Account) -> None:
    assert list(lies(said, 3, WANTED, had)) == []


def test_while_it_is_paused_the_phase_stays() -> None:
    paused = Wanted(NAME, UID, {**SPEC, "paused": True})
    assert list(lies(status("Ready"), 3, paused, WHOLE)) == []


def test_a_person_must_act_only_where_it_says_so_of_this_spec() -> None:
    told = status("Blocked")
    told["conditions"] = [{"type": "Stalled", "status": "True", "reason": "StackFailed"}]
    assert stalled_for(told, 3) == "StackFailed"
    assert stalled_for(told, 4) == ""
    told["conditions"][0]["status"] = "False"
    assert stalled_for(told, 3) == ""


def _again(kind: str, key: str, **record: str) -> Things:
    had = copy.deepcopy(things())
    had[kind][key]["record"] |= record
    return had


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (_again("eks:cluster", NAME, createdAt="tomorrow"), "2 of eks:cluster"),
        (
            _again("cloudformation:stack", f"{NAME}-sigopt", StackId="2"),
            "2 of cloudformation:stack",
        ),
        ({"ec2:vpc": {"vpc-2": {"tags": {}}}}, "2 of ec2:vpc"),
        ({"ec2:elastic-ip": {"another": {"tags": {}}}}, "2 of ec2:elastic-ip"),
    ],
)
def test_what_was_made_twice_is_doubled_also_one_after_the_other(later: Things, words: str) -> None:
    doubles = Doubles()
    doubles.look(WHOLE, ())
    assert doubles.told() == []
    doubles.look(Account.of(dump(later)), ())
    assert doubles.told() == [words]


def test_a_pool_has_two_node_groups_only_while_one_takes_the_place_of_the_other() -> None:
    had = things()
    for number in (2, 3):
        doubles = Doubles()
        group = copy.deepcopy(had["eks:nodegroup"][f"{NAME}/cpu-1"])
        group["record"]["nodegroupName"] = f"cpu-{number}"
        had["eks:nodegroup"][f"{NAME}/cpu-{number}"] = group
        doubles.look(Account.of(dump(had)), ("cpu",))
        assert len(doubles.told()) == number - 2
    doubles = Doubles()
    doubles.look(Account.of(dump(had)), ("gpu",))
    assert doubles.told() == ["node groups cpu-1, cpu-2, cpu-3 at once"]


def _with(**pools: Any) -> Wanted:
    return Wanted(NAME, UID, {**SPEC, **pools})


def test_a_pool_may_have_two_node_groups_once_other_nodes_were_wished_until_these_are_there() -> (
    None
):
    small = {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 1}
    large = {**small, "instanceType": "m5.large"}
    replacements = Replacements()
    replacements.wish(_with(cpu=small))
    replacements.wish(_with(cpu={**small, "maxNodes": 5, "labels": {"team": "a"}}))
    assert replacements.pools == set()
    replacements.wish(_with(cpu=large))
    assert replacements.pools == {"cpu"}
    replacements.wish(_with(cpu=large, tags={"owner": "ann"}))
    assert replacements.pools == {"cpu"}
    replacements.settled(_with(cpu=large))
    assert replacements.pools == set()
    replacements.wish(_with(cpu={**large, "nodeVolumeSize": 80}))
    assert replacements.pools == {"cpu"}


def test_what_is_omitted_of_the_system_pool_is_as_documented() -> None:
    replacements = Replacements()
    replacements.wish(_with())
    replacements.wish(_with(system={"instanceType": "t3.large", "minNodes": 1, "maxNodes": 3}))
    assert replacements.pools == set()


def test_a_status_about_an_earlier_spec_than_the_one_before_went_back() -> None:
    assert not went_back([-1, 1, 1, 2, 5])
    assert went_back([1, 3, 2])
