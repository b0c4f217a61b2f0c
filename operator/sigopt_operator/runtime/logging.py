"""Logs: one line an event, JSON for machines or plain for people, and never a secret in them."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final, Literal, TextIO

from sigopt_operator.api.redaction import redact
from sigopt_operator.runtime.keys import Key

Format = Literal["json", "plain"]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

OURS: Final = "sigopt_operator"
_AT_LEAST: Final = {
    # At DEBUG these print requests, answers and headers: credentials, Secrets, signatures. At INFO
    # botocore says where it found each endpoint.
    "botocore": logging.WARNING,
    # A role that cannot be assumed again is told in a condition, and needs no traceback beside it.
    "botocore.credentials": logging.ERROR,
    "boto3": logging.WARNING,
    "kubernetes": logging.INFO,
    "urllib3": logging.INFO,
    "aiohttp": logging.INFO,
    "aiohttp.access": logging.WARNING,
    # At DEBUG kopf prints whole objects; at INFO, that each handler of ours "succeeded".
    "kopf": logging.WARNING,
    # Every deletion that waits is "cancelled" or "left" when the process ends: no news, no harm.
    "kopf.objects": logging.ERROR,
    "kopf._core.reactor.queueing": logging.ERROR,
    # Why the watch ended is told where it is begun anew, in one line.
    "kopf._core.reactor.orchestration": logging.CRITICAL,
    "kopf._core.reactor.running": logging.CRITICAL,
}


def about(key: Key) -> dict[str, object]:
    """The `extra` of a log call that is about one resource."""
    return {"resource": key}


def configure(form: Format, level: Level, stream: TextIO = sys.stderr) -> None:
    """Send every log of the process to `stream`, in this format, from this level up.

    At DEBUG the operator alone says more: what libraries say there is made for their own tests.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if form == "json" else PlainFormatter())
    logging.basicConfig(handlers=[handler], level=_least(level, logging.INFO), force=True)
    logging.getLogger(OURS).setLevel(level)
    for name, least in _AT_LEAST.items():
        logging.getLogger(name).setLevel(_least(level, least))
    logging.captureWarnings(True)


def _least(level: Level, least: int) -> int:
    return max(least, logging.getLevelNamesMapping()[level])


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and if it has them, namespace and
    name of the resource, and the traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of this record, without its end."""
        fields = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _on_one_line(redact(record.getMessage())),
        }
        if key := _resource(record):
            fields |= {"namespace": key.namespace, "name": key.name}
        if record.exc_info:
            fields["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


class PlainFormatter(logging.Formatter):
    """`time LEVEL [namespace/name] message`, and the traceback on the lines below."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of this record, without its end."""
        key = _resource(record)
        about_it = f" [{key}]" if key else ""
        message = _on_one_line(redact(record.getMessage()))
        line = f"{_time(record)} {record.levelname}{about_it} {message}"
        if record.exc_info:
            line += f"\n{redact(self.formatException(record.exc_info))}"
        return line


def _on_one_line(message: str) -> str:
    """The message with what a terminal acts upon, or cannot show, written as Python writes it.

    Messages repeat names and answers of others: a line break in one would begin a line of its own.
    """
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in message)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _resource(record: logging.LogRecord) -> Key | None:
    """Which resource a record is about: ours say it by `about`, kopf's by a reference."""
    match getattr(record, "resource", None), getattr(record, "k8s_ref", None):
        case Key() as key, _:
            return key
        case _, {"namespace": str(namespace), "name": str(name)}:
            return Key(namespace, name)
    return None
