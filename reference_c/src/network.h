/* The six layers, from features to gains (contract/inference §1, §4). */
#ifndef RNNOISE_NETWORK_H
#define RNNOISE_NETWORK_H

#include "dense.h"

struct NetworkState {
    float vad[RNN_MAX_NEURONS], noise[RNN_MAX_NEURONS], denoise[RNN_MAX_NEURONS];
};

/* What the network has of one stream. */
struct NetworkStream {
    struct NetworkState *state;
    const float *features; /* in */
    float *gains;          /* of the bands, out */
    float *vad;            /* the speech probability, out */
};

/* One frame of up to MOST_STREAMS streams. */
#define network RNN_VARIANT(network)
void network(const struct NetworkStream *stream, int streams, const RNNModel *model);

#endif
