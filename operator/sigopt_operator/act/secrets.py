"""Secrets of the management cluster."""

from __future__ import annotations

from sigopt_operator.plan.actions import ApplySecret, DeleteSecret, ReleaseSecret
from sigopt_operator.plan.kubeconfig.secret import SecretStore


def apply_secret(store: SecretStore, action: ApplySecret) -> None:
    """Write the Secret; may be repeated."""
    store.apply(action.secret, action.uid)


def release_secret(store: SecretStore, action: ReleaseSecret) -> None:
    """Give the Secret up; may be repeated."""
    store.release(action.place, action.uid)


def delete_secret(store: SecretStore, action: DeleteSecret) -> None:
    """Delete the Secret; may be repeated."""
    store.delete(action.place, action.uid)
