"""Three honest answers, and what two agreeing looks may change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takedowns.observations import Hop, LookError, Observation, without_answer
from takedowns.reference import Marker, PlatformFacts, platforms
from takedowns.states import LinkState
from takedowns.verdicts import WORDS, Answer, Look, judge, settle

GONE, UP, UNKNOWN = Answer.GONE, Answer.STILL_UP, Answer.CANNOT_TELL
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://site.example.org/v/12345"
PORNHUB = "https://www.pornhub.com/"
IMGUR = "https://i.imgur.com/"
LONG = "A page with words that people wrote under a picture. " * 3


def page(
    *,
    url: str = URL,
    final: str = "",
    status: int = 200,
    title: str = "My holiday",
    text: str = LONG,
    headings: tuple[str, ...] = (),
    player: bool = False,
    password: bool = False,
    marks: tuple[str, ...] = (),
    kind: str = "text/html",
) -> Observation:
    end = final or url
    hops = (Hop(url, 302, "93.184.216.34"), Hop(end, status, "93.184.216.34")) if final else (Hop(url, status, ""),)
    return Observation(
        url=url,
        final_url=end,
        started_at=NOON,
        seconds=0.1,
        hops=hops,
        status=status,
        content_type=kind,
        title=title,
        headings=headings,
        text=text,
        has_player=player,
        has_password_field=password,
        marks=frozenset(marks),
    )


def said(seen: Observation, key: str | None = None) -> tuple[str, str]:
    found = judge(seen, platforms()[key] if key else None)
    return found.answer, found.reason


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (page(status=404, title="Not found"), "http_404"),
        (page(status=410, text=""), "http_410"),
        (page(title="This video is no longer available | Chirp"), "says_removed"),
        (page(headings=("This post has been removed",)), "says_removed"),
        (page(title="Page not found - Chirp", text=""), "says_removed"),
        (page(status=404, final="https://www.site.example.org/v/12345/"), "http_404"),
    ],
)
def test_what_the_site_says_is_gone_is_gone(seen: Observation, reason: str) -> None:
    assert said(seen) == (Answer.GONE, reason)


@pytest.mark.parametrize(
    "seen",
    [
        page(),
        page(player=True, text=""),
        page(final="https://www.site.example.org/v/12345-my-holiday"),
        page(url="http://site.example.org/", final="https://site.example.org/home"),
        page(password=True, text=LONG * 5),
        page(headings=("Hello",), text="Hello"),
    ],
)
def test_a_page_with_content_is_still_up(seen: Observation) -> None:
    assert said(seen) == (Answer.STILL_UP, "page_answers")


def test_a_media_file_that_answers_is_still_up_unopened() -> None:
    assert said(page(kind="video/mp4", title="", text="")) == (Answer.STILL_UP, "media_answers")


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (page(final="https://site.example.org/"), "redirected_home"),
        (page(final="https://site.example.org/en/"), "redirected_home"),
        (page(final="https://site.example.org/login?next=/v/12345"), "login"),
        (page(final="https://site.example.org/age-verification?to=12345"), "age"),
        (page(final="https://site.example.org/popular"), "redirected_elsewhere"),
        (page(final="https://other.example.net/welcome"), "redirected_elsewhere"),
        (page(status=404, final="https://other.example.net/welcome"), "redirected_elsewhere"),
        (page(title="Log in to Chirp"), "login"),
        (page(title="Chirp", password=True, text="Name Password"), "login"),
        (page(status=401), "login"),
        (page(text="Please verify your age to go on. " + LONG), "age"),
        (page(text="This video is not available in your country."), "geo"),
        (page(status=451), "geo"),
        (page(title="Just a moment..."), "challenge"),
        (page(status=403, title="Attention Required!"), "blocked"),
        (page(status=403), "blocked"),
        (page(status=429), "blocked"),
        (page(status=500), "server_error"),
        (page(status=503), "server_error"),
        (page(status=204), "odd_status"),
        (page(status=302), "odd_status"),
        (page(title="App", text=""), "empty_page"),
        (page(text="This domain is for sale"), "parked"),
    ],
)
def test_walls_and_faults_are_cannot_tell(seen: Observation, reason: str) -> None:
    assert said(seen) == (Answer.CANNOT_TELL, reason)


@pytest.mark.parametrize("error", list(LookError))
def test_a_look_without_an_answer_is_cannot_tell(error: LookError) -> None:
    found = judge(without_answer(URL, error=error, at=NOON), None)
    assert (found.answer, found.reason) == (Answer.CANNOT_TELL, error)
    assert found.words


@pytest.mark.parametrize(
    "seen",
    [
        page(status=404, text="Please verify your age"),
        page(status=410, title="Checking your browser"),
        page(title="This video is no longer available", text="It is not available in your country."),
    ],
)
def test_a_sign_of_removal_beside_a_wall_is_cannot_tell(seen: Observation) -> None:
    assert said(seen)[0] == Answer.CANNOT_TELL


@pytest.mark.parametrize(
    "seen",
    [
        page(title="She said that the first copy was deleted but here is the second one for all of you"),
        page(title="This video is no longer available", player=True),
        page(title="This video is no longer available", text=LONG * 20),
    ],
)
def test_removal_words_in_a_doubtful_place_are_cannot_tell(seen: Observation) -> None:
    assert said(seen) == (Answer.CANNOT_TELL, "perhaps_removed")


def test_removal_words_in_a_comment_mean_nothing() -> None:
    assert said(page(text=LONG + "The other video has been removed."))[0] == Answer.STILL_UP


@pytest.mark.parametrize(
    ("key", "seen", "expected"),
    [
        ("redtube", page(marks=("html:video-deleted-info",)), (GONE, "says_removed")),
        ("redtube", page(marks=("html:video-deleted-info", "html:private_video_text")), (UNKNOWN, "contradiction")),
        ("redtube", page(marks=("html:private_video_text",)), (UNKNOWN, "unclear")),
        ("redtube", page(), (UP, "page_answers")),
        ("facebook", page(), (UNKNOWN, "no_sign")),
        ("facebook", page(text="You must log in to continue"), (UNKNOWN, "login")),
        ("instagram", page(status=404, title="Sorry, this page isn't available"), (UNKNOWN, "contradiction")),
        ("four_chan", page(status=404), (UNKNOWN, "expired")),
        ("discord", page(url="https://cdn.discordapp.com/attachments/1/2/a.png", status=404), (UNKNOWN, "expired")),
        ("discord", page(url="https://discord.com/channels/1/2/3", status=404), (GONE, "http_404")),
        ("eporner", page(player=True), (UP, "page_answers")),
        (
            "imgur",
            page(url=f"{IMGUR}A61SaA1.jpg", final=f"{IMGUR}removed.png", kind="image/png"),
            (GONE, "says_removed"),
        ),
        ("pornhub", page(url=f"{PORNHUB}view_video.php?viewkey=ph5f1234", final=PORNHUB), (UNKNOWN, "unclear")),
    ],
)
def test_a_platform_s_own_signs_decide(key: str, seen: Observation, expected: tuple[str, str]) -> None:
    assert said(seen, key) == expected


def test_a_mark_for_people_alone_is_never_seen_by_the_machine() -> None:
    facts = replace(platforms()["x"], removed_markers=(Marker("json", "a tombstone", "well-known-but-not-found"),))
    assert judge(page(), facts).reason == "no_sign"


def test_every_reason_has_words() -> None:
    means = {mark.means for facts in platforms().values() for mark in facts.not_removed_markers}
    assert means <= WORDS.keys()
    assert all(str(words) for words in WORDS.values())


OBSERVATIONS = st.builds(
    page,
    final=st.sampled_from(["", "https://site.example.org/", "https://site.example.org/login", URL + "/x"]),
    status=st.sampled_from([200, 204, 302, 401, 403, 404, 410, 429, 451, 500, 503]),
    title=st.sampled_from(["", "Page not found", "Log in", "My holiday", "Just a moment"]),
    text=st.sampled_from(["", LONG, "verify your age", "has been removed"]),
    player=st.booleans(),
    password=st.booleans(),
)


@given(OBSERVATIONS, st.sampled_from([None, *sorted(platforms())]))
def test_gone_needs_a_sign_of_removal_and_no_wall(seen: Observation, key: str | None) -> None:
    found = judge(seen, platforms()[key] if key else None)
    if found.answer is Answer.GONE:
        assert seen.status in (404, 410) or seen.title == "Page not found"
        assert "verify your age" not in seen.text
        assert seen.title not in ("Log in", "Just a moment")
    if found.answer is Answer.STILL_UP:
        assert seen.status == 200


def look(minutes: float, answer: Answer, vantage: str = "home") -> Look:
    return Look(NOON + timedelta(minutes=minutes), vantage, answer)


def outcome(history: list[Look], state: str = LinkState.ASKED) -> str | None:
    found = settle(history, state=state)
    return found.state if found else None


@pytest.mark.parametrize(
    ("history", "state", "expected"),
    [
        ([look(0, GONE), look(10, GONE)], "asked", "down"),
        ([look(0, GONE), look(9.9, GONE)], "asked", None),
        ([look(0, GONE), look(5, GONE), look(10, GONE)], "asked", "down"),
        ([look(0, GONE), look(20, UP), look(30, GONE)], "asked", None),
        ([look(0, GONE), look(5, UNKNOWN), look(20, GONE)], "asked", "down"),
        ([look(0, GONE), look(20, GONE, "abroad")], "asked", None),
        ([look(0, GONE), look(20, GONE), look(10, UP, "abroad")], "asked", None),
        ([look(0, UP, "abroad"), look(10, GONE), look(20, GONE)], "asked", "down"),
        ([look(0, UP, "abroad"), look(15, UP, "abroad"), look(20, GONE), look(30, GONE)], "still_up", "down"),
        ([look(0, GONE), look(30, GONE), look(15, UP, "abroad"), look(28, UP, "abroad")], "asked", "still_up"),
        ([look(0, UP), look(20, UP)], "asked", "still_up"),
        ([look(0, UP), look(20, UP)], "still_up", None),
        ([look(0, UP), look(20, UP)], "down", "back"),
        ([look(0, UP), look(20, UP)], "watching", "back"),
        ([look(0, UP), look(20, UP)], "back", None),
        ([look(0, GONE), look(20, GONE)], "down", None),
        ([look(0, GONE), look(20, GONE)], "back", "down"),
        ([look(0, GONE), look(60, GONE), look(70, UP)], "down", None),
        ([], "asked", None),
    ],
)
def test_two_agreeing_looks_ten_minutes_apart_flip_a_state(
    history: list[Look], state: str, expected: str | None
) -> None:
    assert outcome(history, state) == expected


def test_the_looks_that_flipped_it_are_named() -> None:
    history = [look(0, GONE), look(30, GONE), look(35, GONE), look(41, GONE)]
    found = settle(history, state=LinkState.ASKED)
    assert found is not None
    assert (found.first, found.second) == (history[1], history[3])


def test_a_test_may_shorten_the_gap() -> None:
    assert settle([look(0, GONE), look(0.02, GONE)], state="asked", min_gap=timedelta(seconds=1)) is not None


LOOKS = st.lists(
    st.builds(
        look,
        st.integers(min_value=0, max_value=200),
        st.sampled_from(list(Answer)),
        st.sampled_from(["home", "abroad"]),
    ),
    max_size=12,
)
STATES = st.sampled_from(["found", "asked", "down", "watching", "still_up", "back", "cannot_tell", "refused"])


@given(LOOKS, STATES)
def test_a_flip_always_rests_on_two_agreeing_looks_of_one_vantage(history: list[Look], state: str) -> None:
    found = settle(history, state=state)
    if found:
        assert found.first.answer == found.second.answer != UNKNOWN
        assert found.first.vantage == found.second.vantage
        assert found.second.at - found.first.at >= timedelta(minutes=10)
        assert (found.state == LinkState.DOWN) == (found.first.answer == GONE)


@given(st.builds(look, st.integers(0, 200), st.sampled_from(list(Answer))), STATES)
def test_one_look_never_flips(only: Look, state: str) -> None:
    assert settle([only], state=state) is None


@given(LOOKS, STATES, st.lists(st.integers(0, 300), max_size=5))
def test_cannot_tell_changes_nothing(history: list[Look], state: str, minutes: list[int]) -> None:
    unknown = [look(minute, UNKNOWN) for minute in minutes]
    assert settle(history + unknown, state=state) == settle(history, state=state)
    assert settle(unknown, state=state) is None


@given(LOOKS, STATES, st.integers())
def test_the_order_of_the_record_does_not_matter(history: list[Look], state: str, seed: int) -> None:
    shuffled = history.copy()
    Random(seed).shuffle(shuffled)
    assert settle(shuffled, state=state) == settle(history, state=state)


def test_facts_of_a_platform_are_typed() -> None:
    assert isinstance(platforms()["reddit"], PlatformFacts)
