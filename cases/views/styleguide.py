"""Every component in every state on one page, for people who build pages and for the tests that look at them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cases.charts import deadline_cells, heat_strip, spark_line
from cases.http import open_to_all
from cases.icons import ICONS

NOW = datetime(2026, 11, 22, 13, 40, tzinfo=UTC)
"""The page stands still, so that two pictures of it can be compared."""


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name to use", help_text="It can be invented.", max_length=60)
    where = forms.ChoiceField(label="Country", choices=[("gb", "United Kingdom"), ("de", "Germany"), ("jo", "Jordan")])
    ways = forms.MultipleChoiceField(
        label="How may we contact you?",
        help_text="Tick all that are safe today. You can change this at any time.",
        choices=[("text", "Text message"), ("email", "E-mail"), ("page", "Only this page")],
        widget=forms.CheckboxSelectMultiple,
    )
    safe = forms.ChoiceField(
        label="Is it safe to leave a message?", choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect
    )
    told = forms.CharField(
        label="What happened", help_text="A few words are enough.", widget=forms.Textarea, required=False
    )
    proof = forms.FileField(label="Screenshot of the address bar", required=False)
    agree = forms.BooleanField(label="Ask sites in my name", help_text="We send them the links and no name.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give the choices their hints."""
        super().__init__(*args, **kwargs)
        self.fields["ways"].hints = {  # type: ignore[attr-defined]
            "page": "We never send anything. You come back when it suits you.",
        }


def _choice(label: str, state: str, **more: str) -> dict[str, str]:
    return {"label": label, "state": state, **more}


def _clocks() -> list[dict[str, object]]:
    hour = timedelta(hours=1)
    return [
        {"name": "late", "due": NOW - 6 * hour, "owner": "ours"},
        {"name": "soon", "due": NOW + timedelta(minutes=38), "owner": "target"},
        {"name": "on track", "due": NOW + 19 * hour, "owner": "ours"},
        {"name": "theirs", "due": NOW + 41 * hour, "owner": "platform"},
        {"name": "far", "due": NOW + 400 * hour, "owner": "regulator"},
        {"name": "paused", "due": NOW + hour, "owner": "ours", "paused": "waiting for the client"},
        {"name": "met", "due": NOW + hour, "owner": "platform", "stopped": "met"},
        {"name": "missed", "due": NOW - hour, "owner": "platform", "stopped": "missed"},
        {"name": "none", "due": None, "owner": "ours"},
    ]


def _tasks() -> list[dict[str, object]]:
    return [
        {
            "title": "Escalate to host: mirror-a.example", "action": "Open draft", "due": NOW - timedelta(hours=6),
            "owner": "ours", "reference": "C-2047", "alias": "Heron", "notes": ["host NL-DC4", "1 link"],
            "tag_label": "Draft ready", "tag_tone": "ok", "primary": True,
        },
        {
            "title": "Escalate: no removal after 48 hours", "action": "Escalate", "due": NOW - timedelta(minutes=130),
            "owner": "ours", "reference": "C-2031", "alias": "Marigold", "notes": ["ClipShare", "6 links"],
            "tag_label": "Take It Down 48 h", "tag_tone": "late",
        },
        {
            "title": "Send notice: 3 new links confirmed", "action": "Review and send",
            "due": NOW + timedelta(minutes=38), "owner": "target", "reference": "C-2047", "alias": "Heron",
            "notes": ["VidNest", "3 links"], "tag_label": "1 thing missing", "tag_tone": "soon",
        },
        {
            "title": "Check ForumX: regulator gave it 24 hours", "action": "Open",
            "due": NOW + timedelta(minutes=340), "owner": "platform", "reference": "C-2012", "alias": "Slate",
            "notes": ["eSafety notice", "2 links"], "tag_label": "Waiting for platform", "tag_tone": "info",
            "tag_icon": "wait",
        },
        {
            "title": "Second notice to host", "action": "Continue", "due": NOW + timedelta(hours=20), "owner": "ours",
            "reference": "C-2012", "alias": "Slate", "notes": ["Host: NL-DC4", "2 links"], "locked_by": "Jonas W.",
        },
    ]  # fmt: skip


def _sample() -> dict[str, Any]:
    wrong = SampleForm(data={"name": "", "told": "kept"})
    wrong.is_valid()
    offsets = (-370, -130, 38, 80, 115, 340, 1140, 1200, 1235, 1300, 2600)
    dues = [NOW + timedelta(minutes=minutes) for minutes in offsets]
    zone = timezone.get_current_timezone()
    return {
        "now": NOW,
        "clocks": _clocks(),
        "tasks": _tasks(),
        "good": SampleForm(auto_id="good_%s"),
        "wrong": wrong,
        "icons": sorted(ICONS),
        "heat": heat_strip(deadline_cells(dues, NOW, zone)),
        "spark": spark_line(
            [2, 5, 9, 9, 14, 18, 17, 21, 19, 16, 15, 12, 11, 9],
            caption="Links still up, last 14 days", first="8 Nov", last="today",
        ),
        "facts": [
            {"label": "Next clock", "value": "6 h late", "tone": "late"},
            {"label": "Links down", "value": "22", "note": "of 31"},
            {"label": "Middle time to removal", "value": "19 h"},
            {"label": "Came back", "value": "2"},
        ],
        "tabs": [
            {"url": "#", "label": "Overview", "current": True}, {"url": "#", "label": "Links", "count": 31},
            {"url": "#", "label": "Evidence", "count": 12}, {"url": "#", "label": "Notices", "count": 9},
            {"url": "#", "label": "Timeline"}, {"url": "#", "label": "Client"}, {"url": "#", "label": "Bundle"},
        ],
        "views": [
            {"url": "#", "label": "Mine", "current": True}, {"url": "#", "label": "Team"},
            {"url": "#", "label": "Not assigned"},
        ],
        "crumbs": [{"label": "Cases", "url": "#"}, {"label": "C-2047"}],
        "steps": [
            _choice("Report form", "done", note="19 Nov · no answer"),
            _choice("Legal notice", "late", note="6 h late", url="#", action="Open draft"),
            _choice("Hosting company", "waiting", note="asked 20 Nov"),
            _choice("Registrar", "skipped", note="does not act on content"), _choice("Regulator", "later"),
        ],
        "items": [
            _choice("Signature", "have", note="typed, authorised helper"), _choice("Good-faith statement", "have"),
            _choice("Proof that we may act", "missing", url="#", action="Ask the client, one question"),
            _choice("Date of birth", "asked", note="asked 21 Nov"), _choice("Name of the person", "unneeded"),
        ],
        "parts": [
            _choice("Where: 3 links", "done", url="#"), _choice("Route", "done", url="#"),
            _choice("Text and checklist", "now"), _choice("Send and record", "later"),
        ],
        "rows": [
            {"label": "Name to use", "value": "Sam", "url": "#"},
            {"label": "Links", "lines": ["https://vidnest.example/v/8f2k1", "https://forumx.example/9"], "url": "#"},
            {"label": "What happened", "value": "", "url": "#"},
        ],
        "long_text": "https://vidnest.example/" + "averylongpathwithoutanyspace/" * 4,
    }  # fmt: skip


@open_to_all("shows invented examples only, and only where settings.STYLEGUIDE is on")
def staff(request: HttpRequest) -> HttpResponse:
    """Show the components of staff pages; 404 where the style guide is off."""
    if not settings.STYLEGUIDE:
        raise Http404
    return render(request, "styleguide.html", _sample())


@open_to_all("shows invented examples only, and only where settings.STYLEGUIDE is on")
def portal(request: HttpRequest) -> HttpResponse:
    """Show the components of the client's pages; `?idle=seconds` starts the idle warning."""
    if not settings.STYLEGUIDE:
        raise Http404
    idle = request.GET.get("idle", "")
    return render(request, "styleguide_portal.html", _sample() | {"idle_seconds": int(idle) if idle.isdecimal() else 0})
