"""What a browser asked for and what it got, put together from its events. Standard library only.

A request has legs: one for each redirect and one for the end. Times are wall-clock seconds since 1970 as the browser
tells them. Bodies are what the browser made of them (unpacked), and are fetched while they can be.
"""

from typing import Any

MOST_REQUESTS = 1200
MOST_HEADER = 8_000


def pairs(headers: dict[str, Any]) -> list[list[str]]:
    """Return headers as name and value; several of one name come as lines of one value."""
    return [[str(name), line[:MOST_HEADER]] for name, value in headers.items() for line in str(value).split("\n")]


class Traffic:
    """Everything that one capture asked for. Feed it with `hear`; read `legs` at the end."""

    def __init__(self) -> None:
        self.legs: list[dict[str, Any]] = []
        self._open: dict[str, dict[str, Any]] = {}
        self._extras: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self._walls: dict[str, float] = {}
        self._marks: dict[str, str] = {}
        self.sockets: list[str] = []

    @property
    def in_flight(self) -> int:
        """How many requests have not ended."""
        return len(self._open)

    def hear(self, method: str, params: dict[str, Any]) -> None:
        """Take one event of the Network domain."""
        # The browser's ids are its own over all frames: a frame's request may begin in one session and end in another.
        key = str(params.get("requestId", ""))
        if method == "Network.requestWillBeSent":
            self._sent(key, params)
        elif method == "Network.requestWillBeSentExtraInfo":
            self._extra(key, "asked", params)
        elif method == "Network.responseReceivedExtraInfo":
            self._extra(key, "answered", params)
        elif method == "Network.responseReceived" and key in self._open:
            self._answered(self._open[key], params["response"])
        elif method == "Network.loadingFinished" and key in self._open:
            leg = self._open.pop(key)
            # Chromium may end what it was told to fail, with a page of its own in its place.
            leg["why"] = self._marks.get(key, "")
            leg["outcome"] = "blocked" if leg["why"] else "whole"
            leg["ended_at"] = self._wall(leg, params)
        elif method == "Network.loadingFailed" and key in self._open:
            leg = self._open.pop(key)
            leg["why"] = self._marks.get(key, "")
            leg["outcome"] = "blocked" if leg["why"] else "failed"
            leg["error"] = str(params.get("errorText", ""))[:100]
            leg["ended_at"] = self._wall(leg, params)
        elif method == "Network.webSocketCreated" and len(self.sockets) < 50:
            self.sockets.append(str(params.get("url", ""))[:500])

    def mark(self, network_id: str, why: str) -> None:
        """Note that a request is stopped by us, and why. The browser may tell of the request itself only later."""
        self._marks[network_id] = why

    def settled(self, network_id: str) -> dict[str, Any] | None:
        """Return the last leg of a request by the browser's id; None for one that we stopped: nothing of it is kept."""
        if network_id in self._marks:
            return None
        return next((leg for leg in reversed(self.legs) if leg["key"] == network_id), None)

    def finish(self) -> list[dict[str, Any]]:
        """Put the exact headers beside each leg and name what never ended; return the legs in order."""
        seen: dict[str, int] = {}
        for leg in self.legs:
            nth = seen.get(leg["key"], 0)
            seen[leg["key"]] = nth + 1
            extras = self._extras.get(leg["key"], {})
            asked, answered = extras.get("asked", []), extras.get("answered", [])
            if nth < len(asked):
                leg["request_headers"] = pairs(asked[nth].get("headers", {}))
            if nth < len(answered):
                leg["headers"] = pairs(answered[nth].get("headers", {}))
                leg["status"] = int(answered[nth].get("statusCode", leg["status"]))
            if not leg["outcome"]:
                leg["outcome"] = "unfinished"
        return self.legs

    def _sent(self, key: str, params: dict[str, Any]) -> None:
        before = self._open.get(key)
        if before is not None:
            if "redirectResponse" not in params:
                return
            del self._open[key]
            self._answered(before, params["redirectResponse"])
            before["outcome"] = "redirect"
            before["ended_at"] = float(params.get("wallTime", 0.0))
        if len(self.legs) >= MOST_REQUESTS:
            return
        request = params["request"]
        if str(request.get("url", "")).partition(":")[0] not in ("http", "https"):
            return
        self._walls[key] = float(params.get("wallTime", 0.0)) - float(params.get("timestamp", 0.0))
        leg = {
            "key": key,
            "url": str(request["url"]) + str(request.get("urlFragment", "")),
            "method": str(request.get("method", "GET")),
            "type": str(params.get("type", "Other")),
            "frame": str(params.get("frameId", "")),
            "at": float(params.get("wallTime", 0.0)),
            "ended_at": 0.0,
            "request_headers": pairs(request.get("headers", {})),
            "post": str(request.get("postData", ""))[:100_000],
            "status": 0,
            "reason": "",
            "headers": [],
            "protocol": "",
            "mime": "",
            "outcome": "",
            "why": "",
            "error": "",
            "tls": None,
            "body": "",
            "is_main": False,
        }
        self.legs.append(leg)
        self._open[key] = leg

    def _answered(self, leg: dict[str, Any], response: dict[str, Any]) -> None:
        leg["status"] = int(response.get("status", 0))
        leg["reason"] = str(response.get("statusText", ""))[:200]
        leg["headers"] = pairs(response.get("headers", {}))
        leg["protocol"] = str(response.get("protocol", ""))[:20]
        leg["mime"] = str(response.get("mimeType", ""))[:100]
        details = response.get("securityDetails")
        if details:
            leg["tls"] = {
                "protocol": details.get("protocol", ""),
                "cipher": details.get("cipher", ""),
                "subject": details.get("subjectName", ""),
                "issuer": details.get("issuer", ""),
                "names": list(details.get("sanList", []))[:50],
                "valid_from": float(details.get("validFrom", 0)),
                "valid_to": float(details.get("validTo", 0)),
            }

    def _extra(self, key: str, side: str, params: dict[str, Any]) -> None:
        found = self._extras.setdefault(key, {}).setdefault(side, [])
        if len(found) < 20:
            found.append(params)

    def _wall(self, leg: dict[str, Any], params: dict[str, Any]) -> float:
        return self._walls.get(leg["key"], 0.0) + float(params.get("timestamp", 0.0))
