"""Put the C sources of librnnoise into the wheel as package data; everything else is in pyproject.toml."""

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))


class BuildWithSources(build_py):
    """Copy ``reference_c`` to ``codegen/_c`` where modules are built (not in editable installs)."""

    def run(self) -> None:
        """Build the modules, then add the sources."""
        super().run()
        if getattr(self, "editable_mode", False):
            return
        from rnnoise_py.codegen.sources import library_sources

        sources, target = ROOT / "reference_c", Path(self.build_lib) / "rnnoise_py" / "codegen" / "_c"
        shutil.rmtree(target, ignore_errors=True)
        for relative in library_sources(sources):
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(sources / relative, target / relative)


setup(cmdclass={"build_py": BuildWithSources})
