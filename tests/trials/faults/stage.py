"""The root file system of a run: it shows every file that is created anywhere.

It is the host's with a writable layer on top; /mnt has the files of the trial. It is in
memory and in a mount namespace, and disappears with the run.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.paths import DIST
from support.transports import TRANSPORTS, Toolbox

from . import installer
from .namespace import AWAY, CLONE_NEWNS, run, unshare

# Arguments: directory of the run, number of the read end of the gate and of the write
# end of the marks, shell code of the fault, user number, PATH, bash and its arguments.
# Descriptors 8 and 9 are the gate and the marks, as the installer knows them.
SET_UP = r"""
set -eu
gate=$2 marks=$3 fault=$4 user=$5 path=$6
cd "$1"
shift 6
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
mount --bind ../given root/mnt
mount --bind /proc root/proc
mount -t tmpfs -o mode=755 tmpfs root/dev
for device in null zero full random urandom tty; do
  : >"root/dev/$device"
  mount --bind "/dev/$device" "root/dev/$device"
done
ln -s /proc/self/fd root/dev/fd
cd root
chroot=$(type -P chroot)
eval "exec 8<&$gate 9>&$marks $gate<&- $marks>&-"
eval "$fault"
PATH=$path exec "$chroot" --userspec="$user:$user" . "$@"
"""


class Scratch:
    """A folder in memory for all runs, with the files that each run gets."""

    def __init__(self, top: Path) -> None:
        self.top = top
        given = top / "given"
        given.mkdir()
        shutil.copy(DIST / "api.func", given)
        (given / "no-op.func").write_text(installer.NO_OP)
        (given / "installer").write_text(installer.SCRIPT)
        self.given = given
        self.toolbox("both", *TRANSPORTS)
        for name in TRANSPORTS:
            self.toolbox(name, name)

    def toolbox(self, name: str, *programs: str) -> Toolbox:
        """Make a folder that runs can use as PATH."""
        return Toolbox(self.given / name, *programs)

    @contextmanager
    def root(self) -> Iterator[Path]:
        """Make the folders of one run; `upper` gets the files that it creates."""
        top = Path(tempfile.mkdtemp(dir=self.top))
        for name in ("upper", "work", "root", "upper/etc", "upper/srv", "upper/tmp"):
            (top / name).mkdir()
        for name in ("upper/srv", "upper/tmp"):
            (top / name).chmod(0o1777)
        for name in (".", "upper", "upper/etc"):
            (top / name).chmod(0o755)
        (top / "upper/etc/resolv.conf").write_text(f"nameserver {AWAY}\n")
        (top / "upper/etc/nsswitch.conf").write_text("hosts: files dns\n")
        try:
            yield top
        finally:
            shutil.rmtree(top)


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Move this program to a mount namespace of its own, with a tmpfs."""
    unshare(CLONE_NEWNS)
    run("mount", "--make-rprivate", "/")
    with tempfile.TemporaryDirectory() as directory:
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", directory)
        try:
            yield Scratch(Path(directory))
        finally:
            run("umount", "--lazy", directory)


def files(upper: Path) -> dict[str, str]:
    """Return the files of the writable layer, each with its mode and content."""
    found = {}
    for path in sorted(upper.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(upper))] = f"{status.st_mode:o} {content!r}"
    return found
