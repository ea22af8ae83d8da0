"""What pyproject.toml cannot say: where ``rnnoise_py.codegen`` lies, and the C sources as package data of the wheel."""

import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

CODEGEN = "rnnoise_py.codegen"
#: ``codegen/`` stands at the top and ``rnnoise_py/codegen`` is a link to it, or, in a source distribution, a folder;
#: a checkout without symbolic links has a file there instead. Only such a one is told of: a mapping makes editable
#: installs that type checkers and editors cannot look into.
PACKAGE_DIR = {} if (ROOT / "rnnoise_py" / "codegen").is_dir() else {CODEGEN: "codegen"}
#: modules that work on this repository, of no use in an installed package
NOT_INSTALLED = {(CODEGEN, "headers"), (f"{CODEGEN}.targets", "wasm_template")}


def list_sources(folder: Path) -> list[Path]:
    """List the C files that travel, as ``codegen/sources.py`` does; the package cannot be imported everywhere."""
    spec = spec_from_file_location("sources", ROOT / PACKAGE_DIR.get(CODEGEN, "rnnoise_py/codegen") / "sources.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[Path] = module.library_sources(folder)
    return found


class BuildWithSources(build_py):
    """Copy ``reference_c`` to ``rnnoise_py/codegen/_c`` where modules are built (not in editable installs)."""

    def run(self) -> None:
        """Build the modules from nothing, then add the sources."""
        if getattr(self, "editable_mode", False):
            super().run()
            return
        shutil.rmtree(self.build_lib, ignore_errors=True)  # else modules that are gone by now stay in the wheel
        super().run()
        sources, target = ROOT / "reference_c", Path(self.build_lib, *CODEGEN.split("."), "_c")
        for relative in list_sources(sources):
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(sources / relative, target / relative)

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """List the modules of a package, without those of :data:`NOT_INSTALLED`."""
        found = super().find_package_modules(package, package_dir)
        return [one for one in found if (one[0], one[1]) not in NOT_INSTALLED]


FOUND = find_namespace_packages(include=["rnnoise_py", "rnnoise_py.*"], exclude=["*.__pycache__"])
PACKAGES = sorted({*FOUND, CODEGEN, f"{CODEGEN}.targets"})
setup(cmdclass={"build_py": BuildWithSources}, packages=PACKAGES, package_dir=PACKAGE_DIR)
