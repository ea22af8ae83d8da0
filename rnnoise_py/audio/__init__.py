"""Audio in, 48 kHz mono int16 out: list files in order, decode, downmix, resample, saturate.

Every stage reads audio through this package, so that a folder, a merged raw stream and a single file mean
the same samples everywhere.
"""

from rnnoise_py.audio.arrays import check_array, check_range
from rnnoise_py.audio.convert import downmix, to_int16
from rnnoise_py.audio.decode import AudioDecoder, decode_int16
from rnnoise_py.audio.files import AUDIO_SUFFIXES, BARE_SUFFIXES, list_audio_files
from rnnoise_py.audio.open_file import AudioFile, open_audio
from rnnoise_py.audio.pcm import ArrayPcm, PcmSource
from rnnoise_py.audio.rotated import RotatedPcm
from rnnoise_py.audio.stream import PcmStream, open_pcm
from rnnoise_py.audio.written import check_written

__all__ = [
    "AUDIO_SUFFIXES",
    "BARE_SUFFIXES",
    "ArrayPcm",
    "AudioDecoder",
    "AudioFile",
    "PcmSource",
    "PcmStream",
    "RotatedPcm",
    "check_array",
    "check_range",
    "check_written",
    "decode_int16",
    "downmix",
    "list_audio_files",
    "open_audio",
    "open_pcm",
    "to_int16",
]
