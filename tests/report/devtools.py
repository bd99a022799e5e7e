"""A browser without a window that tests drive as people do: by mouse, touch and keys.

Chromium is spoken to over its DevTools protocol, one page at a time.
"""

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import websocket

LONGEST_S = 60.0
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-allow-origins=*",
    "--remote-debugging-port=0",
)


class Browser:
    """A page in Chromium.

    Parameters
    ----------
    socket : websocket.WebSocket
        Of the page's DevTools.
    """

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._number = 0
        self.said: list[str] = []
        """What the page wrote to its console, and errors nobody caught."""
        self.asked: list[str] = []
        """Addresses that the page asked for."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self._heard(answer)

    def _heard(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            self.said.append(json.dumps(parameters["exceptionDetails"]))
        elif event["method"] == "Runtime.consoleAPICalled":
            self.said.append(json.dumps(parameters["args"]))
        elif event["method"] == "Log.entryAdded":
            self.said.append(parameters["entry"]["text"])
        elif event["method"] == "Network.requestWillBeSent":
            self.asked.append(parameters["request"]["url"])

    def size(self, width: int, height: int, scheme: str = "light", phone: bool = False) -> None:
        """Set the window's size, the colour scheme, and whether it is a phone's."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        self.call("Emulation.setTouchEmulationEnabled", enabled=phone)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def open(self, page: Path, ready: str = "document.readyState === 'complete'") -> None:
        """Open a file and wait until an expression is true."""
        self.call("Page.navigate", url="about:blank")
        self.wait("location.href === 'about:blank'")
        self.said.clear()
        self.asked.clear()
        self.call("Page.navigate", url=page.as_uri())
        self.wait(
            f"location.href !== 'about:blank' && document.readyState === 'complete' && ({ready})"
        )

    def wait(self, expression: str) -> None:
        """Wait until an expression is true."""
        until = time.monotonic() + LONGEST_S
        while not self.value(f"Boolean({expression})"):
            if time.monotonic() > until:
                raise TimeoutError(f"{expression}; the page said {self.said}")
            time.sleep(0.02)

    def value(self, expression: str) -> Any:
        """Return what an expression is worth in the page."""
        told = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in told:
            raise RuntimeError(json.dumps(told["exceptionDetails"]))
        return told["result"].get("value")

    def middle(self, selector: str) -> tuple[float, float]:
        """Return where the middle of an element is in the window, once it is there."""
        x, y = self.value(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)});"
            "one.scrollIntoView({block: 'center'}); const box = one.getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        return float(x), float(y)

    def click(self, selector: str) -> None:
        """Press and let go of the mouse on an element."""
        self.drag(self.middle(selector), (0.0, 0.0), steps=0)

    def drag(
        self,
        start: tuple[float, float],
        way: tuple[float, float],
        steps: int = 4,
        touch: bool = False,
    ) -> None:
        """Drag by mouse or finger from a place in the window, by a way [pixels]."""
        places = [
            (start[0] + way[0] * k / max(1, steps), start[1] + way[1] * k / max(1, steps))
            for k in range(steps + 1)
        ]
        if touch:
            self._touch("touchStart", places[0])
            for place in places[1:]:
                self._touch("touchMove", place)
            self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
            return
        self._mouse("mouseMoved", places[0], held=False)
        self._mouse("mousePressed", places[0])
        for place in places[1:]:
            self._mouse("mouseMoved", place)
        self._mouse("mouseReleased", places[-1], held=False)

    def _mouse(self, kind: str, place: tuple[float, float], held: bool = True) -> None:
        button = "none" if kind == "mouseMoved" and not held else "left"
        self.call(
            "Input.dispatchMouseEvent",
            type=kind,
            x=place[0],
            y=place[1],
            button=button,
            buttons=int(held),
            clickCount=1,
        )

    def _touch(self, kind: str, place: tuple[float, float]) -> None:
        points = [{"x": place[0], "y": place[1]}]
        self.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)

    def key(self, key: str, code: int, modifiers: int = 0) -> None:
        """Press a key by its name and number; modifiers are 2 for control, 8 for shift."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                modifiers=modifiers,
            )

    def picture(self, path: Path, selector: str | None = None) -> Path:
        """Write what the window shows, or one element, as PNG."""
        parameters: dict[str, Any] = {}
        if selector is not None:
            x, y, width, height = self.value(
                f"(() => {{ const box = document.querySelector({json.dumps(selector)})"
                ".getBoundingClientRect();"
                "return [box.x + scrollX, box.y + scrollY, box.width, box.height]; })()"
            )
            clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
            parameters = {"clip": clip, "captureBeyondViewport": True}
        data = self.call("Page.captureScreenshot", format="png", **parameters)["data"]
        path.write_bytes(base64.b64decode(data))
        return path


@contextmanager
def browser(chromium: str, folder: Path) -> Iterator[Browser]:
    """Run Chromium with a fresh profile in a folder; downloads go to ``folder / "downloads"``."""
    profile, downloads = folder / "profile", folder / "downloads"
    downloads.mkdir(parents=True)
    command = [chromium, *QUIET, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = _port(profile / "DevToolsActivePort")
        with urlopen(f"http://127.0.0.1:{port}/json") as answer:
            pages = [one for one in json.load(answer) if one["type"] == "page"]
        socket = websocket.create_connection(
            pages[0]["webSocketDebuggerUrl"], timeout=LONGEST_S, suppress_origin=True
        )
        page = Browser(socket)
        page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
        yield page
        socket.close()
    finally:
        process.terminate()
        process.wait(LONGEST_S)


def _port(file: Path) -> int:
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        if file.exists() and (lines := file.read_text().split()):
            return int(lines[0])
        time.sleep(0.05)
    raise TimeoutError(f"{file} does not appear: Chromium has not started")
