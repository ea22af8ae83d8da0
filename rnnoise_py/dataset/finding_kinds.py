"""What the data doctor can find, by name: what it means, and how bad it is."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class FindingKind:
    """One thing that can be found."""

    text: str  #: what it is, of many files
    spoils: bool  #: whether it would spoil a training
    nature: bool = False  #: when most files have it, it is the nature of the recordings: then it spoils nothing
    advice: str = ""  #: when most files have it


#: of single files
OF_FILES: Final = {
    "unreadable": FindingKind("cannot be read", True),
    "clipped": FindingKind("clipped", True),
    "silent": FindingKind("mostly silence", True),
    "noisy": FindingKind("noise floor close to the speech", True, advice="the network would learn to keep such noise"),
    "speech": FindingKind("looks like speech", True, advice="the network would learn to remove speech"),
    "quiet": FindingKind(
        "too quiet for VAD labels", True, nature=True, advice="few frames will be labelled as speech: make all louder"
    ),
    "duplicate": FindingKind("the same samples as another file", True),
    "loud": FindingKind("very loud", False, nature=True),
    "dc": FindingKind("DC offset", False, nature=True),
    "truncated": FindingKind("cut short or damaged", False, nature=True),
    "narrow": FindingKind(
        "nothing above 8 kHz",
        False,
        nature=True,
        advice="what the network does above 8 kHz is left to the rest of the data",
    ),
}
#: of all files together
OF_ALL: Final = {
    "swapped": FindingKind("clean speech and noise look swapped", True),
    "snr": FindingKind("SNRs are far off", True),
    "empty": FindingKind("no readable audio of one kind", True),
    "pairing": FindingKind("the same pairs of frames repeat soon", False),
}
CODES: Final = (*OF_FILES, *OF_ALL)
