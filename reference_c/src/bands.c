#include "bands.h"

#include "rnnoise_tables.h"

/* Each bin gives `frac` of its value to the band above and the rest to the band below; a band sums first what
 * comes from the gap below it, then what comes from the gap above. */
static void sum_into_bands(float bands[RNN_NB_BANDS], const float values[BAND_BINS])
{
    float falling[BAND_BINS], rising[BAND_BINS];
    for (int k = 0; k < BAND_BINS; k++) {
        falling[k] = (1.0f - rnn_band_fractions[k]) * values[k];
        rising[k] = rnn_band_fractions[k] * values[k];
    }
    for (int b = 0; b < RNN_NB_BANDS; b++) {
        float sum = 0.0f;
        if (b > 0)
            for (int k = band_edges[b - 1]; k < band_edges[b]; k++)
                sum += rising[k];
        if (b < RNN_NB_BANDS - 1)
            for (int k = band_edges[b]; k < band_edges[b + 1]; k++)
                sum += falling[k];
        bands[b] = sum;
    }
    bands[0] *= 2.0f;
    bands[RNN_NB_BANDS - 1] *= 2.0f;
}

void band_energy(float energy[RNN_NB_BANDS], const struct Spectrum *X) { band_correlation(energy, X, X); }

void band_correlation(float correlation[RNN_NB_BANDS], const struct Spectrum *X, const struct Spectrum *P)
{
    float products[BAND_BINS];
    for (int k = 0; k < BAND_BINS; k++)
        products[k] = X->re[k] * P->re[k] + X->im[k] * P->im[k];
    sum_into_bands(correlation, products);
}

void interpolate_bands(float bins[SPECTRUM_SIZE], const float bands[RNN_NB_BANDS])
{
    for (int b = 0; b < RNN_NB_BANDS - 1; b++)
        for (int k = band_edges[b]; k < band_edges[b + 1]; k++)
            bins[k] = (1.0f - rnn_band_fractions[k]) * bands[b] + rnn_band_fractions[k] * bands[b + 1];
    for (int k = BAND_BINS; k < SPECTRUM_SIZE; k++)
        bins[k] = 0.0f;
}
