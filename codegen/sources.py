"""Where the C sources of the library lie, and which of them an exported folder gets."""

from pathlib import Path

from rnnoise_py.errors import DependencyError

_PACKAGED = Path(__file__).parent / "_c"  # put there when a wheel is built
_REPOSITORY = Path(__file__).resolve().parent.parent / "reference_c"
_SKIPPED_FOLDERS = frozenset({"build", "wasm", "fuzz", "corpus", "__pycache__"})
_SUFFIXES = frozenset({".c", ".h", ".in", ".map"})


def source_folder() -> Path:
    """Return the folder of the C sources: inside the package (wheels) or in the repository.

    Raises
    ------
    DependencyError
        When neither is there; the message names both places.
    """
    for folder in (_PACKAGED, _REPOSITORY):
        if (folder / "Makefile").is_file():
            return folder
    raise DependencyError(
        f"the C sources of librnnoise are neither in {_PACKAGED} nor in {_REPOSITORY}: install "
        "rnnoise-py again, or run it from a complete checkout"
    )


def library_sources(folder: Path) -> list[Path]:
    """List what an exported folder gets of ``folder``, relative to it, sorted."""
    found = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if not path.is_file() or _SKIPPED_FOLDERS & set(relative.parts[:-1]):
            continue
        if path.suffix in _SUFFIXES or path.name == "Makefile":
            found.append(relative)
    return sorted(found)
