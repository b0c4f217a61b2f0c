"""One round's readings: which area each belongs to, when it is settled, how long it then holds."""

from __future__ import annotations

from dataclasses import dataclass

from sigopt_operator.observe.readings.account import AccountReadings
from sigopt_operator.observe.readings.cluster import ClusterReadings
from sigopt_operator.observe.readings.network import NetworkReadings
from sigopt_operator.observe.readings.secrets import SecretReadings


@dataclass(frozen=True)
class Readings(AccountReadings, NetworkReadings, ClusterReadings, SecretReadings):
    """Reads one thing at a time, from memory where that is settled; raises AwsError."""
