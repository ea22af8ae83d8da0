#include "activation.h"

#include <math.h>

#include "rnn.h"
#include "rnnoise_constants.h"
#include "rnnoise_tables.h"

/* Without branches, so that it can run in lanes. NaN ends in +1. */
static inline float tansig(float value)
{
    const float magnitude = fabsf(value);
    const int inside = magnitude < RNN_TANSIG_LIMIT;
    const float x = inside ? magnitude : 0.0f;
    const int i = (int)(0.5f + RNN_TANSIG_STEPS_PER_UNIT * x);
    const float rest = x - RNN_TANSIG_STEP * (float)i;
    const float y = rnn_tansig_table[i]; /* quirk Q-TANSIG */
    const float slope = 1.0f - y * y;
    const float near = y + rest * slope * (1.0f - y * rest);
    const float result = inside ? near : 1.0f;
    return value < 0.0f ? -result : result;
}

/* The contract's binary64 steps round to the same: halving is exact, and so is the sum in binary64. */
static inline float sigmoid(float value) { return 0.5f + 0.5f * tansig(0.5f * value); }

static inline float relu(float value) { return value < 0.0f ? 0.0f : value; }

static const float scale = 1.0f / RNN_WEIGHT_SCALE;

void activate(float *values, int size, int activation)
{
    if (activation == ACTIVATION_SIGMOID)
        for (int i = 0; i < size; i++)
            values[i] = sigmoid(values[i] * scale);
    else if (activation == ACTIVATION_TANH)
        for (int i = 0; i < size; i++)
            values[i] = tansig(values[i] * scale);
    else
        for (int i = 0; i < size; i++)
            values[i] = relu(values[i] * scale);
}
