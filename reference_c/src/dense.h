/* Fully connected layers of int8 weights (contract/inference §4), for one stream or several side by side: their
 * values are rows, and weights are unpacked once for all of them. */
#ifndef RNNOISE_DENSE_H
#define RNNOISE_DENSE_H

#include "rnn.h"
#include "rnnoise_constants.h"
#include "variant.h"

enum {
    MOST_STREAMS = RNN_SIDE_BY_SIDE ? 8 : 1, /* side by side */
    NEURON_ROW = RNN_MAX_NEURONS,   /* floats from one stream's inputs, states or outputs to the next's */
    GATE_ROW = 2 * RNN_MAX_NEURONS, /* the same for the gates of a GRU */
};

/* sums[i] = bias[i] */
#define load_bias RNN_VARIANT(load_bias)
void load_bias(float *sums, int row, const rnn_weight *bias, int neurons, int streams);

/* sums[i] += weights[j][i] * inputs[j] for all j in order; rows of weights are `stride` apart, of sums `row`. */
#define weighted_sums RNN_VARIANT(weighted_sums)
void weighted_sums(float *sums, int row, const rnn_weight *weights, int stride, int neurons, const float *inputs,
                   int count, int streams);

/* The same with (weights[j][i] * inputs[j]) * gates[j]. */
#define gated_sums RNN_VARIANT(gated_sums)
void gated_sums(float *sums, int row, const rnn_weight *weights, int stride, int neurons, const float *inputs,
                const float *gates, int count, int streams);

#define dense RNN_VARIANT(dense)
void dense(float *out, const DenseLayer *layer, const float *in, int streams);

#endif
