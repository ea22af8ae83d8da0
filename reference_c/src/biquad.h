/* Two-pole, two-zero filters in transposed direct form II (contract/features §19). */
#ifndef RNNOISE_BIQUAD_H
#define RNNOISE_BIQUAD_H

#include "rnnoise_constants.h"
#include "variant.h"

struct Biquad {
    float b[2]; /* of z^-1 and z^-2; b of z^0 is 1 */
    float a[2]; /* likewise */
};

static const struct Biquad highpass = {RNN_HIGHPASS_B, RNN_HIGHPASS_A};

/* Filters `size` samples from `in` to `out` (which may be the same); `memory` holds two samples. */
#define biquad RNN_VARIANT(biquad)
void biquad(float *out, float memory[2], const float *in, const struct Biquad *filter, int size);

#endif
