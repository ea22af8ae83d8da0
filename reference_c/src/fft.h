/* The 960-point forward FFT, scaled by 1/960: radix 4, 4, 4, 3, 5 (contract/features §5). */
#ifndef RNNOISE_FFT_H
#define RNNOISE_FFT_H

#include "lanes.h"
#include "rnnoise_constants.h"
#include "variant.h"

enum { SPECTRUM_SIZE = 496 }; /* bins 0 ... 480, and room to the next multiple of 16 */

struct Spectrum {
    ALIGNED float re[SPECTRUM_SIZE];
    ALIGNED float im[SPECTRUM_SIZE];
};

enum { FFT_BUFFER_SIZE = RNN_WINDOW_SIZE + 1 }; /* one float after the samples is read, not used */

/* Bins 0 ... 480 of real samples. */
#define fft_real RNN_VARIANT(fft_real)
void fft_real(struct Spectrum *spectrum, const float samples[FFT_BUFFER_SIZE]);

/* The real samples whose spectrum has these bins 0 ... 480 (undoes fft_real, but for rounding). */
#define fft_inverse RNN_VARIANT(fft_inverse)
void fft_inverse(float samples[RNN_WINDOW_SIZE], const struct Spectrum *spectrum);

/* All 960 bins of complex samples; for tests. */
#define fft_complex RNN_VARIANT(fft_complex)
void fft_complex(float out_re[RNN_WINDOW_SIZE], float out_im[RNN_WINDOW_SIZE],
                 const float re[FFT_BUFFER_SIZE], const float im[FFT_BUFFER_SIZE]);

#endif
