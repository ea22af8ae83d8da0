#include "dense.h"

#include "activation.h"

void load_bias(float *sums, const rnn_weight *bias, int neurons)
{
    for (int i = 0; i < neurons; i++)
        sums[i] = bias[i];
}

void weighted_sums(float *sums, const rnn_weight *weights, int stride, int neurons, const float *inputs, int count)
{
    for (int j = 0; j < count; j++)
        for (int i = 0; i < neurons; i++)
            sums[i] += weights[j * stride + i] * inputs[j];
}

void gated_sums(float *sums, const rnn_weight *weights, int stride, int neurons, const float *inputs,
                const float *gates, int count)
{
    for (int j = 0; j < count; j++)
        for (int i = 0; i < neurons; i++)
            sums[i] += weights[j * stride + i] * inputs[j] * gates[j];
}

void dense(float *out, const DenseLayer *layer, const float *in)
{
    const int neurons = layer->nb_neurons;
    load_bias(out, layer->bias, neurons);
    weighted_sums(out, layer->input_weights, neurons, neurons, in, layer->nb_inputs);
    activate(out, neurons, layer->activation);
}
