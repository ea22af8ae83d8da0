"""A recipe from nothing while a killer strikes at random, over and over: it ends with the bytes of an undisturbed run.

``RNNOISE_CHAOS_MINUTES`` says how long (30), ``RNNOISE_CHAOS_SEED`` with which draws (1).
"""

import contextlib
import hashlib
import os
import random
import re
import resource
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rnnoise_py.rows.reader import RowReader
from tests.command_line import command, environment

RECIPE = """
[data]

[data.made_up]
speech_files = 4
noise_files = 4

[data.synthesize]
total_hours = 0.006
audio_length = 5
silence_length = 0.2
sampling_rate = 48000
snr_lower = 0
snr_upper = 20

[evaluation]
total_hours = 0.003
audio_length = 5
silence_length = 0.2
sampling_rate = 48000
snr_lower = 0
snr_upper = 20
seed = 2

[features]
count = 6_000
shards = 2

[train]
epochs = 3
window = 200
batch = 8
engine = "numba"
tensorboard = false

[export]

[denoise]
"""
MINUTES = 30.0
#: what must have the same bytes (rows: but for the names of their inputs); the others are logs and say when
LASTING = ("*.wav", "*.rnn", "*.rnnn", "*.hdf5", "*.c", "*.h")
MIB = 2**20
LONGEST = 600.0  # seconds that an attempt may take; more is a hang
DISTURBED = 12  # attempts before a run is left in peace
SOON = 0.3  # seconds before the earliest blow; the later, the rarer


def lasting(work: Path) -> dict[str, str]:
    """Digest of every file that a recipe leaves, by its name."""
    found = {
        path.relative_to(work).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for pattern in LASTING
        for path in work.rglob(pattern)
        if path.is_file()
    }
    for path in work.rglob("rows*.h5"):
        reader = RowReader(path)
        rows = reader.read(0, reader.count)
        found[path.relative_to(work).as_posix()] = hashlib.sha256(rows.tobytes()).hexdigest()
    assert found
    return found


def left_over(work: Path) -> list[Path]:
    """Temporary files of runs that were killed."""
    return [path for path in work.rglob(".*.part") if path.is_file()]


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """Mount a disk of so many bytes at a folder; whether that is allowed here."""
    folder.mkdir()
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
    ).returncode
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", folder], check=True)


def members(group: int) -> list[int]:
    """Processes of a group."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, ProcessLookupError):
            if entry.name.isdigit() and os.getpgid(int(entry.name)) == group:
                found.append(int(entry.name))
    return found


class Killer:
    """Runs a command and does one bad thing to it.

    Parameters
    ----------
    draw
        What decides what is done, and when.
    usual
        Seconds that the command takes in peace.
    """

    def __init__(self, draw: random.Random, usual: float) -> None:
        self._draw, self._usual = draw, usual
        self.disk: Path | None = None  #: what it writes into, if that is a disk of its own, which can be filled
        self.counts: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()

    def attempt(self, arguments: list[str], log: Path) -> int:
        """Run it disturbed; return its exit code."""
        kinds: dict[str, Callable[[int], None]] = {
            "SIGKILL of all": lambda group: os.killpg(group, signal.SIGKILL),
            "SIGKILL of the parent": lambda group: os.kill(group, signal.SIGKILL),
            "SIGKILL of one process": self._kill_one,
            "SIGTERM": lambda group: os.kill(group, signal.SIGTERM),
            "SIGINT to all": lambda group: os.killpg(group, signal.SIGINT),
            "SIGHUP": lambda group: os.killpg(group, signal.SIGHUP),
            "SIGSTOP and SIGCONT": self._stop,
            "file size limit": lambda group: self._limit(group, resource.RLIMIT_FSIZE, size),
            "memory limit": lambda group: self._limit(group, resource.RLIMIT_AS, memory),
            **({"full disk": self._fill} if self.disk else {}),
        }
        kind = self._draw.choice(list(kinds))
        size = round(10 ** self._draw.uniform(2, 6.5))
        memory = round(self._draw.uniform(150, 1500)) * MIB

        with log.open("wb") as err:
            process = subprocess.Popen(
                arguments,
                env=environment(PYTHONFAULTHANDLER="0"),
                stdout=subprocess.DEVNULL,
                stderr=err,
                start_new_session=True,
            )
            deadline = time.monotonic() + LONGEST
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(SOON * (self._usual / SOON) ** self._draw.random())
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    kinds[kind](process.pid)
                self.counts[kind] += 1
            else:
                self.counts["ended before"] += 1
            if kind == "memory limit":  # OpenBLAS tries for ever to get what it is refused
                deadline = min(deadline, time.monotonic() + 2 * self._usual)
            try:
                code = process.wait(max(deadline - time.monotonic(), 1))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                assert kind == "memory limit", f"{kind}: it hangs\n{log.read_text(errors='replace')}"
                code = process.wait()
        self._empty()
        for late in members(process.pid):  # its workers end without it, at the latest when they have something to say
            self._wait_for(late)
        self.codes[f"{kind}: {code}"] += 1
        complaint = log.read_text(errors="replace")
        if kind != "memory limit" and code >= 0:
            assert "Traceback" not in complaint, (kind, complaint)
        if kind == "SIGSTOP and SIGCONT":
            assert code == 0, complaint
        if code == 2:
            assert "rnnoise-py: error: " in complaint, (kind, complaint)
        return code

    def _kill_one(self, group: int) -> None:
        alive = members(group)
        os.kill(self._draw.choice(alive), signal.SIGKILL)

    @staticmethod
    def _limit(group: int, what: int, most: int) -> None:
        for process in members(group):
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(process, what, (most, most))

    def _stop(self, group: int) -> None:
        os.killpg(group, signal.SIGSTOP)
        time.sleep(self._draw.uniform(0.1, 3))
        os.killpg(group, signal.SIGCONT)

    def _fill(self, group: int) -> None:
        assert self.disk is not None
        free = os.statvfs(self.disk)
        with contextlib.suppress(OSError), (self.disk / "filler").open("wb") as out:
            for _ in range(free.f_bavail * free.f_frsize // MIB + 1):
                out.write(bytes(MIB))

    def _empty(self) -> None:
        if self.disk:
            (self.disk / "filler").unlink(missing_ok=True)

    @staticmethod
    def _wait_for(process: int) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                state = re.search(r"State:\s+(\w)", Path(f"/proc/{process}/status").read_text())
            except OSError:
                return
            if state and state[1] == "Z":
                return
            time.sleep(0.1)
        raise AssertionError(f"process {process} outlives its parent")


@pytest.fixture
def heard() -> Iterator[None]:
    """Let what is started hear all signals, even where this process ignores some: in background, under nohup."""
    ignored = [number for number in (signal.SIGINT, signal.SIGHUP) if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.mark.slow
@pytest.mark.usefixtures("heard")
def test_chaos(tmp_path: Path) -> None:
    """Rounds of a recipe from nothing, each disturbed up to twelve times, until the time is over."""
    minutes = float(os.environ.get("RNNOISE_CHAOS_MINUTES", MINUTES))
    draw = random.Random(int(os.environ.get("RNNOISE_CHAOS_SEED", "1")))
    recipe = tmp_path / "chaos.toml"
    recipe.write_text(RECIPE)
    begin = time.monotonic()
    whole = tmp_path / "whole"
    arguments = command("run", recipe, "--workers", 2, "-o")
    subprocess.run([*arguments, whole], env=environment(), check=True, stdout=subprocess.DEVNULL)
    usual = time.monotonic() - begin
    expected = lasting(whole)
    rounds, attempts = 0, 0
    end = begin + 60 * minutes
    killer = Killer(draw, min(usual, 60))
    while time.monotonic() < end:
        with small_disk(tmp_path / f"disk{rounds}", 600 * MIB) as mounted:
            disk = tmp_path / f"disk{rounds}"
            killer.disk = disk if mounted else None
            work = disk / "work"
            for _ in range(DISTURBED):
                attempts += 1
                if not killer.attempt([*arguments, str(work)], tmp_path / "log"):
                    break
            subprocess.run([*arguments, work], env=environment(), check=True, stdout=subprocess.DEVNULL)
            assert lasting(work) == expected
            assert not left_over(work)
        rounds += 1
    print(
        f"\n{rounds} rounds, {attempts} attempts in {(time.monotonic() - begin) / 60:.1f} minutes, {usual:.0f} s each"
    )
    for name, count in sorted(killer.counts.items()):
        print(f"{count:5}  {name}")
    print(", ".join(f"{name} ×{count}" for name, count in sorted(killer.codes.items())))
