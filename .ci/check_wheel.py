"""Build the wheel and show that every file of the package is in it, pages and migrations too.

The example policy is packed into the package from elsewhere, so its copy is compared as well.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = "chatdesk/desk.example.yaml"


def files_of_the_package() -> set[str]:
    """Return what a wheel has to hold, by its name in the wheel."""
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / "chatdesk").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def build(folder: str) -> Path:
    """Build the wheel and return where it is."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*pip, f"--wheel-dir={folder}", str(ROOT)], check=True)
    return next(Path(folder).glob("chatdesk-*.whl"))


def main() -> int:
    """Name the files that are missing from the wheel; 1 if there are any."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(build(folder)) as wheel:
        packed = set(wheel.namelist())
        example = wheel.read(EXAMPLE) if packed >= {EXAMPLE} else b""
    wanted = files_of_the_package()
    missing = sorted(wanted - packed)
    if example != (ROOT / "manifests" / "desk.example.yaml").read_bytes():
        missing.append(f"{EXAMPLE}, as manifests/ has it")
    sys.stdout.writelines(f"not in the wheel: {name}\n" for name in missing)
    sys.stdout.write(f"{len(wanted)} files, {len(missing)} missing from the wheel\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
