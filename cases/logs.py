"""Structured logs: allow-listed fields only, so that nothing personal is written by accident."""

import json
import logging
from datetime import UTC, datetime

CONSTANT = ("recourse", "django", "celery", "kombu")
"""Loggers whose text without arguments is a constant; any other may have been put together from what somebody typed."""
WITHHELD = "(text withheld)"
ALLOWED = ("event", "route", "method", "status", "task", "effect", "kind", "count", "seconds", "link_count", "part")
"""The only fields beside the text. Each holds an id, a count, a duration or one of our own words."""


class WithoutPersonalData(logging.Filter):
    """Drop arguments and tracebacks' values from Django's request log: it would carry paths and queries."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the message of loggers that would print an address."""
        if record.name.startswith("django.request") or record.name.startswith("django.security"):
            request = getattr(record, "request", None)
            match = getattr(request, "resolver_match", None)
            record.msg, record.args = "request failed", None
            record.route = match.route if match else "unknown route"
            record.status = getattr(record, "status_code", None)
        return True


class StructuredFormatter(logging.Formatter):
    """One JSON object a line. Of a message only its pattern is written: what would be filled in may be a person's."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, level, logger, message and the allowed fields; of an error its type and place only."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _pattern(record),
        }
        for name in ALLOWED:
            if getattr(record, name, None) is not None:
                line[name] = getattr(record, name)
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            if trace is not None:
                line["place"] = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}"
        return json.dumps(line, ensure_ascii=False, default=str)


def _pattern(record: logging.LogRecord) -> str:
    """Return a record's text before anything was put into it, or that it is withheld."""
    is_constant = bool(record.args) or record.name.split(".")[0] in CONSTANT
    return str(record.msg) if isinstance(record.msg, str) and is_constant else WITHHELD
