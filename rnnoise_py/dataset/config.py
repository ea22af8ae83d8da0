"""What a synthesis run is told: the keys of the DNS-Challenge ``.cfg``, and ours for each correction.

The keys and their meaning are those of Microsoft's noisy-speech synthesizer of 2020; those of the second group switch
our corrections off one by one, ``compatible`` all of them at once. ``docs/dataset.md`` has the whole table.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.runs.settings import Known, Settings, known_fields, option
from rnnoise_py.spec.constants import PCM_BYTES, SAMPLE_RATE

MOST: Final = 1e12  #: hours of a run, seconds of a clip
ORIGINAL_RATE: Final = 16_000  #: Hz
#: where the original looks when a folder is ``None``: beside its script, which is where its config lies
ALL_SPEECH, ALL_NOISE = (Path("datasets/clean"),), (Path("datasets/noise"),)
REAL, SYNTHETIC, BOTH = 1, 2, 3  #: rooms
MALE, FEMALE, ALL = 1, 2, 3  #: singers


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """A synthesis run; the fields carry the names of the keys.

    Raises
    ------
    InputError
        When a value cannot be used, or values do not fit together.
    """

    sampling_rate: int = option(
        SAMPLE_RATE, "Hz of what is written; sources are resampled.", minimum=4_000, maximum=192_000
    )
    audioformat: str = option("*.wav", "Pattern of noise file names; `*.wav` means every format (`all_formats`).")
    audio_length: float = option(30.0, "Seconds of a clip.", above=0, maximum=MOST)
    silence_length: float = option(0.2, "Seconds of silence between joined sources.", minimum=0)
    total_hours: float = option(500.0, "Hours of clips, unless `fileindex_end` is given.", minimum=0, maximum=MOST)
    snr_lower: int = option(-5, "Lowest SNR in dB.")
    snr_upper: int = option(20, "Highest SNR in dB, exclusive.")
    randomize_snr: bool = option(True, "Draw the SNR of each clip between the bounds.")
    snr: float | None = option(
        None, "SNR in dB of all clips when it is not drawn.", default_text="the mean of the bounds"
    )
    target_level_lower: int = option(-35, "Lowest level of the mixture, dBFS RMS.")
    target_level_upper: int = option(-15, "Highest level of the mixture, exclusive.", below=1)
    clean_activity_threshold: float = option(
        0.6, "Share of the speech that must be active; 0 takes all.", minimum=0, below=1
    )
    noise_activity_threshold: float = option(0.0, "The same of the noise.", minimum=0, below=1)
    fileindex_start: int | None = option(None, "Number of the first clip.", minimum=0, default_text="0")
    fileindex_end: int | None = option(
        None, "Number of the last clip, which is written too.", minimum=0, default_text="by `total_hours`"
    )
    is_test_set: bool = option(False, "Do not crop the last source of a clip, so that clips may be longer.")
    noise_dir: tuple[Path, ...] = option(
        ALL_NOISE, "Folder of noise; files directly in it, or a sub-folder a category.", recipe=False
    )
    speech_dir: tuple[Path, ...] = option(
        (Path("datasets/clean/read_speech"),), "Folder of clean speech, sub-folders included.", recipe=False
    )
    noise_types_excluded: tuple[str, ...] = option(
        (), "Categories of noise to leave out; without categories, beginnings of file names."
    )
    noisy_destination: Path = option(
        Path("noisy"), "Folder for the noisy clips; made when missing.", decides=False, recipe=False
    )
    clean_destination: Path = option(
        Path("clean"), "Folder for the clean clips; made when missing.", decides=False, recipe=False
    )
    noise_destination: Path = option(
        Path("noise"), "Folder for the noise clips; made when missing.", decides=False, recipe=False
    )
    log_dir: Path = option(Path("logs"), "Folder for the logs; made when missing.", decides=False, recipe=False)
    use_singing_data: bool = option(True, "Add `clean_singing`, where it is given.")
    clean_singing: Path | None = option(None, "Folder of singing that is added to the speech.")
    singing_choice: int = option(
        ALL, "1: paths with `male` and without `female`; 2: paths with `female`; 3: all.", minimum=1, maximum=3
    )
    use_emotion_data: bool = option(True, "Add `clean_emotion`, where it is given.")
    clean_emotion: Path | None = option(None, "Folder of emotional speech that is added to the speech.")
    use_mandarin_data: bool = option(True, "Add `clean_mandarin`, where it is given.")
    clean_mandarin: Path | None = option(None, "Folder of Mandarin that is added to the speech.")
    rir_choice: int = option(BOTH, "Rooms: 1 real, 2 synthetic, 3 both.", minimum=1, maximum=3)
    lower_t60: float = option(0.3, "Shortest reverberation in seconds.")
    upper_t60: float = option(1.3, "Longest reverberation in seconds.")
    rir_table_csv: Path | None = option(
        None, "Table of impulse responses: file, channel from 1, T60, C50, isReal; needed when speech reverberates."
    )
    speech_csv: Path | None = option(None, "Table with a column `filename` instead of `speech_dir`.")
    noise_csv: Path | None = option(None, "Table with a column `filename` instead of `noise_dir`.")
    # our corrections
    rir_probability: float = option(0.0, "Share of clips with reverberant speech.", minimum=0, maximum=1)
    exact_snr: bool = option(True, "The SNR asked for; else off by the ratio of the two levels, and whole when fixed.")
    scaled_windows: bool = option(True, "Windows of 50 and 100 ms; else 800 and 1600 samples at any rate.")
    mixed_groups: bool = option(True, "One shuffled list; else singing, emotion, … come after the speech.")
    exact_count: bool = option(True, "As many clips as announced; else one more.")
    all_formats: bool = option(True, "Every format where the pattern is `*.wav`; else WAV only.")
    # where from
    folder: Path = field(default=Path(), compare=False)  #: of the config file
    explicit: frozenset[str] = field(default=frozenset(), compare=False)  #: keys that were given

    def __post_init__(self) -> None:
        super().__post_init__()
        lower, upper = self.target_level_lower, self.target_level_upper
        rules = (
            (self.snr_lower <= self.snr_upper, "snr_lower must not be above snr_upper"),
            (lower <= upper, "target_level_lower must not be above target_level_upper"),
            (self.lower_t60 <= self.upper_t60, "lower_t60 must not be above upper_t60"),
            (self.clip_samples > 0, "audio_length is shorter than one sample"),
            (self.clips > 0, "total_hours and the file indices leave no clip to write"),
        )
        for holds, message in rules:
            if not holds:
                raise InputError(message)

    @property
    def clip_ids(self) -> range:
        """The ids to write."""
        count = int(self.total_hours * 3600 / self.audio_length + 1e-9)
        start = self.fileindex_start or 0
        if self.fileindex_end is not None:
            return range(start, self.fileindex_end + 1)
        return range(start, start + count + (0 if self.exact_count else 1))

    @property
    def clips(self) -> int:
        """How many clips to write; unlike ``len(clip_ids)`` any number."""
        return max(0, self.clip_ids.stop - self.clip_ids.start)

    @property
    def clip_bytes(self) -> int:
        """Bytes of one clip on disk: noisy, clean and noise, 16 bits a sample."""
        return 3 * self.clip_samples * PCM_BYTES

    @property
    def clip_samples(self) -> int:
        """Samples of one clip."""
        return int(self.audio_length * self.sampling_rate)

    @property
    def fixed_snr(self) -> float:
        """The SNR of clips whose SNR is not drawn, in dB; the original knows whole ones only."""
        snr = self.snr if self.snr is not None else (self.snr_lower + self.snr_upper) / 2
        return snr if self.exact_snr else float(int(snr))

    def find(self, path: Path) -> Path:
        """Return where an input lies: from the current folder, else from the config's."""
        beside = self.folder / path
        return beside if not path.exists() and beside.exists() else path


KEYS: Final[dict[str, Known]] = known_fields(Config)  #: every key, by name
#: what the original does otherwise
ORIGINAL: Final[dict[str, Any]] = {
    "sampling_rate": ORIGINAL_RATE,
    "rir_probability": 1.0,
    "exact_snr": False,
    "scaled_windows": False,
    "mixed_groups": False,
    "exact_count": False,
    "all_formats": False,
}
#: what ``None`` means, where it is more than "not given"
MEANING_OF_NONE: Final[dict[str, Any]] = {"speech_dir": ALL_SPEECH, "noise_dir": ALL_NOISE, "noise_types_excluded": ()}
#: read by the original, never used
WITHOUT_EFFECT: Final = frozenset(
    {
        "total_snrlevels",
        "clean_speech_t60_csv",
        "noise_test_dir",
        "speech_test_dir",
        "clean_test",
        "noise_test",
        "noisy_test",
        "percent_for_test_set",
        "unit_tests_log_dir",
    }
)
