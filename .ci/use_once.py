"""Start the desk with the README's own command, open its workspace once, and stop it again.

Run as `use_once.py <checkout> <command...>`; needs nothing but Python. The first start installs
everything, so it also shows that what a desk needs at run time is complete without the tests' part.
"""

import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

INSTALLED_WITHIN = 600.0
ANSWERS_WITHIN = 10.0  # after the installation
STOPS_WITHIN = 10.0
ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost)(?::\d+)?[^\s\x1b]*")


class Desk:
    """A started desk: what it has printed, and when the installation ended."""

    def __init__(self, checkout: Path, command: list[str]) -> None:
        self.address = ""
        self.installed_at = 0.0
        self.found = threading.Event()
        self.process = subprocess.Popen(
            command,
            cwd=checkout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            sys.stdout.write(f"  | {line}")
            sys.stdout.flush()
            if line.startswith("Installed."):
                self.installed_at = time.monotonic()
            address = ADDRESS.search(line)
            if address and self.installed_at and not self.address:
                self.address = address[0]
                self.found.set()
        self.found.set()  # the desk has ended

    def stop(self) -> int:
        """Send SIGTERM and return the exit code; a desk that does not stop is killed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def fetch(address: str, until: float) -> str:
    """Return the page, trying again while nobody listens yet; '' when `until` has passed."""
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  # local http
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    return ""


def use(desk: Desk) -> str:
    """Open the workspace; return what is wrong, or ''."""
    if not desk.found.wait(INSTALLED_WITHIN):
        return "the desk printed no address"
    if not desk.address:
        return f"the desk ended with {desk.process.wait()} before it printed an address"
    page = fetch(desk.address, desk.installed_at + ANSWERS_WITHIN)
    if not page:
        return f"{desk.address} did not answer within {ANSWERS_WITHIN:.0f} s of the installation"
    took = time.monotonic() - desk.installed_at
    sys.stdout.write(f"the workspace answered {took:.1f} s after the installation\n")
    if "<html" not in page.lower() or "chatdesk" not in page.lower():
        return f"{desk.address} is not the workspace: {page[:200]!r}"
    return ""


def main(checkout: str, *command: str) -> int:
    """Use the desk once; 0 when it started, answered and stopped as it should."""
    desk = Desk(Path(checkout), list(command))
    wrong = use(desk)
    code = desk.stop() if desk.process.poll() is None else desk.process.returncode
    if not wrong and code not in (0, -signal.SIGTERM):
        wrong = f"told to stop, the desk ended with {code}"
    sys.stdout.write(f"{wrong or 'the desk was started, used and stopped'}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
