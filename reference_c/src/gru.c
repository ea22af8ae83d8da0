#include "gru.h"

#include "activation.h"
#include "dense.h"

void gru(float *state, const GRULayer *layer, const float *in, int streams)
{
    streams = STREAM_COUNT(streams);
    const int n = layer->nb_neurons, inputs = layer->nb_inputs, stride = 3 * n;
    const rnn_weight *weights = layer->input_weights, *recurrent = layer->recurrent_weights;
    float gates[MOST_STREAMS * GATE_ROW], candidates[MOST_STREAMS * NEURON_ROW];

    load_bias(gates, GATE_ROW, layer->bias, 2 * n, streams);
    weighted_sums(gates, GATE_ROW, weights, stride, 2 * n, in, inputs, streams);
    weighted_sums(gates, GATE_ROW, recurrent, stride, 2 * n, state, n, streams);
    for (int s = 0; s < streams; s++)
        activate(gates + s * GATE_ROW, 2 * n, ACTIVATION_SIGMOID);

    load_bias(candidates, NEURON_ROW, layer->bias + 2 * n, n, streams);
    weighted_sums(candidates, NEURON_ROW, weights + 2 * n, stride, n, in, inputs, streams);
    gated_sums(candidates, NEURON_ROW, recurrent + 2 * n, stride, n, state, gates + n, n, streams);

    for (int s = 0; s < streams; s++, state += NEURON_ROW) {
        const float *update = gates + s * GATE_ROW;
        float *candidate = candidates + s * NEURON_ROW;
        activate(candidate, n, layer->activation);
        for (int i = 0; i < n; i++)
            state[i] = update[i] * state[i] + (1.0f - update[i]) * candidate[i];
    }
}
