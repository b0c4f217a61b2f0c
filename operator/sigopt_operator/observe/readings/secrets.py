"""What is read of the management cluster: Secrets of ours, which cost AWS nothing."""

from __future__ import annotations

from dataclasses import dataclass

from sigopt_operator.observe.readings.recall import Recall
from sigopt_operator.plan.kubeconfig.secret import FoundSecret, Place, SecretStore
from sigopt_operator.plan.wish import Wish


@dataclass(frozen=True)
class SecretReadings(Recall):
    """Of the management cluster."""

    def secret(self, store: SecretStore, want: Wish, place: Place) -> FoundSecret | None:
        """One Secret; one that is not ours, or not there, is looked at again in every round."""
        by_us = place in (want.argocd_secret, want.noted.argocd)
        return self._recall(
            "Kubeconfig",
            str(place),
            lambda: store.find(place, want.uid, want.name, to_be_deleted=by_us),
            lambda found: found is not None and found.secret is not None,
            fresh_for=self._often,
            cost=0,
        )
