"""The settings of `sigopt-operator run`, from flags and the environment, checked at start."""

import argparse
import os
import re
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

from pydantic import (
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, CliSettingsSource, NoDecode, SettingsConfigDict

from sigopt_operator.api.fields import REGION
from sigopt_operator.plan.resolve import ARGOCD_NAMESPACE
from sigopt_operator.runtime import pod
from sigopt_operator.runtime.logging import Format, Level

PREFIX: Final = "SIGOPT_OPERATOR_"

EVERY: Final = "*"
LEAST_SEED: Final = 16
"""Characters; an external ID must not be guessed by guessing the seed."""

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class InvalidSettingsError(ValueError):
    """Every mistake in the settings at once, one a line, each with the name of its setting."""


class Flags(BaseSettings):
    """The settings that are flags too."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, cli_kebab_case=True
    )

    kubeconfig: Path | None = Field(
        None,
        description="of the management cluster; none: the pod's own, $KUBECONFIG, ~/.kube/config",
    )
    namespaces: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="namespaces to serve, separated by commas; none: all of them"
    )
    identity_namespaces: Annotated[tuple[str, ...], NoDecode] = Field(
        (EVERY,),
        description="namespaces whose resources may use the operator's own AWS identity, separated "
        "by commas; *: all of them; others must name a Secret",
    )
    region: str | None = Field(
        None, description="AWS region of resources that name none; none: they must name one"
    )
    workers: int = Field(
        8,
        ge=1,
        le=256,
        description="how many resources are looked at at a time; a quarter of them is kept for "
        "what was just edited",
    )
    clock_speed: float = Field(
        1.0,
        gt=0,
        le=100_000,
        allow_inf_nan=False,
        description="how many times faster than real AWS's time passes (rehearsals only)",
    )
    aws_calls_per_second: float = Field(
        50.0,
        ge=1,
        le=1000,
        allow_inf_nan=False,
        description="calls at most to one AWS account and region; fewer while AWS throttles",
    )
    drift_within: float = Field(
        300.0,
        ge=60,
        le=86_400,
        allow_inf_nan=False,
        description="seconds of AWS's time in which what somebody changed in AWS is found; roles "
        "and the stack in three times as many",
    )
    custom_allow_loopback: bool = Field(
        False,
        description="whether kubeconfigs of custom clusters may lead to this machine itself "
        "(rehearsals only)",
    )
    custom_refused_networks: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        (),
        description="networks to which they may not lead, separated by commas, beyond those that "
        "are always refused",
    )
    argocd_namespace: str = Field(
        ARGOCD_NAMESPACE,
        description="where Argo CD is: resources with access.argocd become its targets there",
    )
    standalone: bool = Field(
        False, description="take no lease; only where no second operator can run"
    )
    lease_namespace: str | None = Field(
        None, validate_default=True, description="namespace of the lease; none: the pod's own"
    )
    lease_name: str = Field("sigopt-operator", min_length=1, max_length=63)
    probe_address: str | None = Field(
        None,
        description="where /healthz, /readyz and /metrics are served; none: everywhere, since the "
        "kubelet asks from outside the pod, by IPv4 or by IPv6",
    )
    probe_port: int = Field(8080, ge=0, le=65535, description="0: any free port")
    log_format: Format = "json"
    log_level: Level = "INFO"
    operator_id: str = Field(
        default_factory=socket.gethostname,
        min_length=1,
        max_length=253,
        description="who holds the lease, and who reports events; the host's name by default",
    )

    @property
    def identity_allowed(self) -> frozenset[str] | None:
        """The namespaces whose resources may use the operator's identity; None: all of them."""
        return None if EVERY in self.identity_namespaces else frozenset(self.identity_namespaces)

    @field_validator("namespaces", "identity_namespaces", "custom_refused_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        parts = [value] if isinstance(value, str) else value
        if not isinstance(parts, Sequence):
            return value
        names = [name.strip() for part in parts for name in str(part).split(",")]
        return tuple(dict.fromkeys(name for name in names if name))

    @field_validator("lease_namespace", mode="before")
    @classmethod
    def _of_the_pod(cls, value: object, info: ValidationInfo) -> object:
        own = value or pod.namespace()
        if own is None and not info.data.get("standalone"):
            raise ValueError("is needed outside of a pod, unless --standalone takes no lease")
        return own

    @field_validator("identity_namespaces")
    @classmethod
    def _are_namespaces(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if EVERY in value and len(value) > 1:
            raise ValueError(f"{EVERY} means all namespaces, and stands alone")
        return value if EVERY in value else _namespaces(value)

    @field_validator("namespaces", "lease_namespace", "argocd_namespace")
    @classmethod
    def _is_namespace(cls, value: tuple[str, ...] | str | None) -> tuple[str, ...] | str | None:
        _namespaces((value,) if isinstance(value, str) else value or ())
        return value

    @field_validator("region")
    @classmethod
    def _is_region(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(REGION, value):
            raise ValueError(f"{value!r} does not look like an AWS region, such as us-west-2")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value


class Secrets(BaseSettings):
    """The settings that are secret: no flags, which whoever lists the processes could read."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    external_id_seed: SecretStr | None = Field(
        None,
        description="from which external IDs are derived, where roles are assumed with the "
        "operator's own identity; never to be changed while there are such resources",
    )

    @field_validator("external_id_seed")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < LEAST_SEED:
            raise ValueError(
                f"needs {LEAST_SEED} characters or more, such as `openssl rand -hex 32` makes"
            )
        return value

    @property
    def seed(self) -> str | None:
        """The seed in the clear."""
        return self.external_id_seed.get_secret_value() if self.external_id_seed else None


class Settings(Flags, Secrets):
    """What an operator's administrator can decide. Flags win over the environment.

    Each setting `a_b` is the variable `SIGOPT_OPERATOR_A_B` and, unless it is secret, the flag
    `--a-b`.
    """


def _namespaces(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not _DNS_LABEL.fullmatch(name):
            raise ValueError(f"{name!r} cannot be the name of a namespace")
    return names


def declare(parser: argparse.ArgumentParser) -> None:
    """Give the parser a flag for each setting."""
    source = CliSettingsSource[Flags](
        Flags,
        root_parser=parser,
        cli_implicit_flags=True,
        cli_avoid_json=True,
        cli_hide_none_type=True,
    )
    parser.set_defaults(settings_source=source)


def load(flags: argparse.Namespace) -> Settings:
    """The settings from the flags of a parser that `declare` was given, and the environment.

    Raises InvalidSettingsError.
    """
    try:
        return Settings(_cli_settings_source=flags.settings_source(parsed_args=flags))
    except ValidationError as error:
        raise InvalidSettingsError(_explain(error)) from None


def load_secrets() -> Secrets:
    """The secret settings alone, from the environment; raises InvalidSettingsError."""
    try:
        return Secrets()
    except ValidationError as error:
        raise InvalidSettingsError(_explain(error)) from None


def unknown_variables(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Variables with our prefix that are no setting: most likely mistyped."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    return tuple(
        sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    )


def _explain(error: ValidationError) -> str:
    lines = []
    for mistake in error.errors(include_url=False):
        name = str(mistake["loc"][0]) if mistake["loc"] else "settings"
        flag, variable = f"--{name.replace('_', '-')}", PREFIX + name.upper()
        secret = name not in Flags.model_fields
        reason = mistake["msg"].removeprefix("Value error, ")
        told = secret or mistake["type"] == "value_error"
        given = "" if told else f", not {mistake['input']!r}"
        lines.append(f"{variable if secret else f'{flag} ({variable})'}: {reason}{given}")
    return "\n".join(lines)
