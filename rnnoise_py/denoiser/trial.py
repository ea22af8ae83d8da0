"""Whether a file can be loaded as a library, found out where it can do no harm: in another process.

The dynamic loader crashes on a damaged library, and a library may never come back from its first call. What can be told
from the first bytes (another machine, another system, a file cut short, no library at all) is said by name.
"""

import struct
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable

TRIAL_SECONDS: Final = 30.0  # for what takes some milliseconds: machines may be busy

_ELF: Final = b"\x7fELF"
_MACHO: Final = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xcf")
_WINDOWS: Final = b"MZ"
_LFS: Final = b"version https://git-lfs"
_HEAD_BYTES: Final = 64
#: e_machine of an ELF header; source: the ELF specification
_MACHINES: Final = {
    3: "i386",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    62: "x86-64",
    183: "aarch64",
    243: "riscv64",
    258: "loongarch64",
}
#: e_shoff and e_shentsize, e_shnum of 32 and 64 bits, and where they begin
_FIELDS: Final = {1: ("I10xHH", 32), 2: ("Q10xHH", 40)}
#: what the child runs: load, make a state, denoise two frames; its last line is the outcome
_PROGRAM: Final = """
import ctypes, os, sys
def end(text):
    sys.stdout.write("\\n" + text)
    sys.stdout.flush()
    os._exit(0)
try:
    dll = ctypes.CDLL(sys.argv[1])
except OSError as error:
    end("cannot be loaded: " + " ".join(str(error).split()))
try:
    create, process = dll.rnnoise_create, dll.rnnoise_process_frame
except AttributeError:
    end("ok")
if getattr(dll, "rnnoise_get_frame_size", lambda: 480)() == 480:
    create.argtypes, create.restype = [ctypes.c_void_p], ctypes.c_void_p
    process.argtypes, process.restype = [ctypes.c_void_p] * 3, ctypes.c_float
    state, frame = create(None), (ctypes.c_float * 480)(*(997 * k % 2001 - 1000.0 for k in range(480)))
    for _ in range(2 if state else 0):
        process(state, frame, frame)
end("ok")
"""


class Elf(NamedTuple):
    """What the header of an ELF file says."""

    bits: int  #: 32 or 64
    order: str  #: ``<`` or ``>``
    machine: int
    end: int  #: of the section table, which linkers write last: the least length of the file in bytes

    @property
    def name(self) -> str:
        """The machine as people call it."""
        name = _MACHINES.get(self.machine, f"machine {self.machine}")
        return name if self.bits == 64 or self.machine in {3, 8, 20, 40} else f"{name} ({self.bits} bits)"


def read_elf(head: bytes) -> Elf | None:
    """Read the header of an ELF file from its first 64 bytes; None when it is none, or of an unknown kind."""
    if not head.startswith(_ELF) or len(head) < _HEAD_BYTES or head[4] not in _FIELDS or head[5] not in {1, 2}:
        return None
    order = "<" if head[5] == 1 else ">"
    layout, offset = _FIELDS[head[4]]
    (machine,) = struct.unpack_from(f"{order}H", head, 18)
    sections, size, count = struct.unpack_from(order + layout, head, offset)
    return Elf(32 * head[4], order, machine, sections + size * count)


def check_library(path: Path) -> None:
    """Try to load a library, and run two frames with its own weights, in another process.

    Raises
    ------
    InputError
        When it cannot be read or loaded, crashes or hangs: one line that says what it is.
    """
    name = printable(path)
    try:
        with path.open("rb") as stream:
            head, size = stream.read(_HEAD_BYTES), path.stat().st_size
    except OSError as error:
        raise InputError(f"cannot read library {name}: {error.strerror}") from error
    if head.startswith(_LFS):
        raise InputError(f"{name} is a Git LFS pointer, not the library itself: fetch it (git lfs pull)")
    if not is_binary(head):
        raise InputError(f"{name} is no shared library: give a librnnoise.so (make -C reference_c builds one)")
    _check_system(name, head)
    found, own = read_elf(head), _own_elf()
    if found is not None and own is not None and found[:3] != own[:3]:
        raise InputError(f"{name} is built for {found.name}, this is {own.name}: build it here, or use numba")
    if head.startswith(_ELF) and (len(head) < _HEAD_BYTES or (found is not None and found.end > size)):
        needed = _HEAD_BYTES if found is None else found.end
        raise InputError(f"{name} is truncated ({size} bytes of {needed}): copy or build it again")
    outcome = _try_to_load(path)
    if outcome:
        raise InputError(f"{name} {outcome}")


def is_binary(head: bytes) -> bool:
    """Whether a file that begins with these bytes may be a shared library of some system."""
    return head.startswith((_ELF, *_MACHO, _WINDOWS))


def _check_system(name: str, head: bytes) -> None:
    """Refuse a library of another operating system."""
    kind = "Linux" if head.startswith(_ELF) else "Windows" if head.startswith(_WINDOWS) else "macOS"
    here = {"win32": "Windows", "cygwin": "Windows", "darwin": "macOS"}.get(sys.platform, "Linux")
    if kind != here:
        raise InputError(f"{name} is a library for {kind}, this is {here}: build it here, or use numba")


@cache
def _own_elf() -> Elf | None:
    """What this Python is built for; None where that cannot be told."""
    try:
        with open("/proc/self/exe", "rb") as stream:
            return read_elf(stream.read(_HEAD_BYTES))
    except OSError:
        return None


def _try_to_load(path: Path) -> str:
    """Return what is wrong with a library, or nothing."""
    if not sys.executable:  # Python is built into another program
        return ""
    command = [sys.executable, "-I", "-S", "-c", _PROGRAM, str(path.resolve())]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TRIAL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"did not come back from its first call in {TRIAL_SECONDS:.0f} s: is it a librnnoise?"
    outcome = done.stdout.decode(errors="replace").rpartition("\n")[2]
    if outcome == "ok":
        return ""
    if outcome.startswith("cannot be loaded"):
        return outcome
    how = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
    return f"crashes when it is loaded or called ({how}): is it truncated or damaged? copy or build it again"
