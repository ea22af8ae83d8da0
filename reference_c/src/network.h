/* The six layers, from features to gains (contract/inference §1, §4). */
#ifndef RNNOISE_NETWORK_H
#define RNNOISE_NETWORK_H

#include "rnn.h"
#include "rnnoise_constants.h"
#include "variant.h"

struct NetworkState {
    float vad[RNN_MAX_NEURONS], noise[RNN_MAX_NEURONS], denoise[RNN_MAX_NEURONS];
};

/* Band gains from the features; returns the speech probability. */
#define network RNN_VARIANT(network)
float network(float gains[RNN_NB_BANDS], struct NetworkState *state, const RNNModel *model,
              const float features[RNN_NB_FEATURES]);

#endif
