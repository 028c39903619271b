"""One visit to one page by a browser that is already shut in. Standard library only; runs inside the sandbox."""

import asyncio
import base64
import binascii
import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from evidence.capture import gate, scripts
from evidence.capture.devtools import DevTools, Gone, Refusal
from evidence.capture.traffic import Traffic

POLL = 0.1
QUIET = 1.0
"""Seconds without a request in flight after which a loaded page counts as at rest."""
MOST_NAVIGATIONS = 12
MOST_TEXT = 1_000_000
MOST_SOURCE = 6_000_000
WORLD = "capture"
CLOSED_KINDS = frozenset({"service_worker", "shared_worker", "shared_storage_worklet", "auction_worklet"})
Problem = (Refusal, Gone, TimeoutError)


class Visit:
    """The state of one visit: `job` is what was asked, `facts` and `blobs` what is handed over."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.facts: dict[str, Any] = {
            "ended": "",
            "error": "",
            "navigations": [],
            "refused": {"downloads": 0, "popups": 0, "dialogs": 0, "workers": 0},
            "signals": {},
            "shot": None,
            "notes": [],
            "certificates": {},
        }
        self.blobs: dict[str, bytes] = {}
        self.traffic = Traffic()
        self.browser = DevTools(self._hear)
        self._session = ""
        self._target = ""
        self._frame = ""
        self._loaded_at = 0.0
        self._requests = 0
        self._kept = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._attached = asyncio.Event()
        self._shut: set[str] = set()

    async def go(self, argv: list[str], environment: dict[str, str]) -> None:
        """Visit the page and take what it shows; whatever goes wrong is a fact, not an error."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(float(self.job["seconds"])):
                await self.browser.start(argv, environment)
                await self._prepare()
                await self._load()
                await self._take()
        except TimeoutError:
            self._end("timed_out")
        except (Gone, Refusal) as problem:
            self._end("browser_failed", f"{type(problem).__name__} {problem}")
        finally:
            self.facts["legs"] = self.traffic.finish()
            self.facts["sockets"] = self.traffic.sockets
            self.facts["seconds"] = round(time.monotonic() - began, 3)
            for task in self._tasks:
                task.cancel()
            await self.browser.stop()

    def _end(self, how: str, error: str = "") -> None:
        self.facts["ended"] = self.facts["ended"] or how
        self.facts["error"] = self.facts["error"] or error[:200]

    async def _prepare(self) -> None:
        version = await self.browser.ask("Browser.getVersion", seconds=15)
        self.facts["browser"] = str(version.get("product", ""))[:80].replace("Headless", "")
        major = self.facts["browser"].partition("/")[2].partition(".")[0] or "142"
        self.facts["user_agent"] = self.job["user_agent"].replace("{major}", major)
        self._identity = {
            "userAgent": self.facts["user_agent"],
            "acceptLanguage": self.job["languages"],
            "platform": "Win32",
            "userAgentMetadata": {
                "brands": [
                    {"brand": "Chromium", "version": major},
                    {"brand": "Google Chrome", "version": major},
                    {"brand": "Not_A Brand", "version": "24"},
                ],
                "fullVersion": f"{major}.0.0.0",
                "platform": "Windows",
                "platformVersion": "10.0.0",
                "architecture": "x86",
                "model": "",
                "mobile": False,
            },
        }
        await self.browser.ask("Browser.setDownloadBehavior", {"behavior": "deny", "eventsEnabled": True})
        # No permission is granted, and every other is denied by naming none.
        await self._quietly(self.browser.ask("Browser.grantPermissions", {"permissions": []}))
        targets = (await self.browser.ask("Target.getTargets"))["targetInfos"]
        page = next((one for one in targets if one["type"] == "page"), None)
        if page is None:
            raise Gone
        self._target = page["targetId"]
        await self.browser.ask("Target.setAutoAttach", self._auto_attach)
        try:
            await asyncio.wait_for(self._attached.wait(), 12)
        except TimeoutError:
            raise Gone from None

    _auto_attach: dict[str, Any] = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}

    async def _set_up(self, session: str, info: dict[str, Any]) -> None:
        """Put a new page, frame or worker under our rules before it runs; what may not be is closed."""
        kind, ask = str(info.get("type")), self.browser.send
        if kind in CLOSED_KINDS or (kind == "page" and info["targetId"] != self._target):
            self.facts["refused"]["popups" if kind == "page" else "workers"] += 1
            # It is let go only once nothing of it can load: a page that waits holds up the one that opened it.
            self._shut.add(session)
            ask("Fetch.enable", {"patterns": [{"urlPattern": "*"}]}, session=session)
            ask("Target.closeTarget", {"targetId": info["targetId"]})
            ask("Runtime.runIfWaitingForDebugger", session=session)
            return
        ask("Network.enable", {"maxTotalBufferSize": 100_000_000, "maxResourceBufferSize": 50_000_000}, session=session)
        ask("Network.setUserAgentOverride", self._identity, session=session)
        patterns = [{"urlPattern": "*", "requestStage": stage} for stage in ("Request", "Response")]
        gated = ask("Fetch.enable", {"patterns": patterns}, session=session)
        ask("Target.setAutoAttach", self._auto_attach, session=session)
        if kind in ("page", "iframe"):
            ask("Network.setBypassServiceWorker", {"bypass": True}, session=session)
            ask("Network.setCacheDisabled", {"cacheDisabled": True}, session=session)
            ask("Page.enable", session=session)
        if kind == "page":
            width, height = self.job["viewport"]
            ask(
                "Emulation.setDeviceMetricsOverride",
                {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
                session=session,
            )
            ask("Emulation.setTimezoneOverride", {"timezoneId": self.job["timezone"]}, session=session)
        if kind in ("page", "iframe"):
            # Without the gate nothing of it runs: it stays paused, and a page that stays paused is no capture.
            await asyncio.wait_for(gated, 10)
        await self._quietly(self.browser.ask("Runtime.runIfWaitingForDebugger", session=session))
        if kind == "page":
            tree = await self.browser.ask("Page.getFrameTree", session=session)
            self._frame = tree["frameTree"]["frame"]["id"]
            self._session = session
            self._attached.set()

    async def _load(self) -> None:
        until = time.monotonic() + float(self.job["load_seconds"])
        going = asyncio.ensure_future(
            self.browser.ask("Page.navigate", {"url": self.job["url"]}, session=self._session, seconds=120)
        )
        self._tasks.add(going)
        while time.monotonic() < until:
            if going.done():
                error = "" if going.exception() else str(going.result().get("errorText", ""))
                if going.exception() is not None:
                    raise Gone
                if error:
                    # A download or an answer without a body ends a navigation without being a fault of the network.
                    self._end("no_page" if error in ("net::ERR_ABORTED", "net::ERR_BLOCKED_BY_CLIENT") else "failed")
                    self.facts["error"] = error[:100]
                    return
            if self._loaded_at and self._at_rest():
                self._end("loaded")
                return
            await asyncio.sleep(POLL)
        self._end("timed_out")
        if not going.done() and not any(leg["status"] for leg in self._main_legs()):
            self.facts["error"] = "nothing"
        await self._quietly(self.browser.ask("Page.stopLoading", session=self._session, seconds=2))

    def _at_rest(self) -> bool:
        now = time.monotonic()
        if now - self._loaded_at > float(self.job["settle_seconds"]):
            return True
        quiet_since = max(self._loaded_at, getattr(self, "_busy_at", 0.0))
        if self.traffic.in_flight:
            self._busy_at = now
            return False
        return now - quiet_since >= QUIET

    def _main_legs(self) -> list[dict[str, Any]]:
        return [leg for leg in self.traffic.legs if leg["type"] == "Document" and leg["frame"] == self._frame]

    async def _take(self) -> None:
        """Take signals, text, source, certificates and the picture; each may fail by itself and then says so."""
        for leg in self._main_legs():
            leg["is_main"] = True
        if self.facts["ended"] == "failed" or self.facts["error"] == "nothing":
            return
        if self.facts["ended"] != "no_page":
            await self._part("signals", self._signals())
            await self._part("picture", self._picture())
        await self._part("certificates", self._certificates())
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)

    async def _part(self, name: str, taking: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(8):
                await taking
        except (*Problem, KeyError, ValueError):
            self.facts["notes"].append(f"no_{name}")

    async def _signals(self) -> None:
        made = await self.browser.ask(
            "Page.createIsolatedWorld", {"frameId": self._frame, "worldName": WORLD}, session=self._session
        )
        context = made["executionContextId"]
        self.facts["signals"] = await self._evaluate(scripts.SIGNALS, context)
        self.blobs["text"] = self._text(await self._evaluate(scripts.TEXT % MOST_TEXT, context))
        self.blobs["dom"] = self._text(await self._evaluate(scripts.SOURCE % MOST_SOURCE, context))

    @staticmethod
    def _text(value: Any) -> bytes:
        return str(value).encode("utf-8", "replace")

    async def _evaluate(self, expression: str, context: int) -> Any:
        answer = await self.browser.ask(
            "Runtime.evaluate",
            {"expression": expression, "contextId": context, "returnByValue": True, "timeout": 4000},
            session=self._session,
        )
        return answer["result"]["value"]

    async def _picture(self) -> None:
        metrics = await self.browser.ask("Page.getLayoutMetrics", session=self._session)
        size = metrics["cssContentSize"]
        width, least = self.job["viewport"]
        whole = max(int(size["height"]), least)
        height = min(whole, int(self.job["most_height"]))
        answer = await self.browser.ask(
            "Page.captureScreenshot",
            {
                "format": "png",
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
            },
            session=self._session,
        )
        self.blobs["shot"] = base64.b64decode(answer["data"])
        self.facts["shot"] = {"width": width, "height": height, "page_height": whole}

    async def _certificates(self) -> None:
        origins = dict.fromkeys(
            leg["url"].split("/", 3)[0] + "//" + leg["url"].split("/", 3)[2] for leg in self._main_legs() if leg["tls"]
        )
        for origin in list(origins)[:6]:
            got = await self.browser.ask("Network.getCertificate", {"origin": origin}, session=self._session)
            self.facts["certificates"][origin] = [str(one) for one in got.get("tableNames", [])][:10]

    async def _quietly(self, asking: Awaitable[Any]) -> None:
        with suppress(*Problem):
            await asking

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hear(self, method: str, params: dict[str, Any], session: str) -> None:
        if method.startswith("Network."):
            self.traffic.hear(method, params)
            if method == "Network.loadingFinished":
                self._spawn(self._keep_body(session, params["requestId"]))
        elif method == "Fetch.requestPaused":
            self._decide(params, session)
        elif method == "Target.attachedToTarget":
            self._spawn(self._set_up(params["sessionId"], params["targetInfo"]))
        elif method == "Page.javascriptDialogOpening":
            self.facts["refused"]["dialogs"] += 1
            self.browser.send("Page.handleJavaScriptDialog", {"accept": False}, session=session)
        elif method == "Browser.downloadWillBegin":
            self.facts["refused"]["downloads"] += 1
        elif session == self._session and session:
            self._hear_page(method, params)

    def _hear_page(self, method: str, params: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded_at = time.monotonic()
        elif method == "Page.frameNavigated" and "parentId" not in params["frame"]:
            url = str(params["frame"].get("url", ""))[:4000]
            if url != "about:blank":
                self._loaded_at = 0.0
                self.facts["navigations"].append({"url": url, "at": time.time()})
        elif method == "Page.frameStartedNavigating" and len(self.facts["navigations"]) > MOST_NAVIGATIONS:
            self._end("moves_on_and_on")
            self.browser.send("Page.stopLoading", session=self._session)

    def _decide(self, params: dict[str, Any], session: str) -> None:
        """Let one paused request or answer go on, or stop it, by the rules of the gate."""
        request, paused = params["request"], params["requestId"]
        if session in self._shut:
            refusal = {"requestId": paused, "errorReason": "BlockedByClient"}
            self.browser.send("Fetch.failRequest", refusal, session=session)
            return
        is_answer = "responseStatusCode" in params or "responseErrorReason" in params
        with_media = bool(self.job["with_media"])
        if is_answer:
            heads = {str(one["name"]).lower(): str(one["value"]) for one in params.get("responseHeaders", [])}
            why = gate.answered(
                heads.get("content-type", ""),
                heads.get("content-length", ""),
                with_media=with_media,
                most_bytes=int(self.job["most_body"]),
            )
            is_redirect = 300 <= int(params.get("responseStatusCode", 0)) < 400 and "location" in heads
            why = "" if is_redirect else why
        else:
            self._requests += 1
            why = gate.asked(
                str(request.get("url", "")),
                str(params.get("resourceType", "")),
                request.get("headers", {}),
                with_media=with_media,
                count=self._requests,
                most=int(self.job["most_requests"]),
            )
        if why:
            self.traffic.mark(str(params.get("networkId", "")), why)
            self.browser.send(
                "Fetch.failRequest", {"requestId": paused, "errorReason": "BlockedByClient"}, session=session
            )
        else:
            self.browser.send("Fetch.continueRequest", {"requestId": paused}, session=session)

    async def _keep_body(self, session: str, network_id: str) -> None:
        """Keep the body of an answer while the browser still has it, as far as there is room."""
        leg = self.traffic.settled(network_id)
        if leg is None:
            return
        answer = await self.browser.ask("Network.getResponseBody", {"requestId": network_id}, session=session)
        body = str(answer.get("body", ""))
        try:
            data = base64.b64decode(body) if answer.get("base64Encoded") else body.encode("utf-8", "surrogatepass")
        except (binascii.Error, ValueError, UnicodeEncodeError):
            return
        if self._kept + len(data) > int(self.job["most_kept"]):
            leg["outcome"] = "not_kept"
            return
        self._kept += len(data)
        leg["body"] = f"body:{len(self.blobs)}"
        self.blobs[leg["body"]] = data
