#include "features.h"

#include <math.h>
#include <string.h>

#include "dct.h"
#include "pitch_search.h"
#include "variability.h"
#include "whitening.h"
#include "window.h"

static const size_t frame_bytes = RNN_FRAME_SIZE * sizeof(float);

void analyse_frame(struct Spectrum *X, float memory[RNN_FRAME_SIZE], const float frame[RNN_FRAME_SIZE])
{
    float samples[FFT_BUFFER_SIZE];
    memcpy(samples, memory, frame_bytes);
    memcpy(samples + RNN_FRAME_SIZE, frame, frame_bytes);
    samples[RNN_WINDOW_SIZE] = 0.0f;
    memcpy(memory, frame, frame_bytes);
    apply_window(samples);
    fft_real(X, samples);
}

static void find_pitches(const struct PitchJob *jobs, int count)
{
    count = STREAM_COUNT(count);
    float *whitened[MOST_JOBS] = {NULL};
    const float *buffers[MOST_JOBS] = {NULL};
    struct Pitch *pitch[MOST_JOBS];
    int found[MOST_JOBS];
    for (int s = 0; s < count; s++) {
        float *buf = jobs[s].state->pitch_buf;
        memmove(buf, buf + RNN_FRAME_SIZE, (RNN_PITCH_BUF_SIZE - RNN_FRAME_SIZE) * sizeof(float));
        memcpy(buf + RNN_PITCH_BUF_SIZE - RNN_FRAME_SIZE, jobs[s].frame, frame_bytes);
        buffers[s] = buf;
        whitened[s] = jobs[s].analysis->whitened;
        pitch[s] = &jobs[s].state->pitch;
    }
    whiten(whitened, buffers, count);
    pitch_search(found, whitened, count);
    remove_octave_errors(pitch, whitened, found, count);
}

void analyse_pitch(const struct PitchJob *jobs, int count)
{
    count = STREAM_COUNT(count);
    struct BandPair pairs[2 * MOST_JOBS] = {{NULL, NULL, NULL}};
    float samples[FFT_BUFFER_SIZE];
    find_pitches(jobs, count);
    for (int s = 0; s < count; s++) {
        struct PitchAnalysis *analysis = jobs[s].analysis;
        const struct FeatureState *state = jobs[s].state;
        memcpy(samples, state->pitch_buf + RNN_PITCH_MAX_PERIOD - state->pitch.period, RNN_WINDOW_SIZE * sizeof(float));
        samples[RNN_WINDOW_SIZE] = 0.0f;
        apply_window(samples);
        fft_real(&analysis->P, samples);
        pairs[2 * s] = (struct BandPair){analysis->Ep, &analysis->P, &analysis->P};
        pairs[2 * s + 1] = (struct BandPair){analysis->Exp, jobs[s].X, &analysis->P};
    }
    band_correlations(pairs, 2 * count);
    for (int s = 0; s < count; s++) {
        struct PitchAnalysis *analysis = jobs[s].analysis;
        for (int b = 0; b < RNN_NB_BANDS; b++)
            analysis->Exp[b] = (float)((double)analysis->Exp[b] /
                                       sqrt(RNN_PITCH_CORR_FLOOR + (double)(jobs[s].Ex[b] * analysis->Ep[b])));
    }
}

float total_energy(const float Ex[RNN_NB_BANDS])
{
    float total = 0.0f;
    for (int b = 0; b < RNN_NB_BANDS; b++)
        total += Ex[b];
    return total;
}

void assemble_features(float features[RNN_NB_FEATURES], struct FeatureState *state,
                       const struct PitchAnalysis *analysis, const float Ex[RNN_NB_BANDS])
{
    float correlation[RNN_NB_BANDS], cepstra[RNN_NB_BANDS];
    float *pitch_correlation = features + RNN_COLUMN_PITCH_CORRELATION;
    dct(correlation, analysis->Exp);
    memcpy(pitch_correlation, correlation, RNN_NB_DELTA_CEPS * sizeof(float));
    pitch_correlation[0] = (float)((double)pitch_correlation[0] - RNN_PITCH_CORR_OFFSET_0);
    pitch_correlation[1] = (float)((double)pitch_correlation[1] - RNN_PITCH_CORR_OFFSET_1);
    features[RNN_COLUMN_PITCH_PERIOD] =
        (float)(RNN_PITCH_FEATURE_SCALE * (state->pitch.period - RNN_PITCH_FEATURE_CENTRE));
    cepstrum(cepstra, Ex);
    const int slot = cepstral_features(features, &state->ring, cepstra);
    features[RNN_COLUMN_SPECTRAL_VARIABILITY] = spectral_variability(&state->ring, slot);
}
