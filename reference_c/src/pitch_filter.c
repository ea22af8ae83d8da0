#include "pitch_filter.h"

#include <math.h>

#include "minmax.h"

/* How much of P a band takes, before energies are compared. */
static float strength(float correlation, float gain)
{
    if (correlation > gain)
        return 1.0f;
    const float e2 = correlation * correlation, g2 = gain * gain;
    return (float)((double)(e2 * (1.0f - g2)) / (RNN_PITCH_FILTER_FLOOR + (double)(g2 * (1.0f - e2))));
}

void apply_gains(struct Spectrum *X, const float gains[RNN_NB_BANDS])
{
    float bins[SPECTRUM_SIZE];
    interpolate_bands(bins, gains);
    for (int k = 0; k < SPECTRUM_SIZE; k++) {
        X->re[k] *= bins[k];
        X->im[k] *= bins[k];
    }
}

static void add_pitch(const struct FilterJob *job)
{
    const struct PitchAnalysis *analysis = job->analysis;
    float r[RNN_NB_BANDS], bins[SPECTRUM_SIZE];
    for (int b = 0; b < RNN_NB_BANDS; b++) {
        r[b] = strength(analysis->Exp[b], job->gains[b]);
        r[b] = sqrtf(min_float(1.0f, max_float(0.0f, r[b])));
        r[b] = (float)((double)r[b] * sqrt((double)job->Ex[b] / (RNN_ENERGY_RATIO_FLOOR + (double)analysis->Ep[b])));
    }
    interpolate_bands(bins, r);
    for (int k = 0; k < SPECTRUM_SIZE; k++) {
        job->X->re[k] += bins[k] * analysis->P.re[k];
        job->X->im[k] += bins[k] * analysis->P.im[k];
    }
}

void pitch_filter(const struct FilterJob *jobs, int count)
{
    struct BandPair pairs[MOST_JOBS] = {{NULL, NULL, NULL}};
    float energies[MOST_JOBS][RNN_NB_BANDS];
    for (int s = 0; s < count; s++) {
        add_pitch(&jobs[s]);
        pairs[s] = (struct BandPair){energies[s], jobs[s].X, jobs[s].X};
    }
    band_correlations(pairs, count);
    for (int s = 0; s < count; s++) {
        float *energy = energies[s];
        for (int b = 0; b < RNN_NB_BANDS; b++)
            energy[b] = (float)sqrt((double)jobs[s].Ex[b] / (RNN_ENERGY_RATIO_FLOOR + (double)energy[b]));
        apply_gains(jobs[s].X, energy);
    }
}
