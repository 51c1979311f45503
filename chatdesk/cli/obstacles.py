"""What is said of whatever stands in the way: what it is, and what to do about it."""

import errno
import re

_WHAT_TO_DO = {
    errno.ENOSPC: "make room on that disk and try again",
    errno.EDQUOT: "make room on that disk and try again",
    errno.EROFS: "nothing can be written there, so name another place",
    errno.EACCES: "give whoever runs the desk the right to it, or name another place",
    errno.EPERM: "give whoever runs the desk the right to it, or name another place",
    errno.EEXIST: "a file stands where a folder is needed, so name another place",
    errno.ENOTDIR: "a file stands where a folder is needed, so name another place",
    errno.ENOENT: "make that folder first, or name another place",
    errno.EISDIR: "a folder stands where a file is needed, so name another place",
    errno.EADDRINUSE: "something answers there already: stop it, or set CHATDESK_PORT to another",
    errno.EADDRNOTAVAIL: "this machine has no such address: set CHATDESK_HOST to one it has",
}

_DATABASES = (
    (r"not a database", "the file is no SQLite database: name another, or restore a backup"),
    (r"malformed", "the file is damaged: keep a copy, and restore a backup to a new place"),
    (r"disk is full|No space left", "make room on the disk and try again"),
    (r"readonly|unable to open|[Pp]ermission", "give whoever runs the desk the right to write it"),
    (r"locked", "another program holds the file: wait for it, or end it"),
    (r"authentication|password|role .* does not exist", "look at the name and the password in it"),
    (r"database .* does not exist", "make that database on the server first"),
    (r"resolve|refused|socket|timeout|timed out", "see that the server runs and can be reached"),
)
"""What a database said -> what to do about it."""

_DRIVER = re.compile(r"^\([\w.]+\) ")
"""The name of the driver's own error, which tells an operator nothing."""


def of_the_machine(error: OSError) -> str:
    """Say what the operating system refused, and what to do."""
    where = f"{error.filename}: " if error.filename else ""
    said = f"{where}{error.strerror or error}"
    advice = _WHAT_TO_DO.get(error.errno or 0)
    return f"{said}; {advice}" if advice else said


def of_the_database(error: Exception) -> str:
    """Say why a database cannot be used, in its own words, and what to do."""
    cause = _DRIVER.sub("", str(error.__cause__ or "").partition("\n")[0])
    if not cause:
        return str(error)
    advice = next((told for pattern, told in _DATABASES if re.search(pattern, cause)), "")
    where = " (CHATDESK_DATABASE_URL, CHATDESK_DATA_DIR)" if advice else ""
    return f"The database cannot be used: {cause}" + (f"; {advice}{where}" if advice else "")
