"""Headless Chromium, spoken to over a pair of pipes (DevTools protocol): what a page really looks like."""

import base64
import itertools
import json
import os
import selectors
import subprocess
import time
from pathlib import Path
from typing import Any

from .wait import DEADLINE_S, Late


class Browser:
    """One page at a time; what the browser complains about is kept in .complaints."""

    def __init__(self, folder: Path) -> None:
        to_browser, self._to = os.pipe()
        self._from, from_browser = os.pipe()
        self.complaints: list[str] = []
        self._numbers, self._rest, self._events = itertools.count(1), b"", []
        # The browser reads at 3 and writes at 4, wherever the pipes are.
        arrange = f"exec 3<&{to_browser} 4>&{from_browser} {to_browser}<&- {from_browser}>&-; exec \"$@\""
        self._process = subprocess.Popen(
            ["bash", "-c", arrange, "browser", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
             "--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder)})
        os.close(to_browser)
        os.close(from_browser)
        self._session: str | None = None
        pages = [target for target in self.call("Target.getTargets")["targetInfos"] if target["type"] == "page"]
        target = pages[0]["targetId"] if pages else self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def _receive(self, end: float) -> dict[str, Any]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._from, selectors.EVENT_READ)
            while b"\0" not in self._rest:
                if not selector.select(end - time.monotonic()):
                    raise Late(f"the browser says nothing within {DEADLINE_S:g} s")
                piece = os.read(self._from, 65536)
                if not piece:
                    raise Late("the browser has ended")
                self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def _note(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        params = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"]["text"])
        if event["method"] == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        if event["method"] == "Network.requestWillBeSent" and not params["request"]["url"].startswith("file:"):
            self.complaints.append("asks for " + params["request"]["url"])

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        number, end = next(self._numbers), time.monotonic() + DEADLINE_S
        request = {"id": number, "method": method, "params": params}
        if self._session:
            request["sessionId"] = self._session
        os.write(self._to, json.dumps(request).encode() + b"\0")
        while True:
            message = self._receive(end)
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message}"
                return message["result"]
            if "method" in message:
                self._note(message)

    def open(self, file: Path) -> None:
        self._events.clear()
        self.call("Page.navigate", url=file.as_uri())
        end = time.monotonic() + DEADLINE_S
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._note(self._receive(end))

    def look(self, width: int, height: int = 800, scheme: str = "light", media: str = "screen") -> None:
        """From now on as on a screen, or paper, like this."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, script: str) -> Any:
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def picture(self, file: Path) -> None:
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))
