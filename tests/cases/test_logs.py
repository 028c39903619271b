"""Logs are structured and hold nothing of a person."""

import json
import logging
import sys

from django.conf import settings
from django.test import RequestFactory

from cases.logs import StructuredFormatter, WithoutPersonalData


def _line(record: logging.LogRecord) -> dict[str, object]:
    WithoutPersonalData().filter(record)
    return json.loads(StructuredFormatter().format(record))


def _record(name: str, message: str, **extra: object) -> logging.LogRecord:
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, (), None)
    record.__dict__.update(extra)
    return record


def test_a_failed_request_names_its_route_and_not_its_path():
    request = RequestFactory().get("/share/secret-token?code=AB12", HTTP_HOST=settings.STAFF_HOST)
    said = "Not Found: /share/secret-token?code=AB12"
    line = _line(_record("django.request", said, request=request, status_code=404))
    assert "secret-token" not in json.dumps(line)
    assert "AB12" not in json.dumps(line)
    assert line["status"] == 404


def test_only_listed_fields_are_written():
    line = _line(_record("recourse.tasks", "done", count=3, client_name="Ines"))
    assert line["count"] == 3
    assert "Ines" not in json.dumps(line)


def test_an_error_is_written_with_its_type_and_place_and_without_its_text():
    try:
        raise ValueError("her name is Ines")
    except ValueError:
        record = logging.LogRecord("recourse", logging.ERROR, __file__, 1, "an effect failed", (), sys.exc_info())
    line = _line(record)
    assert line["error"] == "ValueError"
    assert "test_logs.py" in str(line["place"])
    assert "Ines" not in json.dumps(line)
