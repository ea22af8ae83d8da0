"""Where compiled kernels are kept, and what happens when they cannot be.

numba notices a changed function but not a changed callee in another file, so the folder is keyed on a digest of all the
sources that a kernel can be made of. It lies in NUMBA_CACHE_DIR, else in the user's cache, else (no home) in a folder
of the user's own in the system's place for temporary files.

What is kept can go away or break at any time: a file that is damaged, a disk that is full and a folder that is
read-only cost compiling, never an error. numba's own files would raise, would not be read where they cannot be written,
and can swap the code of two signatures that two processes compile at once: here each signature has a file of its own.
"""

import errno
import hashlib
import logging
import os
import pickle
import stat
import tempfile
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import numba
import numba.core.caching as numba_caching

_caching: Any = numba_caching  # it has no types
_log: Final = logging.getLogger("rnnoise_py")
_PACKAGE: Final = Path(__file__).parent.parent
_DIGEST_BYTES: Final = 32

#: sources of all kernels but those of training: modules by their folder
DSP_SOURCES: Final = ("spec", "lanes", "dsp")
#: sources of the kernels of training
TRAINING_SOURCES: Final = ("spec", "lanes", "training/cpu", "training/v01.py")


@cache
def source_digest(sources: tuple[str, ...] = DSP_SOURCES) -> str:
    """Hex digest of the files, and of all modules in the folders, that are named from the package on."""
    digest = hashlib.sha256()
    for source in sources:
        place = _PACKAGE / source
        for path in sorted(place.glob("*.py")) if place.is_dir() else [place]:
            digest.update(str(path.relative_to(_PACKAGE)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder(sources: tuple[str, ...] = DSP_SOURCES) -> Path:
    """Folder of the compiled kernels of these sources; it may be missing."""
    return _base_folder() / source_digest(sources)


def _base_folder() -> Path:
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given:
        return Path(given)
    try:
        user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home: containers give any number
        user = _temporary_folder()
    return user / "rnnoise-py" / "kernels"


def _temporary_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"rnnoise-py-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def _is_trusted(folder: Path) -> bool:
    """Whether nobody else can put code into a folder: the one among temporary files may not be another's."""
    temporary = _temporary_folder()
    if not folder.is_relative_to(temporary):
        return True
    try:
        found = temporary.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


class _Locator(_caching._CacheLocator):  # type: ignore[misc]
    """Tells numba where a function's code is kept, and by what to notice that its file has changed."""

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self._folder = folder
        self._py_file = function.__code__.co_filename
        self._line = function.__code__.co_firstlineno

    def ensure_cache_path(self) -> None:
        if not _is_trusted(self._folder):
            raise PermissionError(errno.EPERM, "it belongs to somebody else")
        if self._folder.is_relative_to(_temporary_folder()):
            _temporary_folder().mkdir(mode=0o700, exist_ok=True)
        self._folder.mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        return str(self._folder)

    def get_source_stamp(self) -> str:
        try:
            return hashlib.sha256(Path(self._py_file).read_bytes()).hexdigest()
        except OSError:  # typed in, or in an archive
            return self._py_file

    def get_disambiguator(self) -> str:
        return str(self._line)


class _Implementation(_caching.CompileResultCacheImpl):  # type: ignore[misc]
    """As numba's, with a folder of our choice."""

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self._lineno = function.__code__.co_firstlineno
        self._locator = _Locator(function, folder)
        name = f"{function.__module__}.{function.__qualname__}"
        self._filename_base = self.get_filename_base(name, "")


class _Files:
    """One file a signature: a digest, then what was compiled. What is damaged is as good as missing.

    Parameters
    ----------
    folder, name
        Where the files lie, and how their names begin.
    stamp
        Stands for the function's source.
    """

    def __init__(self, folder: Path, name: str, stamp: str) -> None:
        self._folder, self._name, self._stamp = folder, name, stamp

    def _path(self, key: Any) -> tuple[Path, str]:
        """File of a key, and the key in full."""
        whole = repr((numba.__version__, self._stamp, key))
        return self._folder / f"{self._name}.{hashlib.sha256(whole.encode()).hexdigest()[:16]}.nbc", whole

    def load(self, key: Any) -> Any:
        """Return what was kept for a key; None when there is nothing, or it is damaged."""
        path, whole = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        digest, dumped = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(dumped).digest() != digest:  # LLVM would end the process over damaged machine code
            return None
        found, data = pickle.loads(dumped)
        return data if found == whole else None

    def save(self, key: Any, data: Any) -> None:
        """Keep what was compiled for a key; ``OSError`` where it cannot be written."""
        path, whole = self._path(key)
        dumped = _caching.dumps((whole, data))
        temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
        try:
            temporary.write_bytes(hashlib.sha256(dumped).digest() + dumped)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


class KernelCache(_caching.FunctionCache):  # type: ignore[misc]
    """Keeps the machine code of one kernel; without a place to keep it, the kernel is compiled in every process.

    Parameters
    ----------
    function
        The plain function.
    folder
        Where to keep its code.
    """

    unkept: str = ""  #: why nothing can be kept, said once in a process

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self._name = repr(function)
        self._py_func = function
        self._impl = _Implementation(function, folder)
        self._cache_path = str(folder)
        self._cache_file = _Files(folder, self._impl.filename_base, self._impl.locator.get_source_stamp())
        self.enable()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code that is kept for a signature, or None."""
        if not _is_trusted(Path(self._cache_path)):
            return None
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever a file of another making leads to
            return None

    def has_overload(self, sig: Any, target_context: Any) -> bool:
        """Whether the code of a signature is kept; it is not read."""
        if not _is_trusted(Path(self._cache_path)):
            return False
        key = self._index_key(sig, target_context.codegen())
        return self._cache_file._path(key)[0].is_file()

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code of a signature where that is possible."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            if not KernelCache.unkept:
                KernelCache.unkept = error.strerror or str(error)
                _log.warning(
                    "compiled kernels cannot be kept in %s (%s): each run compiles them again; "
                    "NUMBA_CACHE_DIR names another folder",
                    self._cache_path,
                    KernelCache.unkept,
                )
