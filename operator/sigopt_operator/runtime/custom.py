"""Where kubeconfigs of custom clusters may lead, by settings and by where this operator runs."""

import os
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from sigopt_operator.cluster.custom.addresses import AddressRules
from sigopt_operator.cluster.custom.dialer import Dialer, system_resolver
from sigopt_operator.runtime.connection import configuration
from sigopt_operator.runtime.settings import Settings

HTTPS: Final = 443
LOOKUPS: Final = 8
"""Names that are looked up at a time; one that DNS never answers holds up a thread for a while."""


def dialer(settings: Settings, environment: Mapping[str, str] = os.environ) -> Dialer:
    """Refuses the management cluster's own API server too: as configured, and as pods know it."""
    rules = AddressRules(settings.custom_allow_loopback, settings.custom_refused_networks)
    url = urlsplit(configuration(settings.kubeconfig).host)
    servers = [(url.hostname or "", url.port or HTTPS)]
    if service := environment.get("KUBERNETES_SERVICE_HOST"):
        servers.append((service, int(environment.get("KUBERNETES_SERVICE_PORT", HTTPS))))
    return Dialer(rules, tuple(dict.fromkeys(servers)), system_resolver(LOOKUPS))
