"""Which of the operator's actions its identity may not do, by IAM's own simulation."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sigopt_operator.aws.answers import pages
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import UnreadableError, is_code, message_of
from sigopt_operator.aws.policy import FEATURES, grants
from sigopt_operator.plan.preflight.checks import Lacking
from sigopt_operator.plan.snapshot import Identity

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import EvaluationResultTypeDef

ANY = "*"
PRESENT = "present"
MOST_RESULTS = 1000
TAG_OF_RESOURCE = ":ResourceTag/"
BEFORE_ANY_TAG = frozenset({"eks:TagResource"})
"""What has to be allowed when nothing is there yet that could have a tag: EKS wants it of whoever
makes something with tags."""
APART = "different authorization information"
"""IAM's words for actions that it does not simulate in one call: "Invalid Input Actions: [a, b] and
[c] require different authorization information." Which these are is documented nowhere."""
NAMED = re.compile(r"\[([^\]]*)\]")
MOST_CALLS = 24
"""For one kind of resource: each refusal tells apart one group more."""


def lacking_rights(
    clients: Clients,
    who: Identity,
    region: str,
    cluster_name: str,
    unused: Collection[str] = (),
) -> Lacking:
    """Actions that IAM would deny, sorted; a few calls, one for each kind of resource.

    Left out is reading with a wildcard, which says itself where it is denied, and what only
    features need that are `unused`. Tags by which the policy knows what is the operator's are taken
    to be there. The account's root may do everything, and cannot be simulated.
    """
    if who.principal_arn.endswith(":root"):
        return Lacking()
    found: list[_Denial] = []
    tagged: set[str] = set()
    for question in _questions(who, region, cluster_name, unused):
        found += _denied(clients, who, region, question)
        tagged |= _by_tag() & question.wanted.keys()
    # The simulation has overlooked tags of a resource that it was told of (aws-sdk-java-v2#1751).
    # Then all that they allow is denied, and nobody's cluster is to wait for that.
    overlooked = tagged if tagged <= {one.action for one in found} else frozenset()
    sure = {one.action for one in found if one.sure} - overlooked
    return Lacking(
        denied=tuple(sorted(sure)),
        unsure=tuple(sorted({one.action for one in found} - sure)),
    )


def _by_tag() -> frozenset[str]:
    """The actions that the policy allows by a tag of the resource."""
    tagged = (
        grant for grant in grants() if any(TAG_OF_RESOURCE in key for key in grant.conditions)
    )
    return frozenset(action for grant in tagged for action in grant.actions)


@dataclass(frozen=True)
class _Denial:
    action: str
    sure: bool


@dataclass(frozen=True)
class _Question:
    """What one call asks: each action for its own resources, with these tags there."""

    wanted: Mapping[str, frozenset[str]]
    tags: frozenset[str]

    def only(self, actions: Collection[str]) -> _Question:
        """The same of these actions alone."""
        return replace(self, wanted={each: self.wanted[each] for each in actions})

    @property
    def resources(self) -> list[str]:
        return sorted({resource for of in self.wanted.values() for resource in of})


def _questions(
    who: Identity, region: str, cluster_name: str, unused: Collection[str]
) -> Iterator[_Question]:
    """One for each kind of resources; one more for what several statements allow, or untagged.

    Were all tags there at once, one of these would hide that another is missing.
    """
    skipped = {sid for feature in unused for sid in FEATURES[feature]}
    asked = [grant for grant in grants() if grant.sid not in skipped]
    times = Counter(action for grant in asked for action in grant.actions if grant.conditions)
    every = frozenset(key for grant in asked for key in grant.conditions)
    untagged = frozenset(key for key in every if TAG_OF_RESOURCE not in key)
    by: dict[tuple[str, frozenset[str]], dict[str, set[str]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for grant in asked:
        for pattern in grant.resources:
            resource = ANY if pattern == ANY else concrete(pattern, who, region, cluster_name)
            for action in (action for action in grant.actions if ANY not in action):
                there = untagged if action in BEFORE_ANY_TAG else every
                tags = grant.conditions if times[action] > 1 else there
                by[_kind(pattern), tags][action].add(resource)
    for (_, tags), actions in by.items():
        yield _Question({action: frozenset(of) for action, of in actions.items()}, tags)


def _kind(pattern: str) -> str:
    """What is asked in one call: whatever is for any resource, IAM's roles, and all else."""
    return pattern if pattern == ANY else "iam" if ":iam:" in pattern else "others"


def concrete(pattern: str, who: Identity, region: str, cluster_name: str) -> str:
    """The ARN that a pattern of the policy means for this cluster; `any` where any name will do."""
    _, _, service, _, _, resource = pattern.split(":", 5)
    where = "" if service == "iam" else region
    named = resource.replace("*-", f"{cluster_name}-", 1).replace("eks*.", "eks.")
    return f"arn:{who.partition}:{service}:{where}:{who.account}:{named.replace(ANY, 'any')}"


def _denied(clients: Clients, who: Identity, region: str, question: _Question) -> Iterator[_Denial]:
    own = {key.lower() for grant in grants() for key in grant.conditions}
    results = _simulated(clients, who, region, question)
    if missing := set(question.wanted) - {told["EvalActionName"] for told in results}:
        raise UnreadableError(f"nothing is said of {', '.join(sorted(missing))}")
    for told in results:
        action, asked = told["EvalActionName"], told["EvalResourceName"]
        if told["EvalDecision"] == "allowed" or asked not in question.wanted[action]:
            continue
        # IAM lists what any statement depends on, so also the operator's own.
        unknown = {key.lower() for key in told.get("MissingContextValues", [])} - own
        yield _Denial(action, sure=told["EvalDecision"] == "explicitDeny" or not unknown)


def _simulated(
    clients: Clients, who: Identity, region: str, question: _Question
) -> list[EvaluationResultTypeDef]:
    """The results for all its actions, in as many calls as IAM wants for them."""
    found: list[EvaluationResultTypeDef] = []
    waiting = [question]
    for _ in range(MOST_CALLS):
        if not waiting:
            return found
        asked = waiting.pop()
        try:
            found += _in_one_call(clients, who, region, asked)
        except ClientError as error:
            waiting += _apart(error, asked)
    raise UnreadableError("IAM simulates too few actions in a call")


def _in_one_call(
    clients: Clients, who: Identity, region: str, question: _Question
) -> list[EvaluationResultTypeDef]:
    context = {"aws:RequestedRegion": region, **dict.fromkeys(sorted(question.tags), PRESENT)}
    listed = clients.iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=who.principal_arn,
        ActionNames=sorted(question.wanted),
        ResourceArns=question.resources,
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in context.items()
        ],
        PaginationConfig={"PageSize": MOST_RESULTS},
    )
    return [result for page in pages(listed) for result in page["EvaluationResults"]]


def _apart(error: ClientError, question: _Question) -> tuple[_Question, _Question]:
    """Two questions in the place of one that IAM does not simulate as a whole; raises any other.

    As its words name them, or else halves.
    """
    actions = sorted(question.wanted)
    mixed = is_code(error, "InvalidInput") and APART in message_of(error)
    if not mixed or len(actions) < 2:
        raise error
    named = [words.lower() for words in NAMED.findall(message_of(error))]
    last = {each.strip() for each in named[-1].split(",")} if named else set()
    one = [action for action in actions if action.lower() in last]
    if not one or len(one) == len(actions):
        one = actions[: len(actions) // 2]
    return question.only(one), question.only([each for each in actions if each not in one])
