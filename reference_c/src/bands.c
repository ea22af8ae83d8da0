#include "bands.h"

#include "rnnoise_tables.h"

enum { PAIRS = RNN_SIDE_BY_SIDE ? 4 : 1 /* of spectra, side by side */ };

/* Each bin gives `frac` of its value to the band above and the rest to the band below. */
static __attribute__((noinline)) void share_products(float *restrict falling, float *restrict rising, const struct Spectrum *X,
                           const struct Spectrum *P)
{
    for (int k = 0; k < BAND_BINS; k++) {
        const float product = X->re[k] * P->re[k] + X->im[k] * P->im[k];
        falling[k] = (1.0f - rnn_band_fractions[k]) * product;
        rising[k] = rnn_band_fractions[k] * product;
    }
}

/* A band sums first what comes from the gap below it, then what comes from the gap above. `count` is a constant where
 * this is inlined. */
INLINE void correlate_together(const struct BandPair *pairs, const int count)
{
    float falling[PAIRS][BAND_BINS], rising[PAIRS][BAND_BINS], above[PAIRS] = {0.0f};
    for (int p = 0; p < count; p++)
        share_products(falling[p], rising[p], pairs[p].X, pairs[p].P);
    for (int b = 0; b < RNN_NB_BANDS - 1; b++) {
        float below[PAIRS];
        UNROLL for (int p = 0; p < count; p++)
        {
            below[p] = above[p];
            above[p] = 0.0f;
        }
        for (int k = band_edges[b]; k < band_edges[b + 1]; k++)
            UNROLL for (int p = 0; p < count; p++)
            {
                below[p] += falling[p][k];
                above[p] += rising[p][k];
            }
        for (int p = 0; p < count; p++)
            pairs[p].correlation[b] = below[p];
    }
    for (int p = 0; p < count; p++) {
        pairs[p].correlation[0] *= 2.0f;
        pairs[p].correlation[RNN_NB_BANDS - 1] = above[p] * 2.0f;
    }
}

void band_correlations(const struct BandPair *pairs, int count)
{
    for (; RNN_SIDE_BY_SIDE && count >= PAIRS; count -= PAIRS, pairs += PAIRS)
        correlate_together(pairs, PAIRS);
    for (; RNN_SIDE_BY_SIDE && count >= 2; count -= 2, pairs += 2)
        correlate_together(pairs, 2);
    for (; count > 0; count--, pairs++)
        correlate_together(pairs, 1);
}

void band_correlation(float correlation[RNN_NB_BANDS], const struct Spectrum *X, const struct Spectrum *P)
{
    const struct BandPair pair = {correlation, X, P};
    correlate_together(&pair, 1);
}

void band_energy(float energy[RNN_NB_BANDS], const struct Spectrum *X) { band_correlation(energy, X, X); }

void interpolate_bands(float bins[SPECTRUM_SIZE], const float bands[RNN_NB_BANDS])
{
    for (int b = 0; b < RNN_NB_BANDS - 1; b++)
        for (int k = band_edges[b]; k < band_edges[b + 1]; k++)
            bins[k] = (1.0f - rnn_band_fractions[k]) * bands[b] + rnn_band_fractions[k] * bands[b + 1];
    for (int k = BAND_BINS; k < SPECTRUM_SIZE; k++)
        bins[k] = 0.0f;
}
