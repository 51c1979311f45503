"""What `chatdesk --help` costs beside an empty typer program, as a ratio of medians."""

import statistics
import subprocess
import sys
import time

ROUNDS = 15
TARGET = 1.5

EMPTY = """
import typer
app = typer.Typer()
@app.command()
def main() -> None: ...
app()
"""

PROGRAMS = {
    "python, doing nothing": ["-c", "pass"],
    "an empty typer program": ["-c", EMPTY, "--help"],
    "chatdesk --help": ["-m", "chatdesk", "--help"],
    "chatdesk --version": ["-m", "chatdesk", "--version"],
}


def seconds(arguments: list[str]) -> float:
    """Return how long one run takes."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603  # ours
    return time.perf_counter() - begun


def main() -> int:
    """Print the medians and the ratio; 1 if it misses the target."""
    runs: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS + 1):  # in turn, so that a busy moment falls on all alike
        for name, arguments in PROGRAMS.items():
            runs[name].append(seconds(arguments))
    medians = {name: statistics.median(taken[1:]) for name, taken in runs.items()}
    for name, median in medians.items():
        print(f"{name:24} {median * 1000:7.1f} ms")
    ratio = medians["chatdesk --help"] / medians["an empty typer program"]
    print(f"ratio {ratio:.2f} (target: below {TARGET})")
    return 0 if ratio < TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
