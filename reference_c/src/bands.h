/* The 22 overlapping triangular bands: energies, correlations, interpolation back to bins (contract/features §6). */
#ifndef RNNOISE_BANDS_H
#define RNNOISE_BANDS_H

#include "fft.h"
#include "rnnoise_constants.h"
#include "variant.h"

static const int band_edges[RNN_NB_BANDS] = RNN_BAND_EDGES; /* bins */
enum { BAND_BINS = 400 };                                   /* bins below the last edge */

#define band_energy RNN_VARIANT(band_energy)
void band_energy(float energy[RNN_NB_BANDS], const struct Spectrum *X);

#define band_correlation RNN_VARIANT(band_correlation)
void band_correlation(float correlation[RNN_NB_BANDS], const struct Spectrum *X, const struct Spectrum *P);

/* Two spectra, and where their correlation goes. */
struct BandPair {
    float *correlation;
    const struct Spectrum *X, *P;
};

/* Several at once: sums of their own side by side. */
#define band_correlations RNN_VARIANT(band_correlations)
void band_correlations(const struct BandPair *pairs, int count);

/* Piecewise linear from band edge to band edge; zero from the last edge on. */
#define interpolate_bands RNN_VARIANT(interpolate_bands)
void interpolate_bands(float bins[SPECTRUM_SIZE], const float bands[RNN_NB_BANDS]);

#endif
