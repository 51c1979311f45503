"""Show that the pins of constraints.txt fit together, as wheels, on each Python they promise.

pip's own `--python-version` picks wheels for another Python but still reads the pins' conditions
as if for the running one; so the conditions are read here, and pip is asked for exact versions.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")

Pins = dict[str, Requirement]


def environment_of(python: str) -> dict[str, str]:
    """Return what a requirement's condition can ask about, for one Python on Linux."""
    environment = {key: str(value) for key, value in default_environment().items()}
    return environment | {"python_version": python, "python_full_version": f"{python}.0"}


def read_pins(python: str) -> Pins:
    """Return the pins that hold for one Python, by canonical name."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    environment = environment_of(python)
    return {
        canonicalize_name(pin.name): pin
        for pin in pins
        if pin.marker is None or pin.marker.evaluate(environment)
    }


def download(python: str, pins: Pins, folder: Path) -> None:
    """Fetch the wheel of every pin; pip fails, by name, when there is none."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--only-binary=:all:", "--implementation=cp", f"--python-version={python}"),
            *(f"--platform={platform}" for platform in PLATFORMS),
            f"--dest={folder}",
            *(f"{pin.name}{pin.specifier}" for pin in pins.values()),
        ],
        check=True,
    )


def read_needs(folder: Path) -> dict[str, list[Requirement]]:
    """Return what each downloaded wheel asks for, and what the project itself asks for."""
    needs: dict[str, list[Requirement]] = {}
    for path in folder.glob("*.whl"):
        with zipfile.ZipFile(path) as wheel:
            name = next(n for n in wheel.namelist() if re.fullmatch(r"[^/]+dist-info/METADATA", n))
            metadata = HeaderParser().parsestr(wheel.read(name).decode())
        asked = metadata.get_all("Requires-Dist") or []
        needs[canonicalize_name(metadata["Name"])] = [Requirement(line) for line in asked]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    needs["chatdesk"] = [Requirement(line) for line in asked]
    return needs


def find_misfits(python: str, pins: Pins, needs: dict[str, list[Requirement]]) -> list[str]:
    """Follow every need from the project down; name what is not pinned or pinned otherwise."""
    misfits: list[str] = []
    seen: set[tuple[str, str]] = set()
    waiting = [("chatdesk", "")]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for need in needs[name]:
            if need.marker and not need.marker.evaluate(environment_of(python) | {"extra": extra}):
                continue
            needed = canonicalize_name(need.name)
            pin = pins.get(needed)
            version = next(iter(pin.specifier)).version if pin else ""
            if pin is None or not need.specifier.contains(version, prereleases=True):
                misfits.append(f"{name} needs {need}, and the pin is {pin}")
                continue
            waiting += [(needed, ""), *((needed, wanted) for wanted in need.extras)]
    reached = {name for name, _ in seen}
    return misfits + [f"{pin} is pinned and nobody needs it" for pin in sorted({*pins} - reached)]


def main() -> int:
    """Check each Python; the exit code is the number of those whose pins do not fit."""
    failures = 0
    for python in PYTHONS:
        pins = read_pins(python)
        with tempfile.TemporaryDirectory() as folder:
            download(python, pins, Path(folder))
            misfits = find_misfits(python, pins, read_needs(Path(folder)))
        sys.stdout.write(f"Python {python}: {len(pins)} pins, {len(misfits)} misfits\n")
        sys.stdout.writelines(f"  {misfit}\n" for misfit in misfits)
        failures += bool(misfits)
    return failures


if __name__ == "__main__":
    sys.exit(main())
