"""Cut the languages of a corpus to equal hours."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnoise_py.audio.files import check_folder, list_audio_files, natural_key
from rnnoise_py.dataset.durations import Header, read_headers
from rnnoise_py.dataset.placing import MANIFEST, Placement, check_place, flat_names
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import Progress
from rnnoise_py.runs.skipped import FirstOnes, Skipped
from rnnoise_py.runs.words import counted


@dataclass
class Language:
    """One speech folder, before and after."""

    name: str
    files: int = 0
    seconds: float = 0.0
    kept: list[Header] = field(default_factory=list)
    kept_seconds: float = 0.0


@dataclass
class BalanceReport:
    """How the languages were cut."""

    output: Path
    languages: list[Language]
    skipped: list[tuple[str, str]]  #: (path, reason)

    @property
    def tried(self) -> int:
        """Files of all languages, those that were left out too."""
        return sum(language.files for language in self.languages) + len(self.skipped)

    def lines(self) -> list[str]:
        """Return hours per language, before and after, for a terminal."""
        width = max(len(language.name) for language in self.languages)
        out = [f"{'language':{width}}  {'files':>8} {'hours':>9}  →  {'files':>8} {'hours':>9}"]
        for language in self.languages:
            out.append(
                f"{language.name:{width}}  {language.files:8d} {language.seconds / 3600:9.3f}  →  "
                f"{len(language.kept):8d} {language.kept_seconds / 3600:9.3f}"
            )
        total = sum(language.kept_seconds for language in self.languages)
        files = sum(len(language.kept) for language in self.languages)
        out.append(f"{counted(files, 'file')}, {total / 3600:.3f} h, in {printable(self.output)}")
        if self.skipped:
            out.append(f"{counted(len(self.skipped), 'file')} skipped")
        return out

    def as_json(self) -> dict[str, Any]:
        """Return the numbers for JSON."""
        return {
            "languages": [
                {
                    "name": language.name,
                    "files": language.files,
                    "seconds": round(language.seconds, 3),
                    "kept_files": len(language.kept),
                    "kept_seconds": round(language.kept_seconds, 3),
                }
                for language in self.languages
            ],
            "skipped": [list(item) for item in self.skipped],
        }


def choose(headers: Sequence[Header], seconds: float, rng: random.Random) -> list[Header]:
    """Draw files until ``seconds`` are full; files that would exceed them are passed over.

    Returns
    -------
    The drawn files in their original order.
    """
    order = list(range(len(headers)))
    rng.shuffle(order)
    kept, total = [], 0.0
    for index in order:
        if total + headers[index].seconds <= seconds + 1e-9:
            kept.append(index)
            total += headers[index].seconds
    return [headers[index] for index in sorted(kept)]


def balance(
    root: Path,
    speech: Sequence[str],
    output: Path,
    *,
    seed: int = 1,
    link: str = "copy",
    resume: bool = False,
    force: bool = False,
) -> BalanceReport:
    """Cut speech folders to the duration of the shortest and put all into one flat folder.

    Parameters
    ----------
    root
        Folder of the speech folders.
    speech
        Their names, one a language.
    output
        The flat folder; a name that occurs twice gets its language as prefix.
    seed
        Draws which files stay.
    link
        ``"copy"``, ``"hard"`` or ``"symbolic"``.
    resume
        Add what is missing after a run that was killed or interrupted.
    force
        Replace what an earlier run put there; nothing else is ever deleted.

    Raises
    ------
    InputError
        When a folder is missing or has no usable audio, or what is to be resumed is another run.
    OutputError
        When the output folder is in use or cannot be written.
    """
    if not speech:
        raise InputError("no speech folders given: name them, e.g. --speech en,ru")
    if len(set(speech)) != len(speech):
        raise InputError(f"a speech folder is named twice in {','.join(speech)}: name each once")
    folders = [root / name for name in speech]
    check_place(output, folders, resume=resume, force=force)
    skipped, short = Skipped(MANIFEST), FirstOnes("more file", "cut short or damaged")
    headers = {name: _read(name, root / name, skipped, short) for name in speech}
    skipped.finish()
    short.finish()
    languages = [Language(name, len(good), sum(header.seconds for header in good)) for name, good in headers.items()]
    shortest = min(language.seconds for language in languages)
    for language in languages:
        rng = random.Random(f"rnnoise-py balance {seed} {language.name}")
        language.kept = choose(headers[language.name], shortest, rng)
        language.kept_seconds = sum(header.seconds for header in language.kept)
    files = [(language.name, header.path) for language in languages for header in language.kept]
    names = flat_names([(name.replace("/", "_").replace("\\", "_"), path) for name, path in files])
    entries = [
        {"name": name, "source": printable(path), "language": language}
        for name, (language, path) in zip(names, files, strict=True)
    ]
    report = BalanceReport(output, languages, skipped.items)
    paths = [path for _, path in files]
    Placement("balance", output, paths, names, link, seed, entries, report.as_json()).run(resume=resume, force=force)
    return report


def _read(name: str, folder: Path, skipped: Skipped, short: FirstOnes) -> list[Header]:
    """Return the headers of the files that can be read."""
    check_folder(folder, "speech ", "check ROOT and --speech")
    paths = sorted(list_audio_files(folder), key=natural_key)
    good = []
    with Progress(len(paths), "file", f"read {printable(name)}") as progress:
        for header in read_headers(paths):
            progress.update(1)
            if header.problem:
                skipped.add(header.path, header.problem)
            else:
                good.append(header)
                if header.shortfall:
                    short.warn(f"{printable(header.path)} {header.shortfall}")
    if not good:
        raise InputError(f"speech folder {printable(folder)} has no audio that can be read")
    return good
