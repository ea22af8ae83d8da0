#include "activation.h"

#include <math.h>

#include "rnn.h"
#include "rnnoise_constants.h"
#include "rnnoise_tables.h"

static const float scale = 1.0f / RNN_WEIGHT_SCALE;

/* |x|, at most the end of the table; NaN goes there too. */
static inline float limited(float x)
{
    const float magnitude = fabsf(x);
    return magnitude < RNN_TANSIG_LIMIT ? magnitude : (float)RNN_TANSIG_LIMIT;
}

/* values[i] = tanh(factor * values[i]), in steps without branches that run in lanes. NaN ends in +1. */
static void tansig(float *restrict values, int size, float factor)
{
    int nearest[2 * RNN_MAX_NEURONS];
    float table[2 * RNN_MAX_NEURONS];
    for (int i = 0; i < size; i++) {
        values[i] *= factor;
        nearest[i] = (int)(0.5f + RNN_TANSIG_STEPS_PER_UNIT * limited(values[i]));
    }
    for (int i = 0; i < size; i++)
        table[i] = rnn_tansig_table[nearest[i]]; /* quirk Q-TANSIG */
    for (int i = 0; i < size; i++) {
        const float x = limited(values[i]) - RNN_TANSIG_STEP * (float)nearest[i], y = table[i];
        const float slope = 1.0f - y * y;
        const float inside = y + x * slope * (1.0f - y * x);
        const float result = fabsf(values[i]) < RNN_TANSIG_LIMIT ? inside : 1.0f;
        values[i] = values[i] < 0.0f ? -result : result;
    }
}

void activate(float *restrict values, int size, int activation)
{
    if (activation == ACTIVATION_SIGMOID) {
        /* The binary64 steps of the contract round to the same: halving is exact, and so is the sum in binary64. */
        tansig(values, size, 0.5f * scale);
        for (int i = 0; i < size; i++)
            values[i] = 0.5f + 0.5f * values[i];
    } else if (activation == ACTIVATION_TANH) {
        tansig(values, size, scale);
    } else {
        for (int i = 0; i < size; i++) {
            const float x = values[i] * scale;
            values[i] = x < 0.0f ? 0.0f : x;
        }
    }
}
