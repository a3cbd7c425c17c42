"""Logging to stderr, without the text of exceptions: such text often quotes personal data."""

import logging
import sys
from types import TracebackType
from typing import Any

from app.http.problems import traceback_without_text

_log = logging.getLogger(__name__)


def log_to_stderr(level: str) -> None:
    """Logs messages of at least this level, and the exception that ends the process."""
    handler = logging.StreamHandler()
    handler.setFormatter(_WithoutText(logging.BASIC_FORMAT))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    sys.excepthook = _report


class _WithoutText(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802  (logging defines the name)
        _, exc, _ = ei
        return traceback_without_text(exc) if exc else ""


def _report(kind: type[BaseException], exc: BaseException, traceback: TracebackType | None) -> None:
    if isinstance(exc, Exception):
        _log.critical("The process ends.", exc_info=(kind, exc, traceback))
    else:
        sys.__excepthook__(kind, exc, traceback)
