"""What there is, and by what hands something can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from sigopt_operator.act.perform import Hands
from sigopt_operator.aws.clients import Clients, ClientSource
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.aws.turns import Turns
from sigopt_operator.cluster.api import Open
from sigopt_operator.observe.custom import CustomObserver
from sigopt_operator.observe.memory import Memory
from sigopt_operator.observe.observe import Observer, Questions
from sigopt_operator.plan.kubeconfig.secret import SecretStore
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.trouble import Kind, Trouble
from sigopt_operator.plan.wish import Wish


@dataclass(frozen=True)
class Looking:
    """Looks for any resource, whatever its provider and its credentials."""

    source: ClientSource
    open_with: Callable[[Clients], Open]
    questions: Questions
    custom: CustomObserver
    secrets: SecretStore
    executor: Executor
    turns: Turns
    """For AWS where it hangs."""

    def look(
        self, want: Wish, login: Login, memory: Memory, moment: Moment
    ) -> tuple[Hands, Snapshot]:
        """The hands and the snapshot; raises AwsError, or NoTurnError where it has to wait."""
        if want.kubeconfig is not None:
            sight = self.custom.observe(want, want.kubeconfig, memory, moment)
            return Hands(None, sight.open_api, self.secrets), sight.seen
        with self.turns.at(want.region, want.uid):
            return self._of_aws(want, login, memory, moment)

    def _of_aws(
        self, want: Wish, login: Login, memory: Memory, moment: Moment
    ) -> tuple[Hands, Snapshot]:
        clients = self.source.clients(login, want.region)
        hands = Hands(clients, self.open_with(clients), self.secrets)
        observer = Observer(
            clients=clients,
            open_api=hands.open_api,
            memory=memory,
            moment=moment,
            questions=self.questions,
            executor=self.executor,
            secrets=self.secrets,
        )
        try:
            return hands, observer.observe(want)
        except AwsError as error:
            if _outdated(login, error.trouble):
                self.source.forget(clients)
            raise


def _outdated(login: Login, trouble: Trouble) -> bool:
    """Whether clients that are made anew for that login may be told something else."""
    if login.role_arn:
        return trouble.questions_who_asks
    # A Secret is read in each round, and other keys in it are other clients.
    return login.secret is None and trouble.kind is Kind.CREDENTIALS
