#include "gru.h"

#include "activation.h"
#include "dense.h"
#include "rnnoise_constants.h"

void gru(float *state, const GRULayer *layer, const float *in)
{
    const int n = layer->nb_neurons, inputs = layer->nb_inputs, stride = 3 * n;
    const rnn_weight *weights = layer->input_weights, *recurrent = layer->recurrent_weights;
    float gates[2 * RNN_MAX_NEURONS], candidate[RNN_MAX_NEURONS];
    const float *update = gates, *reset = gates + n;

    load_bias(gates, layer->bias, 2 * n);
    weighted_sums(gates, weights, stride, 2 * n, in, inputs);
    weighted_sums(gates, recurrent, stride, 2 * n, state, n);
    activate(gates, 2 * n, ACTIVATION_SIGMOID);

    load_bias(candidate, layer->bias + 2 * n, n);
    weighted_sums(candidate, weights + 2 * n, stride, n, in, inputs);
    gated_sums(candidate, recurrent + 2 * n, stride, n, state, reset, n);
    activate(candidate, n, layer->activation);

    for (int i = 0; i < n; i++)
        state[i] = update[i] * state[i] + (1.0f - update[i]) * candidate[i];
}
