#include "denoiser.h"

#include <math.h>
#include <string.h>

#include "biquad.h"
#include "minmax.h"
#include "pitch_filter.h"
#include "window.h"

/* What is no sample (not a number, infinite, beyond all audio) is silence: the state would never get rid of it. */
static void take_frame(float frame[RNN_FRAME_SIZE], const float in[RNN_FRAME_SIZE])
{
    for (int i = 0; i < RNN_FRAME_SIZE; i++)
        frame[i] = fabsf(in[i]) <= RNN_LOUDEST ? in[i] : 0.0f;
}

static void limit_decay(float gains[RNN_NB_BANDS], float last_gains[RNN_NB_BANDS])
{
    for (int b = 0; b < RNN_NB_BANDS; b++)
        last_gains[b] = gains[b] = max_float(gains[b], RNN_GAIN_DECAY * last_gains[b]);
}

static void synthesize_frame(float out[RNN_FRAME_SIZE], float memory[RNN_FRAME_SIZE], const struct Spectrum *X)
{
    float samples[RNN_WINDOW_SIZE];
    fft_inverse(samples, X);
    apply_window(samples);
    for (int i = 0; i < RNN_FRAME_SIZE; i++)
        out[i] = samples[i] + memory[i];
    memcpy(memory, samples + RNN_FRAME_SIZE, RNN_FRAME_SIZE * sizeof(float));
}

float denoiser_process_frame(struct Denoiser *state, float out[RNN_FRAME_SIZE], const float in[RNN_FRAME_SIZE])
{
    struct Spectrum X;
    struct PitchAnalysis analysis;
    float frame[RNN_FRAME_SIZE], Ex[RNN_NB_BANDS], features[RNN_NB_FEATURES], gains[RNN_NB_BANDS], vad = 0.0f;

    take_frame(frame, in);
    biquad(frame, state->highpass_memory, frame, &highpass, RNN_FRAME_SIZE);
    analyse_frame(&X, state->analysis_memory, frame);
    band_energy(Ex, &X);
    analyse_pitch(&analysis, &state->features, frame, &X, Ex);
    const int silent = (double)total_energy(Ex) < RNN_SILENCE_INFERENCE;
    if (!silent) {
        assemble_features(features, &state->features, &analysis, Ex);
        vad = network(gains, &state->network, state->model, features);
        pitch_filter(&X, &analysis, Ex, gains);
        limit_decay(gains, state->last_gains);
        apply_gains(&X, gains);
    }
    synthesize_frame(out, state->synthesis_memory, &X);
    return vad;
}
