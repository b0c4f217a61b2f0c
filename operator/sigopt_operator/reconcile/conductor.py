"""The conductor: observe, plan, act, say. One round for one resource, whatever woke it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sigopt_operator.act.perform import perform
from sigopt_operator.api.resource import FINALIZER, InvalidResource, SigOptCluster
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.observe.custom import NoTurnError
from sigopt_operator.observe.foresight import remember
from sigopt_operator.observe.memory import Memories
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.login import Login, OwnIdentity, login_of
from sigopt_operator.plan.moment import DRIFT_WITHIN, Moment
from sigopt_operator.plan.resolve import ARGOCD_NAMESPACE, wish_of
from sigopt_operator.plan.schedule import after_outcomes
from sigopt_operator.plan.steps import Blocked
from sigopt_operator.plan.support import unsupported
from sigopt_operator.plan.trouble import Outcome
from sigopt_operator.plan.wish import Wish
from sigopt_operator.reconcile.beginnings import ever_acted, to_be_told_first
from sigopt_operator.reconcile.holding import hold, release
from sigopt_operator.reconcile.leaving import lets_go, put_away
from sigopt_operator.reconcile.looking import Looking
from sigopt_operator.reconcile.nexts import GONE, LEAST, SOON, SOON_AGAIN
from sigopt_operator.reconcile.saying import Saying
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import ManagementApi
from sigopt_operator.runtime.logging import about
from sigopt_operator.runtime.reactions import Reactions
from sigopt_operator.runtime.rounds import Next
from sigopt_operator.status.round import Round

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reconciler:
    """Runs rounds; everything it depends on is given to it."""

    api: ManagementApi
    looking: Looking
    executor: Executor
    memories: Memories
    clock: Callable[[], datetime]
    region: str | None
    own: OwnIdentity = field(default_factory=OwnIdentity)
    argocd_namespace: str = ARGOCD_NAMESPACE
    speed: float = 1.0
    drift_within: timedelta = DRIFT_WITHIN
    reactions: Reactions = field(default_factory=Reactions)

    def __call__(self, key: Key) -> Next:
        """One round: what it answers says when to look again, or that the resource may go."""
        say = Saying(self.api, key, self.clock)
        read = self.api.read(key)
        if read is None:
            self.memories.drop(key.namespace, key.name)
            return GONE
        try:
            resource = SigOptCluster.parse(read)
        except InvalidResource as error:
            return say.unreadable(read, str(error))
        if FINALIZER not in resource.finalizers:
            return GONE if resource.deleting else hold(say, resource)
        then = self._of(say, resource)
        if not then.released:
            return then
        memory = self.memories.of(key.namespace, key.name, resource.uid)
        return release(say, resource, memory, self.clock())

    def tidy(self) -> None:
        """See `runtime.rounds.Rounds`."""
        self.looking.source.tidy()

    def _of(self, say: Saying, resource: SigOptCluster) -> Next:
        refusal = unsupported(resource, self.region)
        unmade = refusal and not ever_acted(resource)
        if resource.deleting and (unmade or lets_go(resource)):
            kept = put_away(self._wish(resource), self.api.secret_store)
            return kept if isinstance(kept, Next) else say.kept_from_leaving(resource, kept)
        if refusal:
            return say.refused(resource, refusal)
        login = login_of(resource, self.own)
        if isinstance(login, Blocked):
            return say.without_login(resource, login)
        return self._round(say, resource, self._wish(resource), login)

    def _wish(self, resource: SigOptCluster) -> Wish:
        return wish_of(resource, self.region or "", self.argocd_namespace)

    def _round(self, say: Saying, resource: SigOptCluster, want: Wish, login: Login) -> Next:
        moment = Moment(self.clock(), self.speed, self.drift_within)
        memory = self.memories.of(say.key.namespace, say.key.name, resource.uid)
        try:
            hands, seen = self.looking.look(want, login, memory, moment)
        except AwsError as error:
            return say.troubled(resource, login, error.trouble)
        except NoTurnError:
            return SOON
        plan = decide(want, seen, moment)
        if want.deleting and plan.done:
            log.info("everything is gone", extra=about(say.key))
            return GONE
        if to_be_told_first(resource, want, seen, plan):
            foretold = say.beforehand(Round(resource, want, login, seen, plan, (), moment))
            if foretold is None:
                return SOON_AGAIN
            resource = foretold
        self.reactions.answered(say.key, resource.generation, acted=bool(plan.actions))
        outcomes = perform(hands, plan.actions, self.executor)
        remember(memory, outcomes, moment)
        for outcome in outcomes:
            log.info("%s: %s", outcome.action, outcome.trouble or "asked", extra=about(say.key))
        done = Round(resource, want, login, seen, plan, outcomes, moment)
        return say.done(done, self._next(plan, outcomes))

    def _next(self, plan: Plan, outcomes: tuple[Outcome, ...]) -> Next:
        return Next(after=max(LEAST, after_outcomes(plan.look_after, outcomes) / self.speed))
