/* Frame analysis and the 42 features, in the order in which data flows (contract/features §7–§16). */
#ifndef RNNOISE_FEATURES_H
#define RNNOISE_FEATURES_H

#include "bands.h"
#include "cepstrum.h"
#include "octave.h"
#include "variant.h"

struct FeatureState {
    float pitch_buf[RNN_PITCH_BUF_SIZE]; /* the last 1728 samples */
    struct Pitch pitch;                  /* final pitch of the last frame */
    struct CepstralRing ring;
};

/* One frame, its copy one pitch period ago, and how they agree. */
struct PitchAnalysis {
    struct Spectrum P;
    float Ep[RNN_NB_BANDS];  /* energies of P */
    float Exp[RNN_NB_BANDS]; /* normalized correlation of X and P */
    float whitened[HALF_BUF_PADDED];
};

/* Spectrum of the last two frames; `memory` holds the last one and takes this one. */
#define analyse_frame RNN_VARIANT(analyse_frame)
void analyse_frame(struct Spectrum *X, float memory[RNN_FRAME_SIZE], const float frame[RNN_FRAME_SIZE]);

/* A stream's frame, whose pitch is to be found, and its spectrum and energies, to be compared. */
struct PitchJob {
    struct PitchAnalysis *analysis; /* out */
    struct FeatureState *state;
    const float *frame;
    const struct Spectrum *X;
    const float *Ex;
};

/* Moves each frame into its pitch buffer, finds its pitch and compares it with itself one period ago. */
#define analyse_pitch RNN_VARIANT(analyse_pitch)
void analyse_pitch(const struct PitchJob *jobs, int count);

#define total_energy RNN_VARIANT(total_energy)
float total_energy(const float Ex[RNN_NB_BANDS]);

/* The 42 numbers that the network sees. */
#define assemble_features RNN_VARIANT(assemble_features)
void assemble_features(float features[RNN_NB_FEATURES], struct FeatureState *state,
                       const struct PitchAnalysis *analysis, const float Ex[RNN_NB_BANDS]);

#endif
