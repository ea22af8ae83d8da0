/* The text format: a title, then for each layer its inputs, neurons and activation, the weights, for a GRU the
 * recurrent weights, the bias, all between white space. Inputs and neurons may have a point and zeros (24.0), as scripts
 * of old wrote them. rnnoise_py/model/text.py takes the same texts; both change together. The text is read twice: once
 * to check and count, once to copy. */

#include "model.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "rnn_data.h"
#include "rnnoise_constants.h"

static const char title[] = "rnnoise-nu model file version 1";

enum { GATES = 3, FILE_BLOCK = 1 << 16, TEXT_LIMIT = 1 << 23 /* far more than the largest model needs */ };

/* What rnnoise_model_free frees: the model first, its layers, its weights. */
struct LoadedModel {
    RNNModel model;
    DenseLayer input_dense, denoise_output, vad_output;
    GRULayer vad_gru, noise_gru, denoise_gru;
    rnn_weight weights[];
};

struct Reader {
    const char *next, *end;
    int failed;
    rnn_weight *weights; /* where the next weights go; NULL while they are only counted */
    size_t count;
};

static int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void skip_space(struct Reader *reader)
{
    while (reader->next < reader->end && is_space(*reader->next))
        reader->next++;
}

static int read_integer(struct Reader *reader, int low, int high, int may_have_point)
{
    int value = 0, digits = 0, negative = 0;
    skip_space(reader);
    if (reader->next < reader->end && (*reader->next == '-' || *reader->next == '+'))
        negative = *reader->next++ == '-';
    for (; reader->next < reader->end && *reader->next >= '0' && *reader->next <= '9'; reader->next++) {
        if (value <= RNN_MAX_NEURONS) /* larger is wrong in any case: no need to overflow */
            value = 10 * value + (*reader->next - '0');
        digits++;
    }
    if (may_have_point && digits > 0 && reader->next < reader->end && *reader->next == '.')
        do
            reader->next++;
        while (reader->next < reader->end && *reader->next == '0');
    if (negative)
        value = -value;
    if (digits == 0 || (reader->next < reader->end && !is_space(*reader->next)) || value < low || value > high)
        reader->failed = 1;
    return value;
}

static const rnn_weight *read_weights(struct Reader *reader, int count)
{
    const rnn_weight *start = reader->weights;
    for (int i = 0; i < count && !reader->failed; i++) {
        const int weight = read_integer(reader, -128, 127, 0);
        if (reader->weights != NULL)
            *reader->weights++ = (rnn_weight)weight;
        reader->count++;
    }
    return start;
}

static void read_shape(struct Reader *reader, int *inputs, int *neurons, int *activation)
{
    *inputs = read_integer(reader, 1, RNN_MAX_NEURONS, 1);
    *neurons = read_integer(reader, 1, RNN_MAX_NEURONS, 1);
    *activation = read_integer(reader, ACTIVATION_TANH, ACTIVATION_RELU, 0);
}

static void read_dense(struct Reader *reader, DenseLayer *layer)
{
    read_shape(reader, &layer->nb_inputs, &layer->nb_neurons, &layer->activation);
    if (reader->failed)
        return;
    layer->input_weights = read_weights(reader, layer->nb_inputs * layer->nb_neurons);
    layer->bias = read_weights(reader, layer->nb_neurons);
}

static void read_gru(struct Reader *reader, GRULayer *layer)
{
    read_shape(reader, &layer->nb_inputs, &layer->nb_neurons, &layer->activation);
    if (reader->failed)
        return;
    layer->input_weights = read_weights(reader, layer->nb_inputs * layer->nb_neurons * GATES);
    layer->recurrent_weights = read_weights(reader, layer->nb_neurons * layer->nb_neurons * GATES);
    layer->bias = read_weights(reader, layer->nb_neurons * GATES);
}

/* The first line: the title as it is; white space may follow it. */
static void read_title(struct Reader *reader)
{
    const size_t length = sizeof(title) - 1;
    if ((size_t)(reader->end - reader->next) <= length || memcmp(reader->next, title, length) != 0) {
        reader->failed = 1;
        return;
    }
    reader->next += length;
    while (reader->next < reader->end && *reader->next != '\n' && is_space(*reader->next))
        reader->next++;
    if (reader->next == reader->end || *reader->next != '\n')
        reader->failed = 1;
}

/* Fills the layers of `loaded`; returns the number of weights, or 0 when the text is not a model. */
static size_t read_model(struct LoadedModel *loaded, rnn_weight *weights, const char *text, size_t size)
{
    struct Reader reader = {text, text + size, 0, weights, 0};
    RNNModel *model = &loaded->model;
    read_title(&reader);
    if (!reader.failed)
        read_dense(&reader, &loaded->input_dense);
    if (!reader.failed)
        read_gru(&reader, &loaded->vad_gru);
    if (!reader.failed)
        read_gru(&reader, &loaded->noise_gru);
    if (!reader.failed)
        read_gru(&reader, &loaded->denoise_gru);
    if (!reader.failed)
        read_dense(&reader, &loaded->denoise_output);
    if (!reader.failed)
        read_dense(&reader, &loaded->vad_output);
    skip_space(&reader);
    if (reader.failed || reader.next != reader.end)
        return 0;
    *model = (RNNModel){loaded->input_dense.nb_neurons,    &loaded->input_dense,
                        loaded->vad_gru.nb_neurons,        &loaded->vad_gru,
                        loaded->noise_gru.nb_neurons,      &loaded->noise_gru,
                        loaded->denoise_gru.nb_neurons,    &loaded->denoise_gru,
                        loaded->denoise_output.nb_neurons, &loaded->denoise_output,
                        loaded->vad_output.nb_neurons,     &loaded->vad_output};
    return rnnoise_model_is_consistent(model) ? reader.count : 0;
}

static int in_range(int inputs, int neurons, int activation)
{
    return inputs >= 1 && inputs <= RNN_MAX_NEURONS && neurons >= 1 && neurons <= RNN_MAX_NEURONS &&
           activation >= ACTIVATION_TANH && activation <= ACTIVATION_RELU;
}

static int dense_fits(const DenseLayer *layer, int inputs, int neurons)
{
    return in_range(layer->nb_inputs, layer->nb_neurons, layer->activation) && layer->nb_inputs == inputs &&
           layer->nb_neurons == neurons;
}

static int gru_fits(const GRULayer *layer, int inputs, int neurons)
{
    return in_range(layer->nb_inputs, layer->nb_neurons, layer->activation) && layer->nb_inputs == inputs &&
           layer->nb_neurons == neurons;
}

int rnnoise_model_is_consistent(const RNNModel *model)
{
    const int first = model->input_dense_size, vad = model->vad_gru_size;
    const int noise = model->noise_gru_size, denoise = model->denoise_gru_size;
    return model->denoise_output_size == RNN_NB_BANDS && model->vad_output_size == 1 &&
           dense_fits(model->input_dense, RNN_NB_FEATURES, first) && gru_fits(model->vad_gru, first, vad) &&
           gru_fits(model->noise_gru, first + vad + RNN_NB_FEATURES, noise) &&
           gru_fits(model->denoise_gru, vad + noise + RNN_NB_FEATURES, denoise) &&
           dense_fits(model->denoise_output, denoise, RNN_NB_BANDS) && dense_fits(model->vad_output, vad, 1);
}

static RNNModel *model_from_text(const char *text, size_t size)
{
    struct LoadedModel checked;
    if (size >= TEXT_LIMIT)
        return NULL;
    const size_t count = read_model(&checked, NULL, text, size);
    if (count == 0)
        return NULL;
    struct LoadedModel *loaded = malloc(sizeof(*loaded) + count * sizeof(rnn_weight));
    if (loaded == NULL)
        return NULL;
    read_model(loaded, loaded->weights, text, size);
    return &loaded->model;
}

RNNModel *rnnoise_model_from_buffer(const void *buffer, int size)
{
    if (buffer == NULL || size <= 0)
        return NULL;
    return model_from_text(buffer, (size_t)size);
}

RNNModel *rnnoise_model_from_file(FILE *stream)
{
    char *text = NULL;
    size_t size = 0, room = 0;
    RNNModel *model = NULL;
    if (stream == NULL)
        return NULL;
    while (size < TEXT_LIMIT) {
        if (size == room) {
            char *larger = realloc(text, room + FILE_BLOCK);
            if (larger == NULL)
                break;
            text = larger;
            room += FILE_BLOCK;
        }
        const size_t read = fread(text + size, 1, room - size, stream);
        size += read;
        if (read == 0) {
            if (!ferror(stream))
                model = model_from_text(text, size);
            break;
        }
    }
    free(text);
    return model;
}

RNNModel *rnnoise_model_from_filename(const char *filename)
{
    FILE *stream = filename != NULL ? fopen(filename, "rb") : NULL;
    RNNModel *model = rnnoise_model_from_file(stream);
    if (stream != NULL)
        fclose(stream);
    return model;
}

void rnnoise_model_free(RNNModel *model) { free(model); }
