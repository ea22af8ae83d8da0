"""The models that travel with the package, each under a name that stands for its file wherever a model is given."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent.parent / "data"


@dataclass(frozen=True)
class Shipped:
    """A model of the package and what it was trained on."""

    name: str
    about: str
    recipe: str  #: that makes it, in the repository
    groups: tuple[str, ...] = ()  #: of the catalogue of recordings, whose sources it has heard
    programs: tuple[tuple[str, str], ...] = ()  #: synthesizers that spoke, with their licences

    @property
    def path(self) -> Path:
        """Where its file lies."""
        return DATA / f"{self.name}.rnnn"


_PROGRAMS: Final = (("espeak-ng", "GPL-3.0-or-later"), ("Festival and its Debian voices", "X11, see each voice's"))
DEFAULT: Final = Shipped(
    "default",
    "has heard people and recorded noise, beside what the project makes itself",
    "recipes/default.toml",
    ("human-speech", "recorded-noise"),
    _PROGRAMS,
)
SYNTHETIC: Final = Shipped(
    "synthetic", "no recording in it: synthesized speech and noise alone", "recipes/synthetic.toml", (), _PROGRAMS
)
SHIPPED: Final = {one.name: one for one in (DEFAULT, SYNTHETIC)}


def model_path(given: str | Path) -> Path:
    """Return the file that a model's path or name stands for; a file called like a shipped model comes first."""
    path = Path(given)
    shipped = SHIPPED.get(str(given))
    return path if shipped is None or path.exists() else shipped.path
