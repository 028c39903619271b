"""Pasted text to addresses, addresses to items."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takedowns.canonical import identify, read_lines, site_of
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
    found = identify("HTTPS://Www.Facebook.com/Some.Profile?utm_source=x#Top", platforms())
    assert found.canonical == "https://www.facebook.com/Some.Profile?utm_source=x#Top"


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
