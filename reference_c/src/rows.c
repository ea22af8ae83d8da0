#include "rows.h"

#include <math.h>
#include <string.h>

#include "logarithm.h"
#include "vad_label.h"

void rows_init(struct RowState *state, const struct FrameSource *noise, uint32_t seed)
{
    memset(state, 0, sizeof(*state));
    mixer_init(&state->mixer, noise, seed);
}

/* Spectrum without what the low-pass takes, and its band energies. */
static void analyse_training_frame(struct Spectrum *X, float energy[RNN_NB_BANDS], float memory[RNN_FRAME_SIZE],
                                   const float frame[RNN_FRAME_SIZE], int lowpass)
{
    analyse_frame(X, memory, frame);
    for (int k = lowpass; k < RNN_FREQ_SIZE; k++)
        X->re[k] = X->im[k] = 0.0f;
    band_energy(energy, X);
}

static float ideal_gain(float Ey, float Ex)
{
    const float gain = (float)sqrt(((double)Ey + RNN_GAIN_FLOOR) / ((double)Ex + RNN_GAIN_FLOOR));
    return gain > 1.0f ? 1.0f : gain;
}

void rows_next(struct RowState *state, float row[RNN_ROW_SIZE], const struct FrameSource *speech,
               const struct FrameSource *noise)
{
    struct MixedFrame frame;
    struct Spectrum X;
    struct PitchAnalysis analysis;
    float Ex[RNN_NB_BANDS], Ey[RNN_NB_BANDS], En[RNN_NB_BANDS];

    mixer_next(&state->mixer, &frame, speech, noise);
    const float vad = vad_label(&state->vad_count, frame.clean_energy);
    const int lowpass = state->mixer.lowpass, band_lp = state->mixer.band_lp;
    analyse_training_frame(&X, Ey, state->clean_memory, frame.clean, lowpass);
    analyse_training_frame(&X, En, state->noise_memory, frame.noise, lowpass);
    analyse_training_frame(&X, Ex, state->noisy_memory, frame.noisy, lowpass);
    analyse_pitch(&(struct PitchJob){&analysis, &state->features, frame.noisy, &X, Ex}, 1);
    assemble_features(row, &state->features, &analysis, Ex); /* silent or not: quirk Q-SILENT-CONTINUES */

    const int silent = (double)total_energy(Ex) < RNN_SILENCE_TRAINING;
    const int only_silence = vad == 0.0f && state->mixer.noise.gain == 0.0f;
    for (int b = 0; b < RNN_NB_BANDS; b++) {
        const int inaudible = (double)Ey[b] < RNN_GAIN_MASK_ENERGY && (double)Ex[b] < RNN_GAIN_MASK_ENERGY;
        const int masked = silent || b > band_lp || inaudible || only_silence;
        row[RNN_COLUMN_GAIN + b] = masked ? RNN_GAIN_MASKED : ideal_gain(Ey[b], Ex[b]);
    }
    log10_energies(row + RNN_COLUMN_NOISE_LOG_ENERGY, En);
    row[RNN_COLUMN_VAD] = vad;
}
