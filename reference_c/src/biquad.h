/* Two-pole, two-zero filters in transposed direct form II (contract/features §19). */
#ifndef RNNOISE_BIQUAD_H
#define RNNOISE_BIQUAD_H

#include "lanes.h"
#include "rnnoise_constants.h"
#include "variant.h"

#if RNN_SIDE_BY_SIDE && (defined(__SSE2__) || defined(__aarch64__))
#define BIQUAD_HAS_LANES 1
#else
#define BIQUAD_HAS_LANES 0
#endif

struct Biquad {
    float b[2]; /* of z^-1 and z^-2; b of z^0 is 1 */
    float a[2]; /* likewise */
};

static const struct Biquad highpass = {RNN_HIGHPASS_B, RNN_HIGHPASS_A};

/* Filters `size` samples from `in` to `out` (which may be the same); `memory` holds two samples. */
#define biquad RNN_VARIANT(biquad)
void biquad(float *out, float memory[2], const float *in, const struct Biquad *filter, int size);

/* The same with LANE_COUNT streams side by side, in place, if BIQUAD_HAS_LANES: samples[i * LANE_COUNT + stream] and
 * memory[stream], memory[LANE_COUNT + stream]. */
#define biquad_lanes RNN_VARIANT(biquad_lanes)
void biquad_lanes(float *samples, float *memory, const struct Biquad *filter, int size);

#endif
