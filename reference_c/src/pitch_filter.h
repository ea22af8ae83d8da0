/* The comb filter between pitch harmonics, band by band (contract/inference §6, §7). */
#ifndef RNNOISE_PITCH_FILTER_H
#define RNNOISE_PITCH_FILTER_H

#include "features.h"
#include "variant.h"

/* A stream's spectrum, to be filtered. */
struct FilterJob {
    struct Spectrum *X;
    const struct PitchAnalysis *analysis;
    const float *Ex, *gains;
};

/* Mixes the frame of one period ago into X where that helps; keeps the band energies. */
#define pitch_filter RNN_VARIANT(pitch_filter)
void pitch_filter(const struct FilterJob *jobs, int count);

/* X times the gains, interpolated over the bins. */
#define apply_gains RNN_VARIANT(apply_gains)
void apply_gains(struct Spectrum *X, const float gains[RNN_NB_BANDS]);

#endif
