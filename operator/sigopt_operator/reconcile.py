"""The conductor: observe, plan, act, say. One round for one resource, whatever woke it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Semaphore

from sigopt_operator.act.perform import Hands, perform
from sigopt_operator.act.secrets import delete_secret
from sigopt_operator.api.resource import FINALIZER, InvalidResource, SigOptCluster
from sigopt_operator.api.spec import DeletionPolicy, ManagementPolicy, Provider
from sigopt_operator.api.status import ConditionType, Status
from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import Clients, ClientSource
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.cluster.api import Open, with_eks_token
from sigopt_operator.observe.custom import CustomObserver, NoTurnError
from sigopt_operator.observe.foresight import remember
from sigopt_operator.observe.memory import Memories, Memory
from sigopt_operator.observe.observe import Observer, Questions
from sigopt_operator.plan.actions import ApplySecret, DeleteSecret
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.kubeconfig import leave, noted, places
from sigopt_operator.plan.login import Login, OwnIdentity, login_of
from sigopt_operator.plan.moment import DRIFT_WITHIN, Moment
from sigopt_operator.plan.schedule import after_outcomes
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Blocked, Step
from sigopt_operator.plan.support import unsupported
from sigopt_operator.plan.trouble import ROLE_NOT_ASSUMED, Kind, Outcome, Trouble
from sigopt_operator.plan.wish import ARGOCD_NAMESPACE, Wish, wish_of
from sigopt_operator.runtime.custom import dialer
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import ManagementApi
from sigopt_operator.runtime.logging import about
from sigopt_operator.runtime.rounds import Next
from sigopt_operator.runtime.settings import Settings
from sigopt_operator.status.compose import (
    Round,
    compose,
    compose_refusal,
    compose_trouble,
    unreadable,
)
from sigopt_operator.status.events import events
from sigopt_operator.workload.connect import connect, visit
from sigopt_operator.workload.drain import kept_pods
from sigopt_operator.workload.inspect import inspect
from sigopt_operator.workload.survey import survey

log = logging.getLogger(__name__)

GONE = Next(after=None, released=True)
SOON = Next(after=timedelta(seconds=1))
ON_CHANGE = Next(after=None)
WHILE_REFUSED = Next(after=timedelta(minutes=1))
UNTIL_MENDED = timedelta(seconds=5)
"""Of real time: a Secret is mended by a person who then watches."""
UNTIL_TRUSTED = timedelta(seconds=15)
"""Of real time: so is a role's trust, and IAM needs some seconds to make it known."""
LEAST = timedelta(milliseconds=200)
THREADS = 32


@dataclass(frozen=True)
class Reconciler:
    """Runs rounds; everything it depends on is given to it."""

    api: ManagementApi
    source: ClientSource
    open_with: Callable[[Clients], Open]
    questions: Questions
    custom: CustomObserver
    executor: Executor
    memories: Memories
    clock: Callable[[], datetime]
    region: str | None
    own: OwnIdentity = field(default_factory=OwnIdentity)
    argocd_namespace: str = ARGOCD_NAMESPACE
    speed: float = 1.0
    drift_within: timedelta = DRIFT_WITHIN

    def __call__(self, key: Key) -> Next:
        """One round: what it answers says when to look again, or that the resource may go."""
        read = self.api.read(key)
        if read is None:
            self.memories.drop(key.namespace, key.name)
            return GONE
        try:
            resource = SigOptCluster.parse(read)
        except InvalidResource as error:
            status = unreadable(read, str(error), self.clock())
            self.api.write_status(key, read["metadata"]["resourceVersion"], status.to_dict())
            return ON_CHANGE
        if FINALIZER not in resource.finalizers:
            return GONE if resource.deleting else SOON
        refusal = unsupported(resource, self.region)
        if resource.deleting and (refusal or _lets_go(resource)):
            return self._leave(key, resource)
        if refusal:
            told = compose_refusal(resource, refusal.reason, refusal.message, self.clock())
            return self._say(key, resource, told, (), ON_CHANGE)
        login = login_of(resource, self.own)
        if isinstance(login, Blocked):
            return self._without_login(key, resource, login)
        return self._round(key, resource, self._wish(resource), login)

    def _wish(self, resource: SigOptCluster) -> Wish:
        return wish_of(resource, self.region or "", self.argocd_namespace)

    def _leave(self, key: Key, resource: SigOptCluster) -> Next:
        """Everything in AWS stays as it is; what Argo CD was given goes."""
        want, store = self._wish(resource), self.api.secret_store
        asked = {
            place: store.find(place, want.uid, want.name, to_be_deleted=True)
            for place in places(want)
        }
        step = leave(want, asked)
        if step.ready:
            return GONE
        try:
            for action in step.actions:
                if isinstance(action, DeleteSecret):
                    delete_secret(store, action)
        except AwsError as error:
            step = Step(blocked=Blocked(error.trouble.reason, str(error.trouble)))
        if not step.blocked:
            return SOON
        log.warning("%s", step.blocked.message, extra=about(key))
        reason, message = step.blocked.reason, step.blocked.message
        about_it = ConditionType.KUBECONFIG_READY
        told = compose_refusal(resource, reason, message, self.clock(), about_it)
        return self._say(key, resource, told, (), WHILE_REFUSED)

    def _without_login(self, key: Key, resource: SigOptCluster, why: Blocked) -> Next:
        """What an edit or another setting mends; until then what was made for it cannot go."""
        if resource.deleting and not _ever_acted(resource):
            return GONE
        told = compose_refusal(resource, why.reason, why.message, self.clock())
        return self._say(key, resource, told, (), ON_CHANGE)

    def _round(self, key: Key, resource: SigOptCluster, want: Wish, login: Login) -> Next:
        moment = Moment(self.clock(), self.speed, self.drift_within)
        memory = self.memories.of(key.namespace, key.name, resource.uid)
        try:
            hands, seen = self._look(want, login, memory, moment)
        except AwsError as error:
            return self._troubled(key, resource, login, error.trouble)
        except NoTurnError:
            return SOON
        plan = decide(want, seen, moment)
        if want.deleting and plan.done:
            log.info("everything is gone", extra=about(key))
            return GONE
        if _first_act(resource, plan) or _first_written(want, seen, plan):
            foretold = self._foretell(key, Round(resource, want, login, seen, plan, (), moment))
            if foretold is None:
                return Next(after=LEAST)
            resource = foretold
        outcomes = perform(hands, plan.actions, self.executor)
        for outcome in outcomes:
            remember(memory, outcome, moment)
            log.info("%s: %s", outcome.action, outcome.trouble or "asked", extra=about(key))
        told = compose(Round(resource, want, login, seen, plan, outcomes, moment))
        return self._say(key, resource, told, outcomes, self._next(plan, outcomes))

    def _look(
        self, want: Wish, login: Login, memory: Memory, moment: Moment
    ) -> tuple[Hands, Snapshot]:
        """What there is, and by what hands something can be done about it."""
        if want.kubeconfig is not None:
            sight = self.custom.observe(want, want.kubeconfig, memory, moment)
            return Hands(None, sight.open_api, self.api.secret_store), sight.seen
        clients = self.source.clients(login, want.region)
        open_api = self.open_with(clients)
        observer = self._observer(clients, open_api, memory, moment)
        hands = Hands(clients, open_api, self.api.secret_store)
        return hands, self._observe(observer, want, login)

    def _observe(self, observer: Observer, want: Wish, login: Login) -> Snapshot:
        try:
            return observer.observe(want)
        except AwsError as error:
            if login.role_arn and error.trouble.questions_who_asks:
                self.source.forget(observer.clients)
            raise

    def _observer(
        self, clients: Clients, open_api: Open, memory: Memory, moment: Moment
    ) -> Observer:
        return Observer(
            clients=clients,
            open_api=open_api,
            memory=memory,
            moment=moment,
            questions=self.questions,
            executor=self.executor,
            secrets=self.api.secret_store,
        )

    def _foretell(self, key: Key, of: Round) -> SigOptCluster | None:
        """Say what will be done before the first thing is; None when the wish changed meanwhile."""
        version = of.resource.resource_version
        if not self.api.write_status(key, version, compose(of).to_dict()):
            return None
        read = self.api.read(key)
        again = SigOptCluster.parse(read) if read else None
        same = again is not None and again.generation == of.resource.generation
        return again if same else None

    def _troubled(self, key: Key, resource: SigOptCluster, login: Login, trouble: Trouble) -> Next:
        log.warning("%s", trouble, extra=about(key))
        if resource.deleting and trouble.kind.for_a_person and not _ever_acted(resource):
            log.info("nothing was ever made for it", extra=about(key))
            return GONE
        told = compose_trouble(resource, login, trouble, self.clock())
        wait = Next(after=None, failed=True)
        if trouble.kind is Kind.CREDENTIALS:
            wait = Next(after=UNTIL_MENDED)
        elif trouble.code == ROLE_NOT_ASSUMED:
            wait = Next(after=UNTIL_TRUSTED)
        return self._say(key, resource, told, (), wait)

    def _say(
        self,
        key: Key,
        resource: SigOptCluster,
        status: Status,
        outcomes: tuple[Outcome, ...],
        then: Next,
    ) -> Next:
        """Write the status if it says anything new, and post what is worth an event."""
        if status != resource.status and not self.api.write_status(
            key, resource.resource_version, status.to_dict()
        ):
            then = Next(after=LEAST)
        for event in events(resource.status, status, outcomes):
            self.api.event(key, resource.uid, event.type, event.reason, event.message)
        return then

    def _next(self, plan: Plan, outcomes: tuple[Outcome, ...]) -> Next:
        return Next(after=max(LEAST, after_outcomes(plan.look_after, outcomes) / self.speed))


def _lets_go(resource: SigOptCluster) -> bool:
    """Whether the end of the resource leaves everything as it is."""
    spec = resource.spec
    theirs = spec.provider is Provider.CUSTOM
    observed = spec.management_policy is ManagementPolicy.OBSERVE
    return theirs or observed or spec.deletion_policy is DeletionPolicy.RETAIN


def build(settings: Settings, api: ManagementApi) -> Reconciler:
    """The reconciler that `sigopt-operator run` uses."""
    speed = settings.clock_speed
    return Reconciler(
        api=api,
        source=ClientSource(api.read_secret, Budgets(Time(speed), settings.aws_calls_per_second)),
        open_with=with_eks_token,
        questions=Questions(connect, survey, kept_pods, inspect),
        custom=CustomObserver(
            api.read_secret,
            dialer(settings),
            visit,
            inspect,
            Semaphore(max(1, settings.workers // 2)),
        ),
        executor=ThreadPoolExecutor(THREADS, thread_name_prefix="aws"),
        memories=Memories(),
        clock=lambda: datetime.now(UTC),
        region=settings.region,
        own=OwnIdentity(settings.identity_allowed, settings.seed),
        argocd_namespace=settings.argocd_namespace,
        speed=speed,
        drift_within=timedelta(seconds=settings.drift_within),
    )


def _first_act(resource: SigOptCluster, plan: Plan) -> bool:
    """Whether this would be the first thing ever made: then the status says so beforehand.

    A resource whose credentials never worked can so be let go: its status names no region.
    """
    return bool(plan.actions) and not resource.deleting and not _ever_acted(resource)


def _first_written(want: Wish, seen: Snapshot, plan: Plan) -> bool:
    """Whether a Secret is about to be written at a place that the status does not have yet.

    It could not be found again, should the spec name another place and the operator die before the
    end of the round.
    """
    writes = any(isinstance(action, ApplySecret) for _, action in plan.actions)
    return writes and noted(want, seen) != want.noted


def _ever_acted(resource: SigOptCluster) -> bool:
    return resource.status is not None and resource.status.region is not None
