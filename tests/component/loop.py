"""Rounds of which each is judged, in a world in which others come and go."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.component.promises import Why, failures, in_aws, refusals, says, stands_as_wished
from tests.component.rounds import KEY, Rig
from tests.fakes.aws import Answer
from tests.fakes.management_api import Killed
from tests.fakes.refusals import refusal

MOST_ROUNDS = 60


@dataclass
class Loop:
    """A reconciler among fakes: what its status says is held against AWS after every round."""

    rig: Rig
    released: bool = False
    by_hand: set[str] = field(default_factory=set)
    """The names of what somebody changed by hand."""
    theirs: dict[str, Answer] = field(default_factory=dict)
    """What somebody else made in our cluster, as it was made."""
    gone: set[str] = field(default_factory=set)
    """What there was of it: that it is gone is found after a while."""

    @property
    def deleting(self) -> bool:
        """Whether nothing shall be left."""
        return self.released or "deletionTimestamp" in self.rig.api.objects[KEY]["metadata"]

    @property
    def as_wished(self) -> bool:
        """Whether it says so."""
        found = self.rig.api.objects[KEY]
        status = found.get("status", {})
        told = (status.get("phase"), status.get("observedGeneration"))
        return told == ("Ready", found["metadata"]["generation"])

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to do."""
        return self.released or (not self.deleting and self.as_wished)

    @property
    def says_why_not(self) -> bool:
        """Whether it names something that lasts and keeps it from the end."""
        return any(why.said(self.rig.status) for why in self._whys())

    def round(self, minutes: float) -> None:
        """One round, so long after the last; the operator may be killed in it."""
        if self.released:
            return
        self.rig.minutes += minutes
        whys = [*self._whys(), *map(self._held_by, self.gone), *failures(self.rig.aws)]
        try:
            answer = self.rig.reconciler(KEY)
        except Killed:
            self.rig.api.dies_after = None
            self.rig.restart()
            return
        self.released = answer.released
        if self.released:
            self.rig.api.release(KEY)
        else:
            self._says_what_is_so(whys)

    def step(self) -> None:
        """A round, and AWS goes on."""
        self.round(20)
        self.rig.aws.advance()

    def until(self, what: Callable[[], bool], words: str) -> None:
        """Steps until it is so."""
        for _ in range(MOST_ROUNDS):
            if what():
                return
            self.step()
        raise AssertionError(f"{words}: not after {MOST_ROUNDS} rounds: {self.rig.status}")

    def refuses(self, operation: str, error: tuple[str, str, int]) -> None:
        """AWS refuses it from now on, with that code, these words and that HTTP status."""
        code, words, status = error
        self.rig.aws.failing[operation] = refusal(code, words, in_aws(operation), status)

    def comes_or_goes(self, name: str, thing: Answer) -> None:
        """Somebody else makes that in our cluster; or deletes it, if they have."""
        if name in self.theirs:
            self.goes(name)
        elif name not in self.there(name):
            self.theirs[name] = copy.deepcopy(thing)
            self.there(name)[name] = copy.deepcopy(thing)

    def goes(self, name: str) -> None:
        """Somebody else deletes what they made."""
        del self.there(name)[name], self.theirs[name]
        self.gone.add(name)

    def there(self, name: str) -> dict[str, Answer]:
        """Where AWS has that of somebody else."""
        return self.rig.aws.groups if name == "theirs" else self.rig.aws.addons

    def _says_what_is_so(self, whys: list[Why]) -> None:
        """Ready of what stands as wished, and Stalled of what was in the way in this round."""
        found, status = self.rig.api.objects[KEY], self.rig.status
        if says(status, "Ready"):
            assert status["observedGeneration"] == found["metadata"]["generation"]
            stands_as_wished(found["spec"], self.rig.aws, self.by_hand)
        if says(status, "Stalled"):
            assert any(why.said(status) for why in whys), (status, whys)

    def _whys(self) -> Iterator[Why]:
        yield from refusals(self.rig.aws.failing)
        yield from map(self._held_by, self.theirs)

    def _held_by(self, name: str) -> Why:
        return Why("NodeGroupsOfOthers" if self.deleting else "NameConflict", name)
