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

void pitch_filter(struct Spectrum *X, const struct PitchAnalysis *analysis, const float Ex[RNN_NB_BANDS],
                  const float gains[RNN_NB_BANDS])
{
    float r[RNN_NB_BANDS], norm[RNN_NB_BANDS], energy[RNN_NB_BANDS], bins[SPECTRUM_SIZE];
    for (int b = 0; b < RNN_NB_BANDS; b++) {
        r[b] = strength(analysis->Exp[b], gains[b]);
        r[b] = sqrtf(min_float(1.0f, max_float(0.0f, r[b])));
        r[b] = (float)((double)r[b] * sqrt((double)Ex[b] / (RNN_ENERGY_RATIO_FLOOR + (double)analysis->Ep[b])));
    }
    interpolate_bands(bins, r);
    for (int k = 0; k < SPECTRUM_SIZE; k++) {
        X->re[k] += bins[k] * analysis->P.re[k];
        X->im[k] += bins[k] * analysis->P.im[k];
    }
    band_energy(energy, X);
    for (int b = 0; b < RNN_NB_BANDS; b++)
        norm[b] = (float)sqrt((double)Ex[b] / (RNN_ENERGY_RATIO_FLOOR + (double)energy[b]));
    apply_gains(X, norm);
}
