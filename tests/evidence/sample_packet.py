"""A packet of a fictional case, long enough to break pages."""

from datetime import timedelta
from typing import Any

from evidence.bag import Payload
from evidence.custody import to_jsonl
from evidence.manifest import CUSTODY_PATH
from evidence.sections import PacketSection, Section
from tests.evidence.sample_bag import BUILT_AT, custody, entries

LETTER = """To the abuse team,

We write for a person who is shown in intimate images that were put on your platform without consent.
Please remove the addresses listed below and every copy that your systems can match.

We believe in good faith that the person shown did not agree to this.

{lines}

Example helpline, Casework"""


def timeline() -> Section:
    """Thirty things that happened, one of them told late."""
    what = [
        "The client told us of two links.",
        "Exhibit ABC/001 was sealed.",
        "A notice was sent to VidNest under the TAKE IT DOWN Act.",
        "VidNest gave the number VN-88213.",
        "Link 1 was looked at: still there.",
        "Link 1 was looked at: gone.",
    ]
    rows = [
        {
            "at": BUILT_AT - timedelta(days=20 - n * 0.6),
            "recorded_at": BUILT_AT - timedelta(days=20 - n * 0.6) + timedelta(days=3 if n == 0 else 0),
            "text": what[n % len(what)],
            "who": "caseworker CW-07" if n % 3 else "the system",
        }
        for n in range(30)
    ]
    return PacketSection(
        key="timeline", title="What happened", template="evidence/packet/timeline.html", context={"entries": rows}
    )


def exhibits() -> Section:
    """Two exhibits and one that was left out."""
    rows = [
        {
            "entry": entry,
            "what": "Screenshot",
            "width": 1080,
            "height": 1920,
            "notes": ["Its name ends in .jpg; its content is PNG."] if number else [],
        }
        for number, entry in enumerate(entries())
    ]
    omitted = [{"exhibit": "ABC/003", "why": "The client did not agree that this reader may have it."}]
    return PacketSection(
        key="exhibits",
        title="Exhibits",
        template="evidence/packet/exhibits.html",
        context={"exhibits": rows, "omitted": omitted},
    )


def links() -> Section:
    """Three links, one of which came back."""
    states = [("gone", "Down"), ("there", "Back again"), ("unclear", "Cannot tell")]
    answers = {"gone": "Gone", "there": "Still there", "unclear": "Cannot tell"}
    detail = {
        "gone": "The page answers 404. Seen twice, 12 minutes apart.",
        "there": "The page answers 200 and names the film.",
        "unclear": "The page asks to sign in.",
    }
    rows: list[dict[str, Any]] = []
    for number, (state, label) in enumerate(states, start=1):
        looks = [
            {
                "at": BUILT_AT - timedelta(days=9 - n, seconds=n * 61),
                "answer": answer,
                "label": answers[answer],
                "detail": detail[answer],
            }
            for n, answer in enumerate(["there", "there", "unclear", "gone", "gone", state])
        ]
        address = f"https://vidnest.example/watch/{number}f8a?from=javascript:alert(1)&list=" + "a1b2c3d4" * 12
        rows.append(
            {
                "label": f"Link {number}",
                "platform": "VidNest",
                "address": address,
                "first_seen": BUILT_AT - timedelta(days=20),
                "state": state,
                "state_label": label,
                "looks": looks,
            }
        )
    return PacketSection(
        key="links", title="Links and every look", template="evidence/packet/links.html", context={"links": rows}
    )


def notices() -> Section:
    """One notice with its answer."""
    return PacketSection(
        key="notices",
        title="What we asked, and the answers",
        template="evidence/packet/notices.html",
        context={
            "notices": [
                {
                    "label": "Notice 1",
                    "platform": "VidNest",
                    "route": "TAKE IT DOWN Act",
                    "sent_at": BUILT_AT - timedelta(days=8),
                    "channel": "e-mail",
                    "ticket": "VN-88213",
                    "state_label": "Upheld in part",
                    "subject": "Removal request 7Q2F-88KD",
                    "text": LETTER.format(
                        lines="https://vidnest.example/watch/1f8a\nhttps://vidnest.example/watch/2f8a"
                    ),
                    "links": ["Link 1", "Link 2"],
                    "replies": [
                        {
                            "at": BUILT_AT - timedelta(days=7),
                            "label": "In part",
                            "text": "We removed the first address. {{ 7*7 }} <b>Thank you</b>",
                        }
                    ],
                }
            ]
        },
    )


def custody_section() -> Section:
    """The five lines of the sample chain."""
    lines = custody()
    rows = [
        {
            "seq": line["seq"],
            "withheld": line.get("withheld", False),
            "hash": line["hash"],
            "at": BUILT_AT - timedelta(days=5),
            "text": "Exhibit ABC/001 was sealed.",
            "who": "caseworker CW-07",
        }
        for line in lines
    ]
    return PacketSection(
        key="custody",
        title="Custody log",
        template="evidence/packet/custody.html",
        context={"lines": rows, "head": lines[-1]["hash"], "withheld": 1},
        records=[Payload.of(CUSTODY_PATH, to_jsonl(lines))],
    )


def system() -> Section:
    """How the record is kept."""
    return PacketSection(
        key="system",
        title="How the record is kept",
        template="evidence/packet/system.html",
        context={"system": {"Recourse": "0.1"}},
    )


def glossary() -> Section:
    """Words used."""
    return PacketSection(key="glossary", title="Words used", template="evidence/packet/glossary.html", context={})


def sections() -> list[Section]:
    """All of them, in the order of a packet."""
    return [timeline(), exhibits(), links(), notices(), custody_section(), system(), glossary()]
