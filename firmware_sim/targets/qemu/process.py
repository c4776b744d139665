"""The process that a core runs in: its pipes, its console, and that it never outlives its owner."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from .errors import CoreCrashedError, EmulatorMissingError
from .machines import Launch

#: Bytes of console after which it counts as flooded.
MOST_CONSOLE = 4 << 20
_TAIL_BYTES = 4096
_STOP_S = 5.0
_PTY_S = 10.0
_PTY = re.compile(rb"redirected to (/dev/\S+)")
_PR_SET_PDEATHSIG = 1


class CoreProcess:
    """One emulator, started in a folder of its own; `close` ends it and removes the folder."""

    def __init__(self) -> None:
        self.folder = own_folder("core")
        self.log = self.folder / "console.log"
        self._output = self.folder / "emulator.log"
        self._process: subprocess.Popen[bytes] | None = None
        #: pseudo-terminal of its console, None where it has none
        self.terminal: str | None = None
        self.from_core = -1
        self.to_core = -1

    def start(self, launch: Launch) -> None:
        """Start it; CoreCrashedError where it ends at once."""
        for name in ("to_host", "to_guest"):
            os.mkfifo(self.folder / name)
        # opened for both directions: neither open waits for the other end, and a core that ends leaves no broken pipe
        self.from_core = os.open(self.folder / "to_host", os.O_RDWR)
        self.to_core = os.open(self.folder / "to_guest", os.O_RDWR)
        try:
            self._process = self._spawn(launch)
        except OSError as error:
            raise EmulatorMissingError(f"{launch.command[0]} cannot be started: {error.strerror}") from None
        if launch.has_terminal:
            self.terminal = self._find_terminal()

    def _spawn(self, launch: Launch) -> subprocess.Popen[bytes]:
        with self._output.open("wb") as output, self.log.open("ab") as log:
            return subprocess.Popen(
                launch.command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output if launch.has_terminal else log,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent,
                start_new_session=True,
            )

    def _find_terminal(self) -> str:
        """Path of the console's pseudo-terminal, which the emulator tells as it starts."""
        deadline = time.monotonic() + _PTY_S
        while time.monotonic() < deadline and self.alive:
            match = _PTY.search(self._output.read_bytes())
            if match:
                return match[1].decode()
            time.sleep(0.01)
        said = self._output.read_text(errors="replace").strip()
        raise CoreCrashedError(f"the emulator did not start: {said or 'it said nothing'}")

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def status(self) -> int | None:
        """Exit status, None while it runs."""
        return self._process.poll() if self._process is not None else None

    @property
    def pid(self) -> int | None:
        """Process id."""
        return self._process.pid if self._process is not None else None

    def cpu_s(self) -> float | None:
        """Seconds of CPU that it has had, None where this system does not say."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return None
        # behind the name, which may hold anything: fields 14 and 15 of proc(5) are ticks in its own code and the kernel
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def console_size(self) -> int:
        """Bytes that the console has printed."""
        try:
            return self.log.stat().st_size
        except OSError:
            return 0

    def console(self, most: int = _TAIL_BYTES) -> str:
        """The end of what the console has printed."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.console_size() - most))
                return file.read().decode(errors="replace").replace("\r\n", "\n")
        except OSError:
            return ""

    def close(self) -> None:
        """End it; harmless when called again."""
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=_STOP_S)
        for fd in (self.from_core, self.to_core):
            if fd >= 0:
                os.close(fd)
        self.from_core = self.to_core = -1
        shutil.rmtree(self.folder, ignore_errors=True)


class ConsoleLink:
    """A name for the console that outlives resets, each of which brings another terminal."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    @property
    def path(self) -> str:
        """Where the console is."""
        assert self._folder is not None
        return str(self._folder / "console")

    def point_to(self, terminal: str | None) -> None:
        """Let the name mean `terminal`."""
        if terminal is None:
            return
        if self._folder is None:
            self._folder = own_folder("console")
        fresh = self._folder / "fresh"
        fresh.symlink_to(terminal)
        fresh.replace(self._folder / "console")

    def close(self) -> None:
        """Take the name away; harmless when called again."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def own_folder(kind: str) -> Path:
    """A temporary folder of this process; those that processes have left behind that were killed are removed."""
    for folder in Path(tempfile.gettempdir()).glob(f"vitalband-{kind}-*-*"):
        owner = folder.name.split("-")[2]
        if owner.isdigit() and not _runs(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"vitalband-{kind}-{os.getpid()}-"))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _die_with_parent() -> None:
    """In the child: be killed when the parent is, however it ends (Linux; elsewhere the closed pipe ends the core)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
