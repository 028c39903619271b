"""The demo site answers as its behaviours are named, keeps its state, and can be steered by hand."""

import os
import re
import select
import signal
import smtplib
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.demo.behaviours import STATUS, Behaviour
from config.demo.client import ROOT, DemoSite, DemoSiteFailed
from config.demo.platforms import PLATFORMS, reference_platforms
from config.demo.world import Mode

MAIL_TO = "abuse@vidnest.localhost"
REPORT = {
    "email": "desk@casework.example",
    "signature": "A. Caseworker",
    "statement": "yes",
    "description": "Shown without consent.",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    with DemoSite.start(tmp_path_factory.mktemp("demo"), hang=0.3) as site:
        yield site


@pytest.fixture
def demo(running: DemoSite) -> DemoSite:
    running.reset()
    return running


def report(demo: DemoSite, host: str, *paths: str) -> str:
    """Fill in a platform's report form. Returns the ticket number."""
    links = "\n".join(demo.url(host, path) for path in paths)
    sent = demo.fetch(host, "/report", form=REPORT | {"links": links})
    assert sent.status == 303, sent.text
    page = demo.fetch(host, sent.headers["Location"])
    found = re.search(r'id="ticket">([^<]+)<', page.text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("host", "path", "status", "words"),
    [
        ("vidnest", "/v/any", 200, "Video any"),
        ("photopost", "/p/any", 200, "Photo any"),
        ("clipshare", "/c/any", 200, "Clip any"),
        ("forumx", "/t/any", 200, "Post any"),
        ("mirror-a", "/m/any", 200, "Copy any"),
        ("pixvault", "/a/any", 200, "Log in to continue"),
        ("nightgate", "/v/any", 200, "Verify your age"),
        ("geotube", "/v/any", 451, "This video is not available in your country"),
        ("guardhost", "/f/any", 503, "Checking your browser"),
        ("flaky", "/v/any", 500, "Something went wrong"),
        ("comeback", "/v/any", 200, "Video any"),
        ("homeward", "/i/any", 200, "Picture any"),
        ("steady", "/v/any", 200, "Video any"),
    ],
)
def test_a_link_that_a_person_invents_rests_as_its_platform_does(
    demo: DemoSite, host: str, path: str, status: int, words: str
) -> None:
    seen = demo.fetch(host, path)
    assert (seen.status, f"<h1>{words}</h1>" in seen.text) == (status, True)
    assert words in seen.text.partition("</title>")[0]


@pytest.mark.parametrize("behaviour", sorted(STATUS))
def test_a_link_answers_as_it_is_told(demo: DemoSite, behaviour: Behaviour) -> None:
    demo.set("vidnest", "/v/told", behaviour)
    seen = demo.fetch("vidnest", "/v/told")
    assert seen.status == STATUS[behaviour]
    assert ("player" in seen.text) is (behaviour is Behaviour.UP)


def test_a_dropped_connection_gives_no_answer_at_all(demo: DemoSite) -> None:
    demo.set("vidnest", "/v/cut", "dropped")
    with pytest.raises(ConnectionError):
        demo.fetch("vidnest", "/v/cut")


def test_a_time_out_outlasts_an_impatient_visitor(demo: DemoSite) -> None:
    demo.set("flaky", "/v/slow", "time_out")
    with pytest.raises(TimeoutError):
        demo.fetch("flaky", "/v/slow", timeout=0.1)


@pytest.mark.parametrize(
    ("behaviour", "location"), [("redirect_home", "/"), ("login_redirect", "/login?next=/i/moved")]
)
def test_a_redirect_leads_where_its_name_says(demo: DemoSite, behaviour: str, location: str) -> None:
    demo.set("homeward", "/i/moved", behaviour)
    assert demo.fetch("homeward", "/i/moved").headers["Location"] == location


def test_a_soft_404_differs_from_a_page_that_only_quotes_its_words(demo: DemoSite) -> None:
    words = "This post is no longer available"
    up = demo.fetch("forumx", "/t/talk").text
    demo.set("forumx", "/t/talk", "soft_404")
    gone = demo.fetch("forumx", "/t/talk")
    assert words in up
    assert f"<h1>{words}</h1>" not in up
    assert gone.status == 200
    assert f"<h1>{words}</h1>" in gone.text


def test_a_page_names_a_picture_that_a_checker_must_not_ask_for(demo: DemoSite) -> None:
    assert 'content="/media/any.jpg"' in demo.fetch("photopost", "/p/any").text
    demo.fetch("photopost", "/media/any.jpg")
    assert demo.visits("photopost", "/media/any.jpg"), "a test must be able to see it when one does"


def test_a_path_of_no_item_and_a_host_of_no_platform_are_not_found(demo: DemoSite) -> None:
    assert demo.fetch("vidnest", "/about/us").status == 404
    assert demo.fetch("nowhere", "/v/any").status == 404
    assert demo.fetch("control.localhost.example", "/api/state").status == 404


def test_the_mobile_host_shows_the_same_link(demo: DemoSite) -> None:
    demo.set("vidnest", "/v/one", "gone")
    assert demo.fetch("m.vidnest.localhost", "/v/one").status == 410


def test_a_script_goes_on_with_each_step_and_its_last_behaviour_stays(demo: DemoSite) -> None:
    demo.set("vidnest", "/v/film", "up", "not_found", "up", "gone")
    seen = [demo.fetch("vidnest", "/v/film").status]
    for _ in range(4):
        demo.step()
        seen.append(demo.fetch("vidnest", "/v/film").status)
    assert seen == [200, 404, 200, 410, 410]


@pytest.mark.parametrize(
    ("host", "path", "after"),
    [
        ("vidnest", "/v/r1", [200, 200, 404, 404]),
        ("photopost", "/p/r1", [200, 404, 404, 404]),
        ("clipshare", "/c/r1", [200, 410, 410, 410]),
        ("homeward", "/i/r1", [200, 302, 302, 302]),
        ("comeback", "/v/r1", [200, 404, 404, 200]),
        ("steady", "/v/r1", [200, 200, 200, 200]),
        ("pixvault", "/a/r1", [200, 200, 200, 200]),
        ("flaky", "/v/r1", [500, 504, 500, 504]),
    ],
)
def test_a_report_is_followed_as_the_platform_does(demo: DemoSite, host: str, path: str, after: list[int]) -> None:
    report(demo, host, path)
    seen = [demo.fetch(host, path).status]
    for _ in after[1:]:
        demo.step()
        seen.append(demo.fetch(host, path).status)
    assert seen == after


def test_the_report_form_gives_each_report_its_own_ticket_number(demo: DemoSite) -> None:
    tickets = [report(demo, "vidnest", "/v/a", "/v/b"), report(demo, "vidnest", "/v/c")]
    assert all(re.fullmatch(r"VN-\d{6}", ticket) for ticket in tickets)
    assert len(set(tickets)) == 2
    assert [taken.ticket for taken in demo.reports()] == tickets
    assert demo.reports()[0].links == ["vidnest.localhost/v/a", "vidnest.localhost/v/b"]


def test_the_report_form_keeps_what_was_typed_and_names_what_is_missing(demo: DemoSite) -> None:
    typed = {"links": demo.url("photopost", "/p/x"), "signature": '<b>"A"</b>'}
    answer = demo.fetch("vidnest", "/report", form=typed)
    assert answer.status == 400
    assert "at least one address on vidnest.localhost" in answer.text
    assert "&lt;b&gt;&quot;A&quot;&lt;/b&gt;" in answer.text
    assert demo.reports() == []


def test_a_copy_appears_on_the_mirror_when_one_is_taken_down(demo: DemoSite) -> None:
    report(demo, "mirror-a", "/m/first")
    demo.step()
    listed = re.findall(r'href="(/m/[^"]+)"', demo.fetch("mirror-a").text)
    assert demo.fetch("mirror-a", "/m/first").status == 404
    assert len(listed) == 1
    assert listed != ["/m/first"]
    assert demo.fetch("mirror-a", listed[0]).status == 200


def test_a_link_can_be_uploaded_again_at_a_new_address(demo: DemoSite) -> None:
    address = demo.upload_again("vidnest", "/v/film")
    assert address.startswith(demo.url("mirror-a", "/m/"))
    assert "copy of vidnest.localhost/v/film" in demo.fetch("mirror-a").text


def send(site: DemoSite) -> None:
    with smtplib.SMTP("127.0.0.1", site.smtp_port, timeout=10) as smtp:
        smtp.sendmail("desk@casework.example", [MAIL_TO], "Subject: Removal request\r\n\r\nHello")


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    with DemoSite.start(tmp_path) as site:
        site.set("vidnest", "/v/film", "gone", "up")
        site.mailbox(MAIL_TO, "refuse")
        ticket = report(site, "photopost", "/p/x")
        send(site)
        site.step()
        before = site.state()
    with DemoSite.start(tmp_path) as site:
        after = site.state()
        assert {**after, "visits": [], "seen": []} == {**before, "visits": [], "seen": []}
        assert site.reports()[0].ticket == ticket
        send(site)
        assert [mail.file for mail in site.mails()] == ["000001.eml", "000002.eml"]


def test_two_sites_do_not_share_one_memory(tmp_path: Path) -> None:
    with (
        DemoSite.start(tmp_path),
        pytest.raises(DemoSiteFailed, match="Another demo site uses"),
    ):
        DemoSite.start(tmp_path)


def test_a_port_that_is_taken_is_told_in_one_line(demo: DemoSite, tmp_path: Path) -> None:
    with pytest.raises(DemoSiteFailed) as failed:
        DemoSite.start(tmp_path, port=demo.port)
    assert str(failed.value) == "The demo site cannot listen on 127.0.0.1: Address already in use."


def test_the_site_dies_with_its_parent(tmp_path: Path) -> None:
    code = f"""
        import sys, time
        from pathlib import Path
        from config.demo.client import DemoSite
        site = DemoSite.start(Path({str(tmp_path)!r}))
        print(site.process.pid, flush=True)
        sys.stdin.read()
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent.stdin, parent.stdout:
        child = int(parent.stdout.readline())
        waiting = os.pidfd_open(child)
        parent.kill()
        parent.wait(60)
    try:
        ended, _, _ = select.select([waiting], [], [], 60)
        if not ended:
            signal.pidfd_send_signal(waiting, signal.SIGKILL)
    finally:
        os.close(waiting)
    assert ended, "the site outlived its parent"


def test_production_settings_refuse_the_demo() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.production"}
    command = [sys.executable, "-m", "config.demo.site", "--port", "0"]
    refused = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20)
    assert refused.returncode != 0
    assert "does not run with production settings" in refused.stderr


def test_every_form_of_the_control_page_works_without_scripts(demo: DemoSite) -> None:
    demo.fetch("vidnest", "/v/film")
    page = demo.fetch("control").text
    assert "<script" not in page
    target = {"action": "set", "host": "vidnest.localhost", "path": "/v/film"}
    assert 'name="path" value="/v/film"' in page
    for behaviour, status in [("remove", 404), ("up", 200), ("login_wall", 200), ("server_error", 500)]:
        assert f'name="behaviour" value="{behaviour}"' in page
        pressed = demo.fetch("control", "/do", form=target | {"behaviour": behaviour})
        assert pressed.headers["Location"] == "/#vidnest"
        assert demo.fetch("vidnest", "/v/film").status == status
    demo.fetch("control", "/do", form={"action": "step"})
    demo.fetch("control", "/do", form={"action": "mailbox", "address": MAIL_TO, "mode": "bounce"})
    address = {"action": "set", "address": demo.url("steady", "/v/x"), "behaviour": "gone"}
    demo.fetch("control", "/do", form=address)
    assert "Step 1" in demo.fetch("control").text
    assert demo.state()["modes"] == {MAIL_TO: "bounce"}
    assert demo.fetch("steady", "/v/x").status == 410


@pytest.mark.parametrize(
    "form",
    [
        {"action": "set", "host": "vidnest", "path": "/v/x", "behaviour": "dance"},
        {"action": "set", "host": "nowhere", "path": "/v/x", "behaviour": "up"},
        {"action": "set", "host": "vidnest", "path": "/../x", "behaviour": "up"},
        {"action": "set", "address": "<script>alert(1)</script>", "behaviour": "up"},
        {"action": "mailbox", "address": "x", "mode": "answer"},
        {"action": "nothing"},
        {},
    ],
)
def test_a_form_that_cannot_be_followed_says_why(demo: DemoSite, form: dict[str, str]) -> None:
    answer = demo.fetch("control", "/do", form=form)
    assert answer.status == 400
    assert 'role="alert"' in answer.text
    assert "<script" not in answer.text


def test_the_json_interface_refuses_what_it_does_not_know(demo: DemoSite) -> None:
    with pytest.raises(DemoSiteFailed, match="Behaviours are"):
        demo.set("vidnest", "/v/x", "dance")
    with pytest.raises(DemoSiteFailed, match="Mailbox modes are"):
        demo.mailbox(MAIL_TO, "dance")


def test_the_checker_may_reach_every_platform_and_never_the_control_page(demo: DemoSite) -> None:
    allowed = demo.fetch_allowance().split(",")
    assert allowed[0] == f"vidnest.localhost:{demo.port}"
    assert len(allowed) == len(PLATFORMS) == 13
    assert not any("control" in name for name in allowed)


def test_the_reference_entries_are_the_platforms_of_the_site(demo: DemoSite) -> None:
    entries = {entry["domains"][0]: entry for entry in reference_platforms(demo.port)}
    assert list(entries) == list(PLATFORMS)
    for host, entry in entries.items():
        platform = PLATFORMS[host]
        assert entry["name"] == platform.name
        assert entry["abuse_email"] == platform.abuse_address
        assert entry["report_urls"] == [demo.url(host, "/report")]
        assert re.fullmatch(entry["ticket_regex"], f"{platform.prefix}-123456")
        for rule in entry["canonical_rules"]:
            found = re.match(rule["match"], rule["example_in"])
            assert found is not None
            assert found.expand(rule["canonical"]) == rule["example_out"]
        demo.set(host, f"/{platform.letter}/x", platform.removed)
        shown = demo.fetch(host, f"/{platform.letter}/x")
        for marker in entry["removed_markers"]:
            told = str(shown.status) if marker["kind"] == "http" else shown.text
            assert marker["value"] in told


@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode_is_offered_on_the_control_page(demo: DemoSite, mode: Mode) -> None:
    assert f'<option value="{mode}"' in demo.fetch("control").text


def test_the_reference_file_is_toml_as_it_stands() -> None:
    file = ROOT / "config" / "demo" / "platforms.toml"
    assert {entry["confidence"] for entry in tomllib.loads(file.read_text())["platform"]} == {"fictional"}
