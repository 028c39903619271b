"""The shared tags: clocks say one honest thing, sizes and spans are short, fields are bound to their errors."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone, translation

from cases.templatetags import ui

NOW = datetime(2026, 11, 22, 13, 40, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Report(forms.Form):
    alias = forms.CharField(label="Name to use", help_text="It can be invented.")
    safe = forms.ChoiceField(label="Is it safe?", choices=[("y", "Yes"), ("n", "No")], widget=forms.RadioSelect)
    told = forms.CharField(label="What happened", widget=forms.Textarea, required=False)


def drawn(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(minutes=38), "38 m"), (timedelta(minutes=80), "1 h 20 m"), (2 * HOUR, "2 h"),
        (timedelta(hours=5, minutes=59), "5 h 59 m"), (timedelta(hours=19, minutes=50), "19 h"),
        (48 * HOUR, "2 days"), (timedelta(seconds=20), "0 m"), (-6 * HOUR, "6 h"),
    ],
)  # fmt: skip
def test_a_span_is_said_as_on_a_clock(span: timedelta, said: str) -> None:
    assert ui.short_span(span) == said


@pytest.mark.parametrize(
    ("due", "state"),
    [
        (NOW - timedelta(seconds=1), "late"), (NOW, "soon"), (NOW + 6 * HOUR - timedelta(seconds=1), "soon"),
        (NOW + 6 * HOUR, "on-track"), (None, "none"),
    ],
)  # fmt: skip
def test_a_clock_changes_state_at_its_edges(due: datetime | None, state: str) -> None:
    assert ui.clock_state(due, NOW) == state


def test_a_stopped_or_paused_clock_is_never_late() -> None:
    assert ui.clock_state(NOW - HOUR, NOW, stopped="met") == "met"
    assert ui.clock_state(NOW - HOUR, NOW, paused="waiting for the client") == "paused"


def test_a_clock_says_how_long_whose_and_when() -> None:
    html = drawn("{% clock due now 'platform' %}", due=NOW + timedelta(minutes=38), now=NOW)
    assert "38 minutes left, the platform’s, ends 13:18" not in html
    assert "38 minutes left, the platform’s, ends 14:18" in html
    assert "their limit 14:18" in html
    assert 'data-due="2026-11-22T14:18:00+00:00"' in html


def test_a_stopped_clock_does_not_tick() -> None:
    assert "data-due" not in drawn("{% clock due now stopped='met' %}", due=NOW, now=NOW)


def test_times_are_written_in_the_readers_zone() -> None:
    with timezone.override("Asia/Kolkata"):
        assert ui.local_time(NOW) == '<time datetime="2026-11-22T19:10:00+05:30">22 Nov 19:10</time>'
        assert ui.moment(NOW + 6 * HOUR, NOW) == "Mon 01:10"
    assert ui.moment(NOW + timedelta(days=30), NOW) == "22 Dec 13:40"


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (482_300, "482 kB"), (999_600, "1.0 MB"),
     (1_300_000_000, "1.3 GB"), (5 * 10**15, "5000 TB")],
)  # fmt: skip
def test_sizes_are_short(size: int, said: str) -> None:
    assert ui.human_size(size) == said


def test_recordings_are_measured_in_minutes_and_seconds() -> None:
    assert [ui.media_length(seconds) for seconds in (42, 65.9, 3727)] == ["0:42", "1:05", "1:02:07"]


def test_an_error_is_bound_to_its_field_and_listed_above() -> None:
    form = Report({"alias": ""})
    html = drawn('{% include "components/field.html" with field=form.alias only %}', form=form)
    assert 'aria-describedby="id_alias_hint id_alias_error"' in html
    assert 'id="id_alias_error"' in html
    assert 'aria-invalid="true"' in html
    assert ui.problems(form)[0] == ("id_alias", "Name to use: This field is required.")


def test_an_error_of_a_group_jumps_to_its_first_choice() -> None:
    form = Report({"alias": "Sam"})
    assert ui.problems(form) == [("id_safe_0", "Is it safe?: This field is required.")]
    html = drawn('{% include "components/field.html" with field=form.safe only %}', form=form)
    assert '<fieldset class="field field--error" aria-describedby="id_safe_error"' in html
    assert 'id="id_safe_0"' in html


def test_a_forms_own_wording_is_left_alone() -> None:
    form = Report({})
    form.fields["alias"].error_messages["required"] = "Enter a name. It can be invented."
    assert ui.problems(form)[0] == ("id_alias", "Enter a name. It can be invented.")


def test_nothing_is_preselected_on_a_question_of_safety() -> None:
    assert "checked" not in drawn('{% include "components/field.html" with field=form.safe only %}', form=Report())


def test_a_sensitive_box_teaches_the_keyboard_nothing() -> None:
    html = drawn(
        '{% include "components/field.html" with field=form.told sensitive=True count=500 only %}', form=Report()
    )
    for attribute in ('autocomplete="off"', 'autocorrect="off"', 'spellcheck="false"', 'data-count="500"'):
        assert attribute in html


def test_typed_text_is_escaped_everywhere() -> None:
    bad = "<img src=x onerror=alert(1)>"
    pieces = [
        '{% include "components/banner.html" with text=bad title=bad only %}',
        '{% include "components/button.html" with label=bad href=bad only %}',
        '{% include "components/state_tag.html" with label=bad only %}',
        '{% include "components/timeline_item.html" with at=now text=bad who=bad detail=bad replaced=bad only %}',
        '{% include "components/cover.html" with title=bad word=bad facts=bad only %}',
        '{% include "components/copy_field.html" with label=bad value=bad id="x" only %}',
        '{% include "components/task_row.html" with title=bad url="#" action=bad due=now now=now alias=bad only %}',
        "{% more bad %}{{ bad }}{% endmore %}{% interruption bad %}{{ bad }}{% endinterruption %}",
        '{% bar bad "ok" 1 %}{% scroll_region bad %}{{ bad }}{% endscroll_region %}',
    ]
    for piece in pieces:
        html = drawn(piece, bad=bad, now=NOW)
        assert "<img" not in html, piece
        assert "&lt;img" in html, piece


def test_a_bar_is_as_long_as_its_numbers() -> None:
    html = ui.bar("22 of 31", "ok", 22, "wait", 6, "prep", 3)
    assert 'class="p-ok" x="0.00" y="0" width="70.97"' in html
    assert 'class="p-prep" x="90.32" y="0" width="9.68"' in html
    assert 'width="0.00"' in ui.bar("nothing yet", "ok", 0)
    assert 'width="20.00"' in ui.bar("4 of 20", "accent", 4, total=20)


def test_a_qr_picture_takes_the_path_and_nothing_else() -> None:
    given = '<svg viewBox="0 0 9 9" onload="x()"><script>x()</script><path d="M0,0H9V9z" style="fill:red"/></svg>'
    drawn_picture = ui.qr_picture(given)
    assert '<path d="M0,0H9V9z"/>' in drawn_picture
    assert "script" not in drawn_picture
    assert "style" not in drawn_picture
    assert ui.qr_picture("<svg>") == ""


def test_the_words_of_clocks_follow_the_language() -> None:
    with translation.override("en"):
        assert '"late": "%(span)s late"' in ui.clock_words()
