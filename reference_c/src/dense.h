/* Fully connected layers of int8 weights (contract/inference §4). */
#ifndef RNNOISE_DENSE_H
#define RNNOISE_DENSE_H

#include "rnn.h"
#include "variant.h"

/* sums[i] = bias[i] */
#define load_bias RNN_VARIANT(load_bias)
void load_bias(float *sums, const rnn_weight *bias, int neurons);

/* sums[i] += weights[j][i] * inputs[j] for all j in order; rows of weights are `stride` apart. */
#define weighted_sums RNN_VARIANT(weighted_sums)
void weighted_sums(float *sums, const rnn_weight *weights, int stride, int neurons, const float *inputs, int count);

/* The same with (weights[j][i] * inputs[j]) * gates[j]. */
#define gated_sums RNN_VARIANT(gated_sums)
void gated_sums(float *sums, const rnn_weight *weights, int stride, int neurons, const float *inputs,
                const float *gates, int count);

#define dense RNN_VARIANT(dense)
void dense(float *out, const DenseLayer *layer, const float *in);

#endif
