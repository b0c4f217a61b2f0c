"""Secrets of a management cluster in memory, with the API server's rules about uids and owners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.kubeconfig.secret import FoundSecret, Place, Secret
from sigopt_operator.plan.trouble import Kind, Trouble


@dataclass
class FakeSecretStore:
    """`SecretStore` for tests: what people did is in its fields."""

    ours: dict[Place, Secret] = field(default_factory=dict)
    """What operators wrote, of whichever resource."""
    theirs: set[Place] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    """Of `find`, `apply`, `release`, `delete`: what RBAC does not admit."""
    calls: list[str] = field(default_factory=list)
    before_writing: Callable[[], None] = lambda: None
    _uids: dict[Place, str] = field(default_factory=dict)

    def find(self, place: Place, uid: str, name: str, *, to_be_deleted: bool) -> FoundSecret | None:
        self.calls.append(f"find {place}")
        if "find" in self.forbidden:
            return FoundSecret(problem=f"may not read {place}")
        if place in self.theirs:
            return FoundSecret("theirs")
        there = self.ours.get(place)
        if there is None:
            if to_be_deleted and "delete" in self.forbidden:
                return FoundSecret(problem=f"may not delete in {place.namespace}", absent=True)
            return None
        if there.uid != uid:
            return FoundSecret(self._uids[place], going=there.owner == name)
        return FoundSecret(self._uids[place], there)

    def apply(self, secret: Secret, uid: str) -> None:
        place = secret.place
        self._called("apply", place)
        if place in self.theirs:
            raise AwsError(Trouble(Kind.REFUSED, "NameConflict", f"{place} is theirs", "apply"))
        assert uid == self._uids.get(place, "")
        self._uids[place] = uid or f"secret-{len(self.calls)}"
        self.ours[place] = secret

    def release(self, place: Place, uid: str) -> None:
        """The garbage collector is quick here."""
        self._called("release", place)
        self._take(place, uid)

    def delete(self, place: Place, uid: str) -> None:
        self._called("delete", place)
        self._take(place, uid)

    def collect(self, owner_uid: str) -> None:
        """What the garbage collector does when a resource is gone."""
        for place, secret in list(self.ours.items()):
            if secret.uid == owner_uid and secret.owner is not None:
                self._take(place, self._uids[place])

    def find_uid(self, place: Place) -> str:
        return self._uids[place]

    def change(self, place: Place, **data: str) -> None:
        """What somebody does with kubectl edit."""
        there = self.ours[place]
        self.ours[place] = replace(there, data={**there.data, **data})

    @property
    def changes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith("find")]

    def _called(self, operation: str, place: Place) -> None:
        self.before_writing()
        self.calls.append(f"{operation} {place}")
        if operation in self.forbidden:
            told = f"may not {operation} {place}"
            raise AwsError(Trouble(Kind.REFUSED, "SecretRefused", told, operation))

    def _take(self, place: Place, uid: str) -> None:
        assert self._uids.pop(place) == uid
        del self.ours[place]
