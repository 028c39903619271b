"""The fictional platforms: how each one looks, rests and answers a report."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.demo.behaviours import Behaviour

REFERENCE = Path(__file__).with_name("platforms.toml")
DEFAULT_PORT = 8100


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One fictional site; `host` is its name without a port."""

    host: str
    name: str
    prefix: str
    noun: str
    letter: str
    tagline: str
    resting: tuple[Behaviour, ...] = (Behaviour.UP,)
    removed: Behaviour = Behaviour.NOT_FOUND
    after_report: tuple[Behaviour, ...] = (Behaviour.NOT_FOUND,)
    removes_after: int = 1
    uploads_again: bool = False

    @property
    def abuse_address(self) -> str:
        """Where this platform takes reports by mail."""
        return f"abuse@{self.host}"

    @property
    def gone_words(self) -> str:
        """The sentence this platform shows in place of a removed item."""
        verb = "is no longer available" if self.noun == "post" else "has been removed"
        return f"This {self.noun} {verb}"


_ALL = (
    Platform(
        host="vidnest.localhost",
        name="VidNest",
        prefix="VN",
        noun="video",
        letter="v",
        tagline="Videos from everywhere",
        removes_after=2,
    ),
    Platform(
        host="photopost.localhost",
        name="PhotoPost",
        prefix="PP",
        noun="photo",
        letter="p",
        tagline="One photo a day",
    ),
    Platform(
        host="clipshare.localhost",
        name="ClipShare",
        prefix="CS",
        noun="clip",
        letter="c",
        tagline="Short clips, shared fast",
        removed=Behaviour.GONE,
        after_report=(Behaviour.GONE,),
    ),
    Platform(
        host="forumx.localhost",
        name="ForumX",
        prefix="FX",
        noun="post",
        letter="t",
        tagline="Talk about anything",
        removed=Behaviour.SOFT_404,
        after_report=(Behaviour.SOFT_404,),
    ),
    Platform(
        host="mirror-a.localhost",
        name="Mirror A",
        prefix="MA",
        noun="copy",
        letter="m",
        tagline="Copies of what was elsewhere",
        uploads_again=True,
    ),
    Platform(
        host="pixvault.localhost",
        name="PixVault",
        prefix="PV",
        noun="album",
        letter="a",
        tagline="Albums for members",
        resting=(Behaviour.LOGIN_WALL,),
        after_report=(),
    ),
    Platform(
        host="nightgate.localhost",
        name="NightGate",
        prefix="NG",
        noun="video",
        letter="v",
        tagline="For adults",
        resting=(Behaviour.AGE_GATE,),
        after_report=(),
    ),
    Platform(
        host="geotube.localhost",
        name="GeoTube",
        prefix="GT",
        noun="video",
        letter="v",
        tagline="Videos for some countries",
        resting=(Behaviour.GEO_BLOCK,),
        after_report=(),
    ),
    Platform(
        host="guardhost.localhost",
        name="GuardHost",
        prefix="GH",
        noun="file",
        letter="f",
        tagline="Files behind a guard",
        resting=(Behaviour.CHALLENGE,),
        after_report=(),
    ),
    Platform(
        host="flaky.localhost",
        name="Flaky",
        prefix="FL",
        noun="video",
        letter="v",
        tagline="Sometimes here",
        resting=(Behaviour.SERVER_ERROR, Behaviour.TIME_OUT),
        after_report=(),
    ),
    Platform(
        host="comeback.localhost",
        name="Comeback",
        prefix="CB",
        noun="video",
        letter="v",
        tagline="Nothing is ever lost",
        after_report=(Behaviour.NOT_FOUND, Behaviour.NOT_FOUND, Behaviour.UP),
    ),
    Platform(
        host="homeward.localhost",
        name="Homeward",
        prefix="HW",
        noun="picture",
        letter="i",
        tagline="All roads lead home",
        removed=Behaviour.REDIRECT_HOME,
        after_report=(Behaviour.REDIRECT_HOME,),
    ),
    Platform(
        host="steady.localhost",
        name="Steady",
        prefix="ST",
        noun="video",
        letter="v",
        tagline="Never takes anything down",
        after_report=(),
    ),
)

PLATFORMS: dict[str, Platform] = {platform.host: platform for platform in _ALL}


def find_platform(host: str) -> Platform | None:
    """The platform that serves a Host header, a host name or its first label; None where there is none."""
    name = host.strip().lower().partition(":")[0].rstrip(".")
    for subdomain in ("www.", "m."):
        name = name.removeprefix(subdomain)
    return PLATFORMS.get(name) or PLATFORMS.get(f"{name}.localhost")


def reference_text(port: int) -> str:
    """platforms.toml with each address moved to the port that the site really listens on."""
    return REFERENCE.read_text(encoding="utf-8").replace(f".localhost:{DEFAULT_PORT}", f".localhost:{port}")


def reference_platforms(port: int) -> list[dict[str, Any]]:
    """The fictional platforms as reference entries, in the shape of the real ones plus `abuse_email`."""
    entries: list[dict[str, Any]] = tomllib.loads(reference_text(port))["platform"]
    return entries


def fetch_allowance(port: int) -> str:
    """The value of RECOURSE_FETCH_LOOPBACK that opens every platform, and not the control page, to the checker."""
    return ",".join(f"{host}:{port}" for host in PLATFORMS)
