#include "dense.h"

#include "activation.h"
#include "lanes.h"

/* Vectors of neurons at once: the sums of one stream or of several, and the weights, fill the registers. */
#if LANE_COUNT == 16
enum { BLOCK = 6, SHARED_BLOCK = 2, SHARING = 8 /* streams that share unpacked weights */ };
#elif LANE_COUNT == 8
enum { BLOCK = 6, SHARED_BLOCK = 2, SHARING = 4 };
#elif defined(__SSE2__)
enum { BLOCK = 4, SHARED_BLOCK = 4, SHARING = 2 };
#else
enum { BLOCK = 4, SHARED_BLOCK = 4, SHARING = 4 };
#endif

/* The sums of some streams, and what is added to them. */
struct Sums {
    float *sums;
    int row, stride, count;
    const rnn_weight *weights;
    const float *inputs, *gates;
};

void load_bias(float *sums, int row, const rnn_weight *bias, int neurons, int streams)
{
    streams = STREAM_COUNT(streams);
    for (int s = 0; s < streams; s++)
        for (int i = 0; i < neurons; i++)
            sums[s * row + i] = bias[i];
}

/* Adds to the sums of `vectors` times LANE_COUNT neurons; `vectors`, `streams` and `gated` are constants where this
 * is inlined. */
INLINE void add_block(const struct Sums *all, int first, const int vectors, const int streams, const int gated)
{
    Lanes block[SHARING * SHARED_BLOCK + BLOCK], lanes[BLOCK];
    const rnn_weight *weights = all->weights + first;
    float *sums = all->sums + first;
    UNROLL for (int s = 0; s < streams; s++)
        UNROLL for (int v = 0; v < vectors; v++)
            block[s * vectors + v] = lanes_load(sums + s * all->row + v * LANE_COUNT);
    for (int j = 0; j < all->count; j++) {
        lanes_of_many_weights(lanes, weights, vectors);
        UNROLL for (int s = 0; s < streams; s++)
            UNROLL for (int v = 0; v < vectors; v++)
            {
                Lanes product = lanes[v] * all->inputs[s * NEURON_ROW + j];
                if (gated)
                    product = product * all->gates[s * GATE_ROW + j];
                block[s * vectors + v] += product;
            }
        weights += all->stride;
    }
    UNROLL for (int s = 0; s < streams; s++)
        UNROLL for (int v = 0; v < vectors; v++)
            lanes_store(sums + s * all->row + v * LANE_COUNT, block[s * vectors + v]);
}

INLINE void add_scalar(const struct Sums *all, int neurons, const int gated)
{
    for (int i = 0; i < neurons; i++)
        for (int j = 0; j < all->count; j++) {
            const float product = all->weights[j * all->stride + i] * all->inputs[j];
            all->sums[i] += gated ? product * all->gates[j] : product;
        }
}

/* The sums of `streams` streams, a constant where this is inlined. */
INLINE void add_together(const struct Sums *all, int neurons, const int streams, const int gated)
{
    const int most = streams > 1 ? SHARED_BLOCK : BLOCK;
    int done = 0;
    for (; done + most * LANE_COUNT <= neurons; done += most * LANE_COUNT)
        add_block(all, done, most, streams, gated);
    for (; done + LANE_COUNT <= neurons; done += LANE_COUNT)
        add_block(all, done, 1, streams, gated);
    if (done < neurons) { /* with neighbours, whose sums stay as they are */
        const int start = neurons - LANE_COUNT;
        float kept[SHARING][LANE_COUNT];
        for (int s = 0; s < streams; s++)
            memcpy(kept[s], all->sums + s * all->row + start, sizeof(kept[s]));
        add_block(all, start, 1, streams, gated);
        for (int s = 0; s < streams; s++)
            memcpy(all->sums + s * all->row + start, kept[s], (size_t)(done - start) * sizeof(float));
    }
}

INLINE void add_sums(struct Sums all, int neurons, int streams, const int gated)
{
    streams = STREAM_COUNT(streams);
    for (int s = 0; s < streams;) {
        int taken = 1;
        if (neurons < LANE_COUNT) {
            add_scalar(&all, neurons, gated);
        } else if (RNN_SIDE_BY_SIDE && streams - s >= SHARING) {
            add_together(&all, neurons, SHARING, gated);
            taken = SHARING;
        } else {
            add_together(&all, neurons, 1, gated);
        }
        all.sums += taken * all.row;
        all.inputs += taken * NEURON_ROW;
        if (gated)
            all.gates += taken * GATE_ROW;
        s += taken;
    }
}

void weighted_sums(float *sums, int row, const rnn_weight *weights, int stride, int neurons, const float *inputs,
                   int count, int streams)
{
    add_sums((struct Sums){sums, row, stride, count, weights, inputs, NULL}, neurons, streams, 0);
}

void gated_sums(float *sums, int row, const rnn_weight *weights, int stride, int neurons, const float *inputs,
                const float *gates, int count, int streams)
{
    add_sums((struct Sums){sums, row, stride, count, weights, inputs, gates}, neurons, streams, 1);
}

void dense(float *out, const DenseLayer *layer, const float *in, int streams)
{
    const int neurons = layer->nb_neurons;
    load_bias(out, NEURON_ROW, layer->bias, neurons, streams);
    weighted_sums(out, NEURON_ROW, layer->input_weights, neurons, neurons, in, layer->nb_inputs, streams);
    for (int s = 0; s < streams; s++)
        activate(out + s * NEURON_ROW, neurons, layer->activation);
}
