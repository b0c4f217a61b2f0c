"""The reconciler that `sigopt-operator run` uses, put together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Semaphore
from typing import Final

from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import ClientSource
from sigopt_operator.aws.turns import Turns
from sigopt_operator.cluster.api import with_eks_token
from sigopt_operator.observe.custom import CustomObserver
from sigopt_operator.observe.memory import Memories
from sigopt_operator.observe.observe import Questions
from sigopt_operator.plan.login import OwnIdentity
from sigopt_operator.reconcile.conductor import Reconciler
from sigopt_operator.reconcile.looking import Looking
from sigopt_operator.runtime.custom import dialer
from sigopt_operator.runtime.kube import ManagementApi
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.settings import Settings
from sigopt_operator.runtime.workers import for_what_is_due
from sigopt_operator.workload.connect import connect, visit
from sigopt_operator.workload.drain import kept_pods
from sigopt_operator.workload.inspect import inspect
from sigopt_operator.workload.survey import survey

THREADS: Final = 32


def build(settings: Settings, api: ManagementApi, metrics: Metrics) -> Reconciler:
    """Everything that rounds depend on, from the settings."""
    speed = settings.clock_speed
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="aws")
    turns = Semaphore(max(1, settings.workers // 2))
    budgets = Budgets(Time(speed), settings.aws_calls_per_second, metrics)
    source = ClientSource(api.read_secret, budgets, drift_within=settings.drift_within)
    metrics.keeps(lambda: source.count)
    return Reconciler(
        api=api,
        looking=Looking(
            source=source,
            open_with=with_eks_token,
            questions=Questions(connect, survey, kept_pods, inspect),
            custom=CustomObserver(api.read_secret, dialer(settings), visit, inspect, turns),
            secrets=api.secret_store,
            executor=executor,
            turns=Turns(max(1, for_what_is_due(settings.workers) // 2)),
        ),
        executor=executor,
        memories=Memories(),
        clock=lambda: datetime.now(UTC),
        region=settings.region,
        own=OwnIdentity(settings.identity_allowed, settings.seed),
        argocd_namespace=settings.argocd_namespace,
        speed=speed,
        drift_within=timedelta(seconds=settings.drift_within),
        reactions=metrics.reactions,
    )
