#include "network.h"

#include <string.h>

#include "gru.h"
#include "rnn_data.h"

/* Values of all streams side by side. */
typedef float Rows[MOST_STREAMS * NEURON_ROW];

/* Puts what each stream has in `values` behind what `inputs` holds already; returns the new end. */
static float *append(float *end, const float *values, int size, int streams)
{
    for (int s = 0; s < streams; s++)
        memcpy(end + s * NEURON_ROW, values + s * NEURON_ROW, (size_t)size * sizeof(float));
    return end + size;
}

void network(const struct NetworkStream *stream, int streams, const RNNModel *model)
{
    Rows features, first, inputs, vad, noise, denoise;
    float *end;

    streams = STREAM_COUNT(streams);
    if (streams < 1)
        return;
    for (int s = 0; s < streams; s++) {
        const int row = s * NEURON_ROW;
        memcpy(features + row, stream[s].features, RNN_NB_FEATURES * sizeof(float));
        memcpy(vad + row, stream[s].state->vad, (size_t)model->vad_gru_size * sizeof(float));
        memcpy(noise + row, stream[s].state->noise, (size_t)model->noise_gru_size * sizeof(float));
        memcpy(denoise + row, stream[s].state->denoise, (size_t)model->denoise_gru_size * sizeof(float));
    }

    dense(first, model->input_dense, features, streams);
    gru(vad, model->vad_gru, first, streams);

    end = append(inputs, first, model->input_dense_size, streams);
    end = append(end, vad, model->vad_gru_size, streams);
    append(end, features, RNN_NB_FEATURES, streams);
    gru(noise, model->noise_gru, inputs, streams);

    end = append(inputs, vad, model->vad_gru_size, streams);
    end = append(end, noise, model->noise_gru_size, streams);
    append(end, features, RNN_NB_FEATURES, streams);
    gru(denoise, model->denoise_gru, inputs, streams);

    for (int s = 0; s < streams; s++) {
        const int row = s * NEURON_ROW;
        memcpy(stream[s].state->vad, vad + row, (size_t)model->vad_gru_size * sizeof(float));
        memcpy(stream[s].state->noise, noise + row, (size_t)model->noise_gru_size * sizeof(float));
        memcpy(stream[s].state->denoise, denoise + row, (size_t)model->denoise_gru_size * sizeof(float));
    }

    dense(first, model->denoise_output, denoise, streams);
    dense(inputs, model->vad_output, vad, streams);
    for (int s = 0; s < streams; s++) {
        memcpy(stream[s].gains, first + s * NEURON_ROW, RNN_NB_BANDS * sizeof(float));
        *stream[s].vad = inputs[s * NEURON_ROW];
    }
}
