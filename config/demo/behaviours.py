"""What a link on the demo site can answer."""

from enum import StrEnum


class Behaviour(StrEnum):
    """One way in which a page can answer a look; the value is its name in the JSON interface."""

    UP = "up"
    NOT_FOUND = "not_found"
    GONE = "gone"
    SOFT_404 = "soft_404"
    REDIRECT_HOME = "redirect_home"
    LOGIN_WALL = "login_wall"
    LOGIN_REDIRECT = "login_redirect"
    AGE_GATE = "age_gate"
    GEO_BLOCK = "geo_block"
    GEO_BLOCK_403 = "geo_block_403"
    CHALLENGE = "challenge"
    CHALLENGE_403 = "challenge_403"
    TOO_MANY_REQUESTS = "too_many_requests"
    PARKED = "parked"
    SERVER_ERROR = "server_error"
    TIME_OUT = "time_out"
    DROPPED = "dropped"


LABELS: dict[Behaviour, str] = {
    Behaviour.UP: "Up",
    Behaviour.NOT_FOUND: "Not found (404)",
    Behaviour.GONE: "Gone (410)",
    Behaviour.SOFT_404: "Soft 404 (200, says it is gone)",
    Behaviour.REDIRECT_HOME: "Redirects to home",
    Behaviour.LOGIN_WALL: "Login wall (200)",
    Behaviour.LOGIN_REDIRECT: "Redirects to login",
    Behaviour.AGE_GATE: "Age gate (200)",
    Behaviour.GEO_BLOCK: "Geo block (451)",
    Behaviour.GEO_BLOCK_403: "Geo block (403)",
    Behaviour.CHALLENGE: "Challenge page (503)",
    Behaviour.CHALLENGE_403: "Challenge page (403)",
    Behaviour.TOO_MANY_REQUESTS: "Too many requests (429)",
    Behaviour.PARKED: "Parked domain (200)",
    Behaviour.SERVER_ERROR: "Server error (500)",
    Behaviour.TIME_OUT: "Times out",
    Behaviour.DROPPED: "Drops the connection",
}

STATUS: dict[Behaviour, int] = {
    Behaviour.UP: 200,
    Behaviour.NOT_FOUND: 404,
    Behaviour.GONE: 410,
    Behaviour.SOFT_404: 200,
    Behaviour.REDIRECT_HOME: 302,
    Behaviour.LOGIN_WALL: 200,
    Behaviour.LOGIN_REDIRECT: 302,
    Behaviour.AGE_GATE: 200,
    Behaviour.GEO_BLOCK: 451,
    Behaviour.GEO_BLOCK_403: 403,
    Behaviour.CHALLENGE: 503,
    Behaviour.CHALLENGE_403: 403,
    Behaviour.TOO_MANY_REQUESTS: 429,
    Behaviour.PARKED: 200,
    Behaviour.SERVER_ERROR: 500,
    Behaviour.TIME_OUT: 504,
}

REMOVED = frozenset({Behaviour.NOT_FOUND, Behaviour.GONE, Behaviour.SOFT_404, Behaviour.REDIRECT_HOME})
