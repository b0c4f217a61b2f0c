"""What went wrong with AWS, as data: the operator's own vocabulary of errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sigopt_operator.plan.actions import Action
from sigopt_operator.plan.steps import Part


class Kind(Enum):
    """What follows from an error."""

    RETRY = "retry"
    """AWS is busy, slow or down: later, for ever."""
    BUSY = "busy"
    """AWS is doing something else with the same thing, perhaps of its own accord: later."""
    NOT_YET = "not yet"
    """What it depends on is not known everywhere yet: soon; blocked if it lasts for minutes."""
    CREDENTIALS = "credentials"
    """Nobody is who the keys say: blocked until they are mended."""
    DENIED = "denied"
    """A permission is missing: blocked until somebody grants it."""
    REFUSED = "refused"
    """AWS does not accept what was asked, for a reason that only a person can mend."""

    @property
    def for_a_person(self) -> bool:
        """Whether waiting alone will not mend it."""
        return self in (Kind.CREDENTIALS, Kind.DENIED, Kind.REFUSED)


ROLE_NOT_ASSUMED = "RoleNotAssumed"
UNREADABLE_ANSWER = "UnreadableAnswer"
"""AWS answered something that is not of its form: unknown, and so never taken for anything."""
OUR_CODES = (
    "AccessEntryRefused",
    "AccountChanged",
    "CredentialsMissing",
    "NameConflict",
    "NamespaceTerminating",
    "PrincipalNotFound",
    ROLE_NOT_ASSUMED,
    "RefusedByCluster",
    "SecretIncomplete",
    "SecretMissing",
    "SecretRefused",
    "SecretUnreadable",
)
"""Codes that are not AWS's: the operator found out by itself, and says so in its own words."""


@dataclass(frozen=True)
class Trouble:
    """One refused or failed call; never carries a secret."""

    kind: Kind
    code: str
    """AWS's own code, or the client library's exception name."""
    message: str
    """AWS's own words."""
    operation: str
    """The API operation, `CreateCluster`."""

    @property
    def questions_who_asks(self) -> bool:
        """Whether AWS would perhaps not say so to another session of the same identity."""
        return self.kind in (Kind.CREDENTIALS, Kind.DENIED) and not self._in_our_words

    @property
    def _in_our_words(self) -> bool:
        return self.code in OUR_CODES

    @property
    def reason(self) -> str:
        """One CamelCase word for a condition."""
        match self.kind:
            case _ if self._in_our_words:
                return self.code
            case Kind.CREDENTIALS:
                return "CredentialsRefused"
            case Kind.DENIED:
                return "PermissionMissing"
            case Kind.REFUSED:
                return "RefusedByAws"
            case Kind.BUSY:
                return "WaitingForAws"
            case Kind.NOT_YET:
                return "WaitingForIam"
            case Kind.RETRY:
                return "AwsNotAnswering"

    def __str__(self) -> str:
        match self.kind:
            case _ if self._in_our_words:
                return self.message
            case Kind.CREDENTIALS:
                return (
                    f"AWS refuses the credentials ({self.code}: {self.message}); mend the Secret "
                    f"of spec.aws.credentialsSecretRef or the operator's own identity. An opt-in "
                    f"region that is not enabled looks the same."
                )
            case Kind.DENIED:
                return f"{self.operation} is not allowed; grant it: {self.message}"
            case Kind.BUSY:
                return f"{self.operation} waits for what AWS is doing already: {self.message}"
            case _:
                return f"{self.operation}: {self.message} ({self.code})"


@dataclass(frozen=True)
class Outcome:
    """What became of one action."""

    part: Part
    action: Action
    trouble: Trouble | None = None
    """None: AWS accepted it."""
