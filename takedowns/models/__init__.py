"""The nouns of takedowns, one file each."""

from takedowns.models.incoming_mail import IncomingMail, IncomingState
from takedowns.models.link_import import ImportedAs, LinkImport
from takedowns.models.notice import Filer, Means, Notice, NoticeLink, Route
from takedowns.models.notice_clock import ClockState, NoticeClock
from takedowns.models.platform import Platform
from takedowns.models.reply import MatchedBy, Reply
from takedowns.models.reported_url import FoundBy, PlaceKind, ReportedUrl
from takedowns.models.url_check import Answer, UrlCheck

__all__ = [
    "Answer",
    "ClockState",
    "Filer",
    "FoundBy",
    "ImportedAs",
    "IncomingMail",
    "IncomingState",
    "LinkImport",
    "MatchedBy",
    "Means",
    "Notice",
    "NoticeClock",
    "NoticeLink",
    "PlaceKind",
    "Platform",
    "Reply",
    "ReportedUrl",
    "Route",
    "UrlCheck",
]
