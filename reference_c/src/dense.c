#include "dense.h"

#include "activation.h"
#include "lanes.h"

enum { BLOCK = 6 /* vectors of neurons at once */ };

void load_bias(float *sums, const rnn_weight *bias, int neurons)
{
    for (int i = 0; i < neurons; i++)
        sums[i] = bias[i];
}

/* Adds to the sums of `vectors` times LANE_COUNT neurons; `vectors` and `gated` are constants where this is
 * inlined. */
INLINE void add_block(float *sums, const rnn_weight *weights, int stride, const float *inputs, const float *gates,
                      int count, const int vectors, const int gated)
{
    Lanes block[BLOCK];
    UNROLL for (int v = 0; v < vectors; v++) block[v] = lanes_load(sums + v * LANE_COUNT);
    for (int j = 0; j < count; j++) {
        UNROLL for (int v = 0; v < vectors; v++)
        {
            Lanes product = lanes_of_weights(weights + v * LANE_COUNT) * inputs[j];
            if (gated)
                product = product * gates[j];
            block[v] += product;
        }
        weights += stride;
    }
    UNROLL for (int v = 0; v < vectors; v++) lanes_store(sums + v * LANE_COUNT, block[v]);
}

INLINE void add_scalar(float *sums, const rnn_weight *weights, int stride, int neurons, const float *inputs,
                       const float *gates, int count, const int gated)
{
    for (int i = 0; i < neurons; i++)
        for (int j = 0; j < count; j++) {
            const float product = weights[j * stride + i] * inputs[j];
            sums[i] += gated ? product * gates[j] : product;
        }
}

INLINE void add_sums(float *sums, const rnn_weight *weights, int stride, int neurons, const float *inputs,
                     const float *gates, int count, const int gated)
{
    float last[LANE_COUNT]; /* the last LANE_COUNT sums as they were: neurons left over are done with neighbours */
    int done = 0;
    if (neurons < LANE_COUNT) {
        add_scalar(sums, weights, stride, neurons, inputs, gates, count, gated);
        return;
    }
    memcpy(last, sums + neurons - LANE_COUNT, sizeof(last));
    for (; done + BLOCK * LANE_COUNT <= neurons; done += BLOCK * LANE_COUNT)
        add_block(sums + done, weights + done, stride, inputs, gates, count, BLOCK, gated);
    for (; done + 3 * LANE_COUNT <= neurons; done += 3 * LANE_COUNT)
        add_block(sums + done, weights + done, stride, inputs, gates, count, 3, gated);
    for (; done + LANE_COUNT <= neurons; done += LANE_COUNT)
        add_block(sums + done, weights + done, stride, inputs, gates, count, 1, gated);
    if (done < neurons) {
        add_block(last, weights + neurons - LANE_COUNT, stride, inputs, gates, count, 1, gated);
        memcpy(sums + neurons - LANE_COUNT, last, sizeof(last));
    }
}

void weighted_sums(float *sums, const rnn_weight *weights, int stride, int neurons, const float *inputs, int count)
{
    add_sums(sums, weights, stride, neurons, inputs, inputs, count, 0);
}

void gated_sums(float *sums, const rnn_weight *weights, int stride, int neurons, const float *inputs,
                const float *gates, int count)
{
    add_sums(sums, weights, stride, neurons, inputs, gates, count, 1);
}

void dense(float *out, const DenseLayer *layer, const float *in)
{
    const int neurons = layer->nb_neurons;
    load_bias(out, layer->bias, neurons);
    weighted_sums(out, layer->input_weights, neurons, neurons, in, layer->nb_inputs);
    activate(out, neurons, layer->activation);
}
