"""What the data doctor reports: files, findings with their counts, and what concerns all files together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from rnnoise_py.dataset.finding_kinds import OF_FILES
from rnnoise_py.dataset.findings import CLEAN, NOISE, Finding
from rnnoise_py.dataset.histogram import histogram_lines
from rnnoise_py.dataset.meter import Measures
from rnnoise_py.dataset.pairing import judge_snr
from rnnoise_py.names import printable
from rnnoise_py.runs.skipped import too_many_skipped
from rnnoise_py.runs.words import counted

EXAMPLES: Final = 3  #: of a finding that are named
SHARED: Final = 0.5  #: share of the files of a kind from which a finding is none of single files
LEAST_SHARED: Final = 3  #: files that are needed to tell


@dataclass
class FileReport:
    """One file and what was found in it."""

    path: Path
    kind: str  #: ``"clean"`` or ``"noise"``
    measures: Measures | None  #: None when it cannot be read
    speech: float | None  #: share that looks like speech; None when that was not looked at
    digest: str  #: SHA-256 of the decoded samples
    findings: list[Finding]

    @property
    def spoils(self) -> bool:
        """Whether the file would spoil a training."""
        return any(finding.spoils for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "path": printable(self.path),
            "kind": self.kind,
            "sha256": self.digest,
            "speech": None if self.speech is None else round(self.speech, 3),
            "measures": self.measures.as_json() if self.measures else None,
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass(frozen=True)
class Group:
    """One finding in all files of a kind."""

    code: str
    kind: str  #: ``"clean"`` or ``"noise"``
    found: list[tuple[Path, Finding]]  #: worst first
    total: int  #: files of the kind
    spoils: bool

    @property
    def shared(self) -> bool:
        """Whether so many files have it that it is nothing of single ones."""
        return len(self.found) >= LEAST_SHARED and len(self.found) > SHARED * self.total

    def line(self) -> str:
        """Return one line for a terminal."""
        kind, number = OF_FILES[self.code], len(self.found)
        examples = ", ".join(_example(path, finding) for path, finding in self.found[:EXAMPLES])
        mark = "✗" if self.spoils else "·"
        text = f"{mark} {self.kind} {self.code}: {number:,} of {counted(self.total, 'file')}, {kind.text}"
        if self.shared:
            text += " (most of them: a property of the recordings, none is an offender)"
            if kind.advice:
                text += f"; {kind.advice}"
        return f"{text}: {examples}{', …' if number > EXAMPLES else ''}"

    def as_json(self) -> dict[str, Any]:
        """Return the numbers for JSON."""
        return {
            "code": self.code,
            "kind": self.kind,
            "files": len(self.found),
            "of": self.total,
            "spoils": self.spoils,
            "shared": self.shared,
            "worst": [printable(path) for path, _ in self.found[:EXAMPLES]],
        }


def _line(finding: Finding) -> str:
    return f"{'✗' if finding.spoils else '·'} {finding.code}: {finding.text}"


def _example(path: Path, finding: Finding) -> str:
    if finding.code == "unreadable":  # the reason has the name
        return finding.text
    return f"{printable(path)} ({finding.value})" if finding.value else printable(path)


@dataclass
class CheckReport:
    """All files, and what concerns them together."""

    files: list[FileReport]
    findings: list[Finding] = field(default_factory=list)  #: of all files together
    groups: list[Group] = field(default_factory=list)  #: findings of files, counted
    snr: dict[int, float] = field(default_factory=dict)  #: dB → probability
    period: int | None = None  #: frames after which pairs repeat

    @property
    def spoils(self) -> bool:
        """Whether anything would spoil a training."""
        return any(group.spoils for group in self.groups) or any(finding.spoils for finding in self.findings)

    @property
    def offenders(self) -> list[FileReport]:
        """The files that are of no use, or would spoil a training."""
        return [file for file in self.files if file.spoils]

    def seconds(self, kind: str) -> float:
        """Readable seconds of one kind."""
        return sum(file.measures.seconds for file in self.files if file.kind == kind and file.measures)

    def speech(self, kind: str) -> float:
        """Share of the audio of one kind that looks like speech, 0 … 1."""
        heard = [
            (file.measures.seconds, file.speech)
            for file in self.files
            if file.kind == kind and file.measures and file.speech is not None
        ]
        seconds = sum(length for length, _ in heard)
        return sum(length * share for length, share in heard) / seconds if seconds else 0.0

    def group(self, *, ignore: Collection[str], strict: bool) -> None:
        """Count the findings of the files; what most files of a kind share makes none of them an offender.

        Parameters
        ----------
        ignore
            Codes that are left out.
        strict
            Whether one unreadable file is too many.
        """
        unreadable = sum(file.measures is None for file in self.files)
        too_many = too_many_skipped(unreadable, len(self.files), strict=strict)
        self.findings = [finding for finding in self.findings if finding.code not in ignore]
        self.groups = []
        for kind in (CLEAN, NOISE):
            files = [file for file in self.files if file.kind == kind]
            for file in files:
                file.findings = [finding for finding in file.findings if finding.code not in ignore]
            for code, known in OF_FILES.items():
                found = [(file, finding) for file in files for finding in file.findings if finding.code == code]
                if not found:
                    continue
                found.sort(key=lambda item: -item[1].severity)
                spoils = too_many if code == "unreadable" else any(finding.spoils for _, finding in found)
                group = Group(code, kind, [(file.path, finding) for file, finding in found], len(files), spoils)
                if group.shared and code not in {"unreadable", "duplicate"}:
                    group = replace(group, spoils=group.spoils and not known.nature)
                    for file, finding in found:
                        file.findings[file.findings.index(finding)] = replace(finding, spoils=False)
                self.groups.append(group)
        self.groups.sort(key=lambda group: not group.spoils)

    def lines(self) -> list[str]:
        """Return the report for a terminal."""
        out = [line for kind in (CLEAN, NOISE) for line in self._kind_lines(kind)]
        out += [_line(finding) for finding in self.findings if finding.spoils]
        out += [group.line() for group in self.groups]
        if self.snr:
            out.append(f"SNRs of the training mixer: {judge_snr(self.snr).text}")
            out += histogram_lines(self.snr, "dB")
        out += [_line(finding) for finding in self.findings if not finding.spoils]
        return [*out, self._last_line()]

    def _last_line(self) -> str:
        files, offenders = counted(len(self.files), "file"), len(self.offenders)
        if offenders:
            return f"{offenders:,} of {files} {'would spoil a training' if self.spoils else 'cannot be used'}"
        if self.spoils:
            return f"{files}: the lines with ✗ would spoil a training; no single file is to blame"
        return f"{files}: nothing that would spoil a training"

    def _kind_lines(self, kind: str) -> list[str]:
        files = [file for file in self.files if file.kind == kind]
        if not files:
            return []
        levels = sorted(file.measures.active for file in files if file.measures)
        span = f", levels {levels[0]:.0f} … {levels[-1]:.0f} dBFS" if levels else ""
        text = f"{kind}: {counted(len(files), 'file')}, {self.seconds(kind) / 3600:.3f} h{span}"
        if levels:
            text += f", {100 * self.speech(kind):.0f} % looks like speech"
        return [text]

    def as_json(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "files": [file.as_json() for file in self.files],
            "spoils": self.spoils,
            "groups": [group.as_json() for group in self.groups],
            "findings": [finding.as_json() for finding in self.findings],
            "pairing_period_frames": self.period,
            "mixer_snr": _rounded(self.snr),
        }


def _rounded(shares: Mapping[int, float]) -> dict[str, float]:
    return {str(key): round(value, 6) for key, value in sorted(shares.items())}
