"""Charts: the drawing, its words and its table must say the same."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from cases.charts import Chart, HeatCell, deadline_cells, heat_strip, spark_line

NOW = datetime(2026, 11, 22, 13, 40, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def parsed(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(chart.svg)


def texts(chart: Chart) -> list[str]:
    return [node.text or "" for node in parsed(chart).iter("{http://www.w3.org/2000/svg}text")]


def test_deadlines_fall_into_squares_of_two_hours() -> None:
    cells = deadline_cells([NOW + timedelta(minutes=5), NOW + timedelta(minutes=38)], NOW, LONDON)
    assert len(cells) == 25
    assert [cell.count for cell in cells[:3]] == [0, 1, 1]


def test_what_is_late_stands_apart_and_first() -> None:
    cells = deadline_cells([NOW - timedelta(seconds=1), NOW - timedelta(days=30)], NOW, LONDON)
    assert cells[0].late
    assert cells[0].count == 2
    assert sum(cell.count for cell in cells[1:]) == 0


def test_a_deadline_due_this_very_moment_is_not_late() -> None:
    cells = deadline_cells([NOW], NOW, LONDON)
    assert (cells[0].count, cells[1].count) == (0, 1)


def test_deadlines_after_the_last_square_are_left_out() -> None:
    inside, outside = datetime(2026, 11, 24, 11, 59, tzinfo=UTC), datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert sum(cell.count for cell in deadline_cells([inside, outside], NOW, LONDON)) == 1


def test_squares_follow_the_clock_of_the_reader() -> None:
    cells = deadline_cells([], NOW, ZoneInfo("Asia/Kolkata"))
    assert [cell.full_label for cell in cells[1:3]] == ["Sun 18:00", "Sun 20:00"]


def test_a_day_is_named_where_it_begins() -> None:
    labels = [cell.label for cell in deadline_cells([], NOW, LONDON)]
    assert labels[:4] == ["Late", "Now", "", "16:00"]
    assert "Mon 00:00" in labels


def test_the_strip_its_description_and_its_table_agree() -> None:
    dues = [NOW - timedelta(hours=1), NOW + timedelta(minutes=5), NOW + timedelta(hours=9)]
    chart = heat_strip(deadline_cells(dues, NOW, LONDON))
    description = parsed(chart).find("{http://www.w3.org/2000/svg}desc")
    assert description is not None
    assert description.text == "3 deadlines. Late: 1, Sun 12:00: 1, Sun 22:00: 1"
    assert chart.rows == (("Late", "1"), ("Sun 12:00", "1"), ("Sun 22:00", "1"))
    assert [text for text in texts(chart) if text == "1"] == ["1", "1", "1"]


def test_a_quiet_strip_has_no_red_square() -> None:
    chart = heat_strip(deadline_cells([], NOW, LONDON))
    assert "c-late" not in chart.svg
    assert chart.rows == (("Late", "0"),)


def test_a_picture_is_named_for_those_who_do_not_see_it() -> None:
    for chart in (heat_strip([], key="a"), spark_line([1, 2], caption="Links", first="Mon", last="today", key="b")):
        root = parsed(chart)
        assert root.get("role") == "img"
        ids = (root.get("aria-labelledby") or "").split()
        assert [node.get("id") for node in root if node.tag.endswith(("title", "desc"))] == ids


def test_marks_carry_colour_as_attributes_and_never_as_style() -> None:
    svg = heat_strip(deadline_cells([NOW - timedelta(hours=1)], NOW, LONDON)).svg
    assert "style" not in svg
    assert not re.search(r"var\(|<script|href", svg)
    assert all("fill=" in mark for mark in re.findall(r"<(?:rect|text)[^>]*>", svg))


def test_words_are_escaped() -> None:
    chart = heat_strip([HeatCell("<b>&", "<b>&", 1)])
    assert "<b>" not in chart.svg
    assert "<b>&" in texts(chart)


def test_a_spark_line_steps_through_each_day_and_ends_at_today() -> None:
    chart = spark_line([4, 8, 2], caption="Links still up", first="8 Nov", last="today")
    assert chart.rows == (("2 days before", "4"), ("1 day before", "8"), ("today", "2"))
    assert "At most 8, now 2" in chart.svg
    line = re.search(r'class="c-line" d="([^"]+)"', chart.svg)
    assert line
    assert line.group(1) == "M2.0 29.0H122.0V6.0H242.0V40.5"


def test_a_case_that_never_had_links_still_draws() -> None:
    assert spark_line([], caption="Links", first="", last="today").rows == ()
    assert "At most 0, now 0" in spark_line([0, 0], caption="Links", first="", last="today").svg
