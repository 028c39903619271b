"""The control page and its JSON interface: where a person or a test sets what the demo internet does next."""

import json
from collections.abc import Mapping
from typing import Any

from config.demo.behaviours import LABELS, Behaviour
from config.demo.mailbox import read_mail
from config.demo.pages import Answer, as_json, page, redirect
from config.demo.platforms import PLATFORMS, Platform
from config.demo.world import Link, Mode, Refused, World

HOST = "control.localhost"

# Shown as buttons beside every link; the others are in the form "Set any address".
BUTTONS = (
    (Behaviour.SOFT_404, "Soft 404"),
    (Behaviour.LOGIN_WALL, "Login wall"),
    (Behaviour.AGE_GATE, "Age gate"),
    (Behaviour.GEO_BLOCK, "Geo block"),
    (Behaviour.CHALLENGE, "Challenge"),
    (Behaviour.SERVER_ERROR, "Error 500"),
    (Behaviour.TIME_OUT, "Time out"),
)


class Control:
    """Answers requests to the control host. Changes come by POST, from the page itself or from outside a browser."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.port = 0

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, form: Mapping[str, str]
    ) -> Answer:
        """One request in, one answer out; what cannot be followed is a 400 that says why."""
        if method == "POST" and headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
            return as_json({"error": "The control page takes forms from itself only."}, status=403)
        if path.startswith("/api/"):
            return self._api(method, path.removeprefix("/api/"), body)
        if method == "POST" and path == "/do":
            try:
                return redirect(f"/#{self._do(form)}")
            except Refused as refusal:
                return self._page(str(refusal))
        if path == "/":
            return self._page()
        if path.startswith("/mail/"):
            return self._mail(path.removeprefix("/mail/"))
        return as_json({"error": "Nothing here."}, status=404)

    def _api(self, method: str, name: str, body: bytes) -> Answer:
        if name == "state" and method == "GET":
            return as_json(self._state())
        if method != "POST":
            return as_json({"error": "Use GET state, or POST."}, status=405)
        try:
            asked = json.loads(body or b"{}")
            if not isinstance(asked, dict):
                raise Refused("Send one JSON object.")
            return as_json(self._change(name, asked))
        except json.JSONDecodeError:
            return as_json({"error": "That is not JSON."}, status=400)
        except Refused as refusal:
            return as_json({"error": str(refusal)}, status=400)

    def _state(self) -> dict[str, Any]:
        world = self.world
        visits = [vars(visit) for visit in world.visits]
        return world.as_json() | {"seen": [world.describe(link) for link in world.seen.values()], "visits": visits}

    def _change(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        world = self.world
        match name:
            case "set":
                script = asked.get("script", [asked.get("behaviour")])
                if not isinstance(script, list):
                    raise Refused("A script is a list of behaviours.")
                return world.describe(world.script(str(asked.get("host")), str(asked.get("path")), script))
            case "step":
                return {"step": world.step()}
            case "reupload":
                return world.describe(world.upload_again(str(asked.get("host")), str(asked.get("path"))))
            case "mailbox":
                world.set_mode(str(asked.get("address")), str(asked.get("mode")))
                return {"modes": dict(world.modes)}
            case "reset":
                world.clear()
                world.save()
                return {"step": world.step_number}
            case _:
                raise Refused("Changes are: set, step, reupload, mailbox, reset.")

    def _do(self, form: Mapping[str, str]) -> str:
        world, action = self.world, form.get("action", "")
        host, path = form.get("host", ""), form.get("path", "")
        if address := form.get("address", ""):
            named = world.links_in(address)
            if action == "set" and not named:
                raise Refused(f"{address[:200]!r} is no address on a platform of this demo.")
            host, path = (named[0].host, named[0].path) if named else (host, path)
        match action:
            case "step":
                world.step()
                return "now"
            case "set":
                asked = form.get("behaviour", "")
                platform = world.platform(host)
                world.script(host, path, [platform.removed if asked == "remove" else asked])
                return _anchor(platform)
            case "reupload":
                return _anchor(world.platform(world.upload_again(host, path).host))
            case "mailbox":
                world.set_mode(address, form.get("mode", ""))
                return "mailboxes"
            case "reset":
                world.clear()
                world.save()
                return "now"
            case _:
                raise Refused("That button is not known.")

    def _page(self, error: str = "") -> Answer:
        world = self.world
        links = [*world.links.values(), *world.seen.values()]
        sites = [
            {
                "site": platform,
                "anchor": _anchor(platform),
                "origin": f"http://{platform.host}:{self.port}",
                "resting": ", then ".join(LABELS[behaviour] for behaviour in platform.resting),
                "mode": str(world.mode(platform.abuse_address)),
                "links": [self._row(link) for link in links if link.host == platform.host],
            }
            for platform in PLATFORMS.values()
        ]
        context = {
            "error": error,
            "step": str(world.step_number),
            "port": str(self.port),
            "sites": sites,
            "buttons": BUTTONS,
            "behaviours": [(str(behaviour), label) for behaviour, label in LABELS.items()],
            "modes": [str(mode) for mode in Mode],
            "reports": [vars(report) | {"step": str(report.step)} for report in reversed(world.reports)],
            "mails": [vars(mail) | {"number": str(mail.number)} for mail in reversed(world.mails)],
        }
        # A form's Origin would be "null" under a stricter policy.
        return page("control.html", context, status=400 if error else 200, headers={"Referrer-Policy": "same-origin"})

    def _row(self, link: Link) -> dict[str, Any]:
        present = self.world.behaviour(link)
        return {
            "host": link.host,
            "path": link.path,
            "copy_of": link.copy_of,
            "present": LABELS[present],
            "is_up": present is Behaviour.UP,
            "coming": ", then ".join(LABELS[behaviour] for behaviour in link.coming),
        }

    def _mail(self, number: str) -> Answer:
        for mail in self.world.mails:
            if str(mail.number) == number:
                folder = self.world.folder
                answers = [read_mail(folder / "outgoing", name) for name in mail.answers]
                text = read_mail(folder / "received", mail.file)
                modes = [f"{address}: {mode}" for address, mode in mail.modes.items()]
                return page("mail.html", {"number": number, "text": text, "answers": answers, "modes": modes})
        return as_json({"error": "No such mail."}, status=404)


def _anchor(platform: Platform) -> str:
    return platform.host.partition(".")[0]
