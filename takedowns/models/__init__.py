"""The nouns of takedowns, one file each."""

from takedowns.models.notice import Means, Notice, NoticeLink, Route
from takedowns.models.notice_clock import ClockState, NoticeClock
from takedowns.models.platform import Platform
from takedowns.models.reported_url import FoundBy, ReportedUrl
from takedowns.models.url_check import Answer, UrlCheck

__all__ = [
    "Answer",
    "ClockState",
    "FoundBy",
    "Means",
    "Notice",
    "NoticeClock",
    "NoticeLink",
    "Platform",
    "ReportedUrl",
    "Route",
    "UrlCheck",
]
