"""Every constant of the RNNoise v0.1 numerics (contract/features §2), typed once: base facts here, the rest derived.

The kernels, the C headers (through ``codegen``), the file formats and the tests all read this module.
The *type* of a value is part of it: ``np.float32`` where the arithmetic is binary32, ``np.float64``
where it is binary64. Sizes are plain integers. Units are in the comment of each line.
"""

from typing import Final

import numpy as np

# --- Time and frequency -----------------------------------------------------------------------------

SAMPLE_RATE: Final = 48_000  # Hz
FRAME_MS: Final = 10  # ms, the hop
FRAME_SIZE: Final = SAMPLE_RATE * FRAME_MS // 1000  # samples: 480
WINDOW_SIZE: Final = 2 * FRAME_SIZE  # samples: 960, overlap 50 %
FREQ_SIZE: Final = FRAME_SIZE + 1  # bins 0 … Nyquist: 481
PCM_SCALE: Final = 32_768  # int16 units per 1.0: samples inside the kernels are in ±PCM_SCALE
PCM_BYTES: Final = 2  # bytes a sample of bare 16-bit PCM
LOUDEST: Final = np.float32(1e15)  # no sample of ±PCM_SCALE is beyond this: the C library takes such for silence

# --- Bands ------------------------------------------------------------------------------------------

# Band edges in units of 200 Hz (the Opus CELT bands, every fifth ms), the last one 20 kHz.
BAND_EDGES_200HZ: Final = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 34, 40, 48, 60, 78, 100)
NB_BANDS: Final = len(BAND_EDGES_200HZ)  # 22
BINS_PER_200HZ: Final = 200 * WINDOW_SIZE // SAMPLE_RATE  # 4
BAND_EDGES: Final = tuple(BINS_PER_200HZ * edge for edge in BAND_EDGES_200HZ)  # bins, 0 … 400
TOP_BIN: Final = BAND_EDGES[-1]  # first bin that is in no band: 400

# --- FFT --------------------------------------------------------------------------------------------

FFT_FACTORS: Final = (5, 3, 4, 4, 4)  # outermost stage first; their product is WINDOW_SIZE
FFT_SCALE: Final = np.float32(1) / np.float32(WINDOW_SIZE)

# --- Pitch ------------------------------------------------------------------------------------------

PITCH_MIN_PERIOD: Final = 60  # samples at 48 kHz: 800 Hz
PITCH_MAX_PERIOD: Final = 768  # samples at 48 kHz: 62.5 Hz
PITCH_FRAME_SIZE: Final = WINDOW_SIZE  # samples compared with their past
PITCH_BUF_SIZE: Final = PITCH_MAX_PERIOD + PITCH_FRAME_SIZE  # samples: 1728
PITCH_HISTORY: Final = PITCH_BUF_SIZE - FRAME_SIZE  # samples before a frame that its analysis reaches back to: 1248
HALF_BUF_SIZE: Final = PITCH_BUF_SIZE // 2  # the buffer downsampled by two: 864
HALF_FRAME_SIZE: Final = PITCH_FRAME_SIZE // 2  # 480
HALF_MAX_PERIOD: Final = PITCH_MAX_PERIOD // 2  # 384
HALF_MIN_PERIOD: Final = PITCH_MIN_PERIOD // 2  # 30
# Lags searched: those from the longest period down to three times the shortest.
FINE_LAGS: Final = (PITCH_MAX_PERIOD - 3 * PITCH_MIN_PERIOD) // 2  # 294, at 24 kHz
COARSE_LAGS: Final = FINE_LAGS // 2  # 147, at 12 kHz
COARSE_FRAME_SIZE: Final = PITCH_FRAME_SIZE // 4  # 240
FINE_RADIUS: Final = 2  # half-rate lags examined on each side of a coarse candidate

LPC_ORDER: Final = 4
AC_NOISE_FLOOR: Final = np.float32(1.0001)  # −40 dB white-noise correction of ac[0]
AC_LAG_WINDOW: Final = np.float32(0.008)  # Gaussian lag window, first order
LEVINSON_STOP: Final = np.float32(0.001)  # 30 dB of prediction gain is enough
LPC_BANDWIDTH: Final = np.float32(0.9)  # bandwidth expansion a tap
WHITENING_ZERO: Final = np.float32(0.8)  # extra zero of the whitening filter
BEST_LAG_SCALE: Final = np.float32(1e-12)  # keeps num² inside binary32
PEAK_OFFSET: Final = np.float32(0.7)  # pseudo-interpolation: how lopsided a peak must be to move by one

# Octave errors: T0/k is compared, together with a second multiple of it, for k = 2 … 15.
OCTAVE_MAX_DIVISOR: Final = 15
OCTAVE_SECOND_CHECK: Final = (0, 0, 3, 2, 3, 2, 5, 2, 3, 2, 3, 2, 5, 2, 3, 2)
OCTAVE_FLOOR: Final = np.float32(0.3)
OCTAVE_RATIO: Final = np.float32(0.7)
OCTAVE_SHORT_PERIOD: Final = 3 * HALF_MIN_PERIOD  # 90: stricter below
OCTAVE_SHORT_FLOOR: Final = np.float32(0.4)
OCTAVE_SHORT_RATIO: Final = np.float32(0.85)
CONTINUITY_SHARE: Final = np.float32(0.5)  # of the previous gain, when the period moved by two

# --- Features ---------------------------------------------------------------------------------------

CEPS_MEM: Final = 8  # frames of cepstra remembered
NB_DELTA_CEPS: Final = 6  # cepstra that get first and second differences
NB_FEATURES: Final = NB_BANDS + 3 * NB_DELTA_CEPS + 2  # 42

LOG_FLOOR: Final = np.float64(1e-2)  # added before log10
LOG_START: Final = np.float32(-2)  # log10(LOG_FLOOR): start of both trackers
LOG_RANGE: Final = np.float32(7)  # decades below the loudest band so far
LOG_SLOPE: Final = np.float64(1.5)  # decades a band that the floor falls
CEPSTRUM_OFFSET_0: Final = np.float32(12)
CEPSTRUM_OFFSET_1: Final = np.float32(4)
PITCH_CORR_FLOOR: Final = np.float64(0.001)
PITCH_CORR_OFFSET_0: Final = np.float64(1.3)
PITCH_CORR_OFFSET_1: Final = np.float64(0.9)
PITCH_FEATURE_SCALE: Final = np.float64(0.01)
PITCH_FEATURE_CENTRE: Final = 300  # samples
VARIABILITY_START: Final = np.float32(1e15)
VARIABILITY_OFFSET: Final = np.float64(2.1)
SILENCE_TRAINING: Final = np.float64(0.1)  # total band energy below which a training row is silent
SILENCE_INFERENCE: Final = np.float64(0.04)  # the same at run time

# --- Filters ----------------------------------------------------------------------------------------

# Transposed direct form II, (b0, b1) and (a0, a1) of z^-1 and z^-2; the leading ones are implied.
HIGHPASS_B: Final = (np.float32(-2.0), np.float32(1.0))
HIGHPASS_A: Final = (np.float32(-1.99599), np.float32(0.99600))

# --- Training mixer ---------------------------------------------------------------------------------

NOISE_SKIP_FRAMES: Final = 150  # frames of the noise file skipped at the start
REDRAW_FRAMES: Final = 2821  # gains and filters are redrawn when the counter exceeds this
REDRAW_DRAWS: Final = 13  # rand() calls of one re-draw
SPEECH_GAIN_DB: Final = (-40, 60)  # lowest value, number of integer steps
NOISE_GAIN_DB: Final = (-30, 50)  # relative to the speech gain
MUTE_ONE_IN: Final = 10  # one re-draw in ten mutes the speech, one in ten the noise
RANDOM_FILTER_SCALE: Final = np.float64(0.75)  # coefficients are uniform in ±0.375
LOWPASS_START: Final = np.float64(3000)  # Hz, lowest random low-pass
LOWPASS_SPAN: Final = np.float64(50)  # times LOWPASS_START at most
RAND_MAX: Final = 2_147_483_647  # glibc

VAD_ENERGY_HIGH: Final = np.float32(1e9)  # Σ x² of an unscaled clean frame, int16 units²
VAD_ENERGY_MID: Final = np.float32(1e8)
VAD_ENERGY_LOW: Final = np.float32(1e7)
VAD_COUNT_MAX: Final = 15
VAD_COUNT_OFF: Final = 10  # the label is 0 from here on

GAIN_FLOOR: Final = np.float64(1e-3)  # added to both energies of a gain target
GAIN_MASK_ENERGY: Final = np.float64(5e-2)  # both energies below: do not train on the band
GAIN_MASKED: Final = np.float32(-1)  # "do not train on this"

# --- Network ----------------------------------------------------------------------------------------

WEIGHT_SCALE: Final = 256  # int8 weights are 1/256ths
MAX_NEURONS: Final = 128  # of a layer, inputs too
INPUT_DENSE_SIZE: Final = 24
VAD_GRU_SIZE: Final = 24
NOISE_GRU_SIZE: Final = 48
DENOISE_GRU_SIZE: Final = 96
TANSIG_STEPS_PER_UNIT: Final = 25
TANSIG_LIMIT: Final = 8  # |x| at which tanh is taken as ±1
TANSIG_SIZE: Final = TANSIG_LIMIT * TANSIG_STEPS_PER_UNIT + 1  # 201
TANSIG_STEP: Final = np.float32(0.04)

# --- Denoiser ---------------------------------------------------------------------------------------

PITCH_FILTER_FLOOR: Final = np.float64(0.001)
ENERGY_RATIO_FLOOR: Final = np.float64(1e-8)
GAIN_DECAY: Final = np.float32(0.6)  # a gain falls at most this much a frame

# --- Training ---------------------------------------------------------------------------------------

TRAINING_WINDOW: Final = 2000  # rows a training window; HDF5 chunks are cut to suit
