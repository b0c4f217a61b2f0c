"""One life, lived: somebody makes, edits and deletes a resource, and every status is judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.reliability.inside import Object, objects_inside, secrets_beside
from tests.reliability.kube import KubeError
from tests.reliability.soak.judge import Doubles, Replacements, lies, says, stalled_for, went_back
from tests.reliability.soak.lives import Life, Step, What
from tests.reliability.soak.wanted import Account, Wanted, inside_unlike
from tests.reliability.tenant import LONG, Sight, Tenant

QUIET = 5.0
"""Seconds without any news after which one who waits for the middle of something goes on."""
SLICE = 0.2
REFUSED = 422


class EndedError(AssertionError):
    """It cannot go on with this life."""


@dataclass
class Lived:
    """What became of a life."""

    life: Life
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    statuses: int = 0
    """That were seen, and judged."""
    converged: bool = True
    """Whether it was lived to its end."""
    spoilt: bool = False
    """Whether something is left in its account."""

    @property
    def command(self) -> str:
        """What repeats it alone."""
        return f"python -m tests.reliability.soak --seed {self.life.seed} --only {self.life.number}"


@dataclass
class Living:
    """Lives one life in a tenant's namespace and account."""

    tenant: Tenant
    life: Life
    check: Callable[[], None]
    """Raises where the operator is not there any more."""
    lived: Lived = field(init=False)
    _uid: str = ""
    _seen: int = 0
    _doubles: Doubles = field(default_factory=Doubles)
    _replacements: Replacements = field(default_factory=Replacements)
    _statuses: list[dict[str, object]] = field(default_factory=list)
    _observed: dict[str, list[int]] = field(default_factory=dict)
    """The generations that statuses were about, by the resource's UID."""

    def __post_init__(self) -> None:
        self.lived = Lived(self.life)

    def live(self) -> Lived:
        """From the first step to the last; what is wrong stands in the answer."""
        began = time.monotonic()
        self.tenant.name = self.life.name
        self.tenant.sights.clear()
        try:
            for number, step in enumerate(self.life.steps, 1):
                self._take(f"step {number}, {step}", step)
            self._judge_end()
        except EndedError as error:
            self.lived.faults.append(str(error))
            self.lived.converged = False
            self.lived.spoilt = True
        self.lived.faults += [f"doubled: {told}" for told in self._doubles.told()]
        if any(map(went_back, self._observed.values())):
            self.lived.faults.append("observedGeneration went back")
        self.lived.statuses = len(self._statuses)
        self.lived.seconds = time.monotonic() - began
        return self.lived

    def _take(self, told: str, step: Step) -> None:
        if step.refused:
            self._try(told, step)
            return
        generation = self._ask(step)
        wanted = Wanted(self.life.name, self._uid, step.spec, step.user)
        self._replacements.wish(wanted)
        gone = step.what in (What.DELETED, What.KEPT)
        deadline = time.monotonic() + LONG
        quiet_until = time.monotonic() + QUIET
        news = 0
        # Deleted before anything was taken over, it owns nothing, and leaves the cluster as it was.
        owns = step.what is not What.ADOPTED
        while True:
            for sight in self._fresh():
                quiet_until = time.monotonic() + QUIET
                news += sight.status.get("observedGeneration") == sight.generation
                owns = owns or says(sight.status, "NetworkReady")
                if gone and sight.gone:
                    self._uid = ""
                    return
                self._judge(told, step, sight, generation)
                if not gone and _settled(step, sight, generation):
                    if sight.ready:
                        self._replacements.settled(wanted)
                    return
            if (owns and step.interrupted_after) and (
                news >= step.interrupted_after or time.monotonic() > quiet_until
            ):
                return
            if time.monotonic() > deadline:
                raise EndedError(f"{told}: it did not converge: {self.tenant.told()}")
            self.check()
            self.tenant.wait_for_news(SLICE)

    def _try(self, told: str, step: Step) -> None:
        """What the API server is to refuse."""
        try:
            self.tenant.apply(step.spec)
        except KubeError as error:
            if error.status != REFUSED:
                raise EndedError(f"{told}: {error}") from error
        else:
            raise EndedError(f"{told}: the API server took it")

    def _ask(self, step: Step) -> int:
        """Do what the step says; the generation that the resource then has."""
        self.tenant.keep_secret(self.tenant.keys[step.user])
        generation = self.tenant.apply(step.spec)
        found = self.tenant.find()
        self._uid = self._uid or str(found["metadata"]["uid"] if found else "")
        if step.what in (What.DELETED, What.KEPT, What.PROTECTED):
            self.tenant.delete()
            found = self.tenant.find()
            generation = int(found["metadata"]["generation"]) if found else generation
        return generation

    def _fresh(self) -> Iterator[Sight]:
        """What the watch showed of it since the last time."""
        while self._seen < len(self.tenant.sights):
            sight = self.tenant.sights[self._seen]
            self._seen += 1
            if sight.object["metadata"]["name"] == self.life.name:
                yield sight

    def _judge(self, told: str, step: Step, sight: Sight, generation: int) -> None:
        """Hold a status against what AWS has."""
        if not sight.status or sight.status == (self._statuses or [{}])[-1]:
            return
        self._statuses.append(sight.status)
        uid = sight.object["metadata"]["uid"]
        about = int(sight.status.get("observedGeneration", -1))
        self._observed.setdefault(uid, []).append(about)
        dump = self.tenant.dump()
        account = Account.of(dump)
        self._doubles.look(account, self._replacements.pools)
        if (uid, sight.generation) != (self._uid, generation) or not _as(step.user, sight):
            return  # what it says is of another wish than the present one
        wanted = Wanted(self.life.name, uid, step.spec, step.user)
        told_lies = list(lies(sight.status, generation, wanted, account))
        if sight.ready:
            inside = _names(objects_inside(self.tenant, dump))
            told_lies += inside_unlike(wanted, inside, _names(secrets_beside(self.tenant)))
        self.lived.faults += [f"{told}: a lie: {lie}" for lie in told_lies]

    def _judge_end(self) -> None:
        """Nothing is left, of AWS at once and of Kubernetes as soon as it collected it."""
        leaks = self.tenant.leaks()
        for leak in leaks:
            self.lived.faults.append(f"left behind: {leak['kind']} {leak['id']}")
        self.lived.spoilt = bool(leaks)
        deadline = time.monotonic() + LONG
        while secrets_beside(self.tenant):
            if time.monotonic() > deadline:
                self.lived.faults.append("left behind: Secrets in the resource's namespace")
                return
            time.sleep(SLICE)


def _settled(step: Step, sight: Sight, generation: int) -> bool:
    """Whether it is what the step is to come to."""
    if sight.generation != generation or sight.status.get("observedGeneration") != generation:
        return False
    if step.reasons:
        return stalled_for(sight.status, generation) in step.reasons
    return says(sight.status, "Ready") and _as(step.user, sight)


def _as(user: str, sight: Sight) -> bool:
    """Whether it tells of what that user found; whatever was known before is the former one's."""
    return str(sight.status.get("operatorArn", user)).endswith(user)


def _names(objects: list[Object]) -> set[str]:
    return {f"{each['kind']}/{each['metadata']['name']}" for each in objects}
