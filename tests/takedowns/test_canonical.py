"""Pasted text to addresses, addresses to items."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takedowns.canonical import identify, lowered, site_of
from takedowns.pasted_lines import read_lines
from takedowns.reference import CanonicalRule, platforms

EXAMPLES = [(platform.key, rule) for platform in platforms().values() for rule in platform.canonical_rules]
PATHS = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=0x2FF), max_size=30)


def urls(text: str) -> list[str | None]:
    return [line.url for line in read_lines(text)]


def error(text: str) -> str:
    [line] = read_lines(text)
    assert line.url is None
    assert line.error is not None
    return line.error


@pytest.mark.parametrize(("key", "rule"), EXAMPLES, ids=[rule.example_in for _, rule in EXAMPLES])
def test_each_example_of_the_reference_is_told_apart(key: str, rule: CanonicalRule) -> None:
    found = identify(rule.example_in, platforms())
    assert (found.platform_key, found.canonical) == (key, rule.example_out)
    assert found.as_found == rule.example_in


@pytest.mark.parametrize(("key", "rule"), EXAMPLES, ids=[rule.example_out for _, rule in EXAMPLES])
def test_a_canonical_form_is_its_own_canonical_form(key: str, rule: CanonicalRule) -> None:
    again = identify(rule.example_out, platforms())
    if again.canonical != rule.example_out:
        # A form made for comparison alone, such as a post that no rule reads back, must at least stay on its platform.
        assert again.platform_key == key


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://x.com/a/status/1", "x"),
        ("https://netflix.com/title/1", None),
        ("https://t.co/abc", "x"),
        ("https://pinterest.co/pin/1", None),
        ("https://drive.google.com/x", "google_drive"),
        ("https://www.google.com/search?q=a", "google_search"),
        ("https://search.google.com/x", "google_outdated"),
        ("https://notreddit.com/comments/abc", None),
        ("https://OLD.Reddit.COM./comments/abc", "reddit"),
    ],
)
def test_the_longest_domain_on_whole_labels_names_the_platform(url: str, key: str | None) -> None:
    assert identify(url, platforms()).platform_key == key


def test_the_first_matching_rule_wins() -> None:
    assert identify("https://reddit.com/r/a/comments/abc/title/def", platforms()).canonical.endswith("/abc/_/def")


def test_an_address_of_a_platform_that_no_rule_reads_stays_as_it_is() -> None:
    found = identify("HTTPS://Www.Facebook.com/Some.Profile?b=1&a=2#Top", platforms())
    assert found.canonical == "https://www.facebook.com/Some.Profile?b=1&a=2#Top"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/v/1?utm_source=a&fbclid=b&x=1", "https://www.example.org/v/1/?x=1#comments"),
        ("https://m.example.co.uk/a", "https://example.co.uk:443/a"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
        ("https://example.org/vidéo", "https://example.org/vid%C3%A9o"),
        ("https://example.org/%7euser", "https://example.org/~user"),
        ("https://www.google.com/amp/s/news.example.org/x", "https://news.example.org/x/amp/"),
        ("https://news-example-org.cdn.ampproject.org/c/s/news.example.org/x", "https://news.example.org/x"),
        ("https://bücher.example.org/", "https://xn--bcher-kva.example.org"),
        ("https://en.m.example.org/wiki/A", "https://en.example.org/wiki/A"),
        ("https://example.org/a/index.html", "https://example.org/a/"),
        ("https://example.org/Default.aspx?id=1", "https://example.org/?id=1"),
        ("https://example.org/a;jsessionid=1F", "https://example.org/a?PHPSESSID=7"),
        ("https://example.org/a#:~:text=some,words", "https://example.org/a"),
        ("https://EXAMPLE.org:443/a?x=a+b", "http://example.org:80/a?x=a%20b"),
        ("http://[0:0:0::1]/a", "http://[::1]/a"),
        ("https://www.google.com/url?sa=t&url=https%3A%2F%2Fexample.org%2Fa%3Fx%3D1", "https://example.org/a?x=1"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa&h=1", "https://example.org/a"),
        (
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fa&d=1",
            "https://example.org/a",
        ),
        ("https://news--site-example-org.translate.goog/a?_x_tr_sl=en&b=1", "https://news-site.example.org/a?b=1"),
        ("https://web.archive.org/web/20240101000000if_/https://example.org/a", "https://example.org/a"),
        ("https://archive.is/newest/http:/example.org/a", "https://example.org/a"),
        (
            "https://webcache.googleusercontent.com/search?q=cache:AbCdEf123:https://example.org/a+word",
            "https://example.org/a",
        ),
    ],
)
def test_two_addresses_of_one_page_are_one_item(one: str, other: str) -> None:
    assert identify(one, platforms()).canonical == identify(other, platforms()).canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/v?id=1", "https://example.org/v?id=2"),
        ("https://example.org/V/1", "https://example.org/v/1"),
        ("https://example.org/#!/v/1", "https://example.org/#!/v/2"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org:8443/a", "https://example.org/a"),
        ("https://one.blogspot.com/a", "https://two.blogspot.com/a"),
        ("https://example.org/v#id=1", "https://example.org/v#id=2"),
        ("https://example.org/?q=%FE", "https://example.org/?q=%FF"),
        ("https://example.org/?a=1&a=2", "https://example.org/?a=2&a=1"),
        ("https://example.org/?a=1%262", "https://example.org/?a=1&2"),
        ("https://archive.ph/AbCd1", "https://archive.ph/AbCd2"),
        ("https://example.org/amp", "https://example.org/amps"),
    ],
)
def test_two_pages_stay_two_items(one: str, other: str) -> None:
    assert identify(one, platforms()).canonical != identify(other, platforms()).canonical


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www.example.org", "example.org"),
        ("m.video.example.co.uk", "example.co.uk"),
        ("someone.blogspot.com", "someone.blogspot.com"),
        ("chirp.localhost", "chirp.localhost"),
        ("93.184.216.34", "93.184.216.34"),
        ("2606:4700::1111", "2606:4700::1111"),
        ("www.com", "www.com"),
    ],
)
def test_a_site_is_named_without_www_and_m(host: str, site: str) -> None:
    assert site_of(host) == site


def test_a_copy_in_an_archive_is_a_place_of_its_own() -> None:
    page = identify("https://example.org/a", platforms())
    copy = identify("https://web.archive.org/web/2024/https://example.org/a", platforms())
    assert (copy.name, copy.held_by, copy.site) == (page.name, "web.archive.org", "web.archive.org")
    assert copy.key != page.key


def test_a_profile_of_a_platform_is_one_line_however_it_was_reached() -> None:
    ways = [
        "https://m.facebook.com/some.one?fbclid=1",
        "http://www.facebook.com/some.one/",
        "https://facebook.com/some.one",
    ]
    assert len({identify(way, platforms()).name for way in ways}) == 1
    assert identify(ways[0], platforms()).canonical == "https://m.facebook.com/some.one"


@pytest.mark.parametrize("mark", ["_", "*", "~", "-"])
def test_the_last_sign_of_a_number_is_no_punctuation(mark: str) -> None:
    assert urls(f"see https://youtu.be/abcdefghij{mark} now") == [f"https://youtu.be/abcdefghij{mark}"]


def test_marks_of_emphasis_on_both_sides_fall_away() -> None:
    assert urls("*https://example.org/a* and _https://example.org/b_") == [
        "https://example.org/a",
        "https://example.org/b",
    ]


def _other(text: str, draw: st.DataObject) -> str:
    """Another number of the same shape: digits stay digits, letters letters, the rest stays."""
    kinds = {"digit": st.sampled_from("0123456789"), "letter": st.sampled_from("abcdefghijkmnqrsuvwxyz")}
    return "".join(
        draw.draw(kinds["digit"]) if sign.isdigit() else draw.draw(kinds["letter"]) if sign.islower() else sign
        for sign in text
    )


@pytest.mark.parametrize(("key", "rule"), EXAMPLES, ids=[f"{key}-{number}" for number, (key, _) in enumerate(EXAMPLES)])
@settings(max_examples=4, deadline=None)
@given(draw=st.data())
def test_no_rule_joins_two_items(key: str, rule: CanonicalRule, draw: st.DataObject) -> None:
    given_as = identify(rule.example_in, platforms())
    found = rule.match.search(lowered(rule.example_in).geturl())
    assert found is not None
    last = found.lastindex or 1
    written = lowered(rule.example_in).geturl()
    start, end = found.span(last)
    changed = _other(found[last], draw)
    other = identify(written[:start] + changed + written[end:], platforms())
    assert (other.name == given_as.name) == (changed == found[last])
    assert identify(other.canonical, platforms()).name == other.name


@given(st.text(max_size=60))
def test_any_text_is_named_or_refused_and_nothing_else(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.org/{text}", f"https://web.archive.org/web/2024/{text}"):
        try:
            first = identify(url, platforms())
        except ValueError:
            continue
        again = identify(first.canonical, platforms())
        assert (again.canonical, again.name) == (first.canonical, first.name)


@given(st.lists(st.sampled_from(["a", "B", "1", "amp", "index.html", "x.amp.html", "%41", "é", ""]), max_size=5))
def test_two_numbers_stay_two_items_whatever_the_path(path: list[str]) -> None:
    base = "https://m.example.org/" + "/".join(path)
    assert identify(f"{base}/v1", platforms()).name != identify(f"{base}/v2", platforms()).name
    assert identify(f"{base}?v=1", platforms()).name != identify(f"{base}?v=2", platforms()).name


@given(PATHS, PATHS)
def test_a_generic_canonical_form_is_stable(path: str, query: str) -> None:
    url = f"https://m.site.example.org/{path}?{query}"
    try:
        first = identify(url, platforms()).canonical
    except ValueError:
        return
    assert identify(first, platforms()).canonical == first


def test_addresses_are_found_in_what_people_paste() -> None:
    text = """
    - https://example.org/a, (see https://example.org/b_(1)).
    example.org/c
    www.example.org
    I saw it on <https://example.org/d> yesterday. And www.example.org/e!
    [here](https://example.org/f)
    hxxps://example[.]org/g
    \u202ahttps://example.org/h\u202c
    “https://example.org/i”
    2. HTTPS://EXAMPLE.ORG/j
    """
    assert urls(text) == [
        "https://example.org/a",
        "https://example.org/b_(1)",
        "https://example.org/c",
        "https://www.example.org",
        "https://example.org/d",
        "https://example.org/f",
        "https://example.org/g",
        "https://example.org/h",
        "https://example.org/i",
        "HTTPS://EXAMPLE.ORG/j",
    ]


def test_lines_are_numbered_as_the_person_sees_them() -> None:
    assert [line.number for line in read_lines("https://a.org/1\r\n\r\nhttps://a.org/2\nwords only")] == [1, 3, 4]


def test_a_link_given_twice_on_one_line_is_read_once() -> None:
    assert urls("https://a.org/1 https://a.org/1") == ["https://a.org/1"]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("just some words", "looks like"),
        ("somebody@example.org", "looks like"),
        ("https://user:pass@example.org/a", "user name or password"),
        ("https://example.org/\0a", "characters"),
        ("https://example.org/\x1b[0m", "characters"),
        ("https://example.org/\ud800", "characters"),
        ("https://example.org/" + "a" * 5000, "longer"),
        ("a" * 100_000, "too long"),
        ("ftp://example.org/a", "http://"),
        ("javascript:alert(1)", "http://"),
        ("file:///etc/passwd", "http://"),
        ("https://example.org\\@127.0.0.1/", "user name|backslash"),
        ("https://exa%20mple.org/", "site name"),
        ("https://example.org:99999/", "site name"),
        ("https:///path", "site name"),
        ("https://[::1", "site name"),
    ],
)
def test_what_cannot_be_used_is_quoted_with_advice(text: str, advice: str) -> None:
    said = error(text)
    assert "line 1" in said
    assert any(part in said for part in advice.split("|"))
    assert len(said) < 300
    assert b"\0" not in said.encode("utf-8")


def test_markup_in_a_line_is_quoted_as_text() -> None:
    assert "<script>" in error("<script>alert(1)</script>")


def test_ten_thousand_lines_are_read_and_each_is_named_once() -> None:
    text = "\n".join(f"see https://m.site{n % 50}.example.org/watch?v={n}&utm_source=x, thanks" for n in range(10_000))
    lines = read_lines(text)
    items = {identify(line.url, platforms()).canonical for line in lines if line.url}
    assert len(items) == 10_000


def test_what_lies_beyond_the_limit_is_said_not_lost() -> None:
    lines = read_lines("\n".join(f"https://a.org/{n}" for n in range(12)), limit=10)
    assert [line.url is not None for line in lines] == [True] * 10 + [False]
    assert "number 11" in str(lines[-1].error)
    assert lines[-1].raw == "https://a.org/10\nhttps://a.org/11"


def test_huge_lines_give_one_short_answer_each_and_no_address() -> None:
    lines = read_lines("a." * 30_000 + "\n" + "(" * 60_000 + "\nhttps://" + ")" * 60_000)
    assert [(line.number, line.url) for line in lines] == [(1, None), (2, None), (3, None)]
    assert all(len(line.error or "") < 250 for line in lines)


@given(st.text(max_size=200))
def test_every_address_read_can_be_named(text: str) -> None:
    for line in read_lines(text):
        assert (line.url is None) != (line.error is None)
        if line.url:
            found = identify(line.url, platforms())
            assert urlsplit(found.canonical).scheme in ("http", "https")
