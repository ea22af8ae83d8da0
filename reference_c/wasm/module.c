/* What a WebAssembly module of the library exports, under the names that JavaScript around RNNoise calls.
 *
 * The built-in model is a packed one (model.rnn) that rnnoise-py writes into a finished module, as a data segment at
 * `rnnoise_model_area`: the number of bytes, then the bytes. Without it there is no built-in model. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "rnn_data.h"
#include "rnnoise.h"

#define EXPORT(name) __attribute__((export_name(name)))

enum { AREA = 192 << 10 /* bytes: the largest model has 160,032 */, GATES = 3 };

struct ModelArea {
    uint32_t size;
    unsigned char packed[AREA - 4];
};

struct ModelArea rnnoise_model_area; /* its address is exported too */

RNNModel rnnoise_model_orig; /* from the area, when first asked for */

/* What rnnoise_model_free frees: the model first. */
struct Layers {
    RNNModel model;
    DenseLayer input_dense, denoise_output, vad_output;
    GRULayer vad_gru, noise_gru, denoise_gru;
};

static struct Layers built_in;

struct Reader {
    const unsigned char *next;
    size_t left;
    int failed;
};

static const unsigned char *take(struct Reader *reader, size_t size)
{
    const unsigned char *start = reader->next;
    if (reader->failed || size > reader->left) {
        reader->failed = 1;
        return NULL;
    }
    reader->next += size;
    reader->left -= size;
    return start;
}

static void take_dense(struct Reader *reader, DenseLayer *layer)
{
    const unsigned char *shape = take(reader, 3);
    if (shape == NULL)
        return;
    const int inputs = shape[0], neurons = shape[1];
    const rnn_weight *weights = (const rnn_weight *)take(reader, (size_t)(inputs * neurons));
    *layer = (DenseLayer){(const rnn_weight *)take(reader, (size_t)neurons), weights, inputs, neurons, shape[2]};
}

static void take_gru(struct Reader *reader, GRULayer *layer)
{
    const unsigned char *shape = take(reader, 3);
    if (shape == NULL)
        return;
    const int inputs = shape[0], neurons = shape[1], width = GATES * neurons;
    const rnn_weight *weights = (const rnn_weight *)take(reader, (size_t)(inputs * width));
    const rnn_weight *recurrent = (const rnn_weight *)take(reader, (size_t)(neurons * width));
    *layer = (GRULayer){(const rnn_weight *)take(reader, (size_t)width), weights, recurrent, inputs, neurons, shape[2]};
}

/* Layers that point into `packed`; returns whether it is exactly a model. */
static int read_packed(struct Layers *layers, const unsigned char *packed, size_t size)
{
    struct Reader reader = {packed, size, 0};
    take_dense(&reader, &layers->input_dense);
    take_gru(&reader, &layers->vad_gru);
    take_gru(&reader, &layers->noise_gru);
    take_gru(&reader, &layers->denoise_gru);
    take_dense(&reader, &layers->denoise_output);
    take_dense(&reader, &layers->vad_output);
    if (reader.failed || reader.left != 0)
        return 0;
    layers->model = (RNNModel){layers->input_dense.nb_neurons,    &layers->input_dense,
                               layers->vad_gru.nb_neurons,        &layers->vad_gru,
                               layers->noise_gru.nb_neurons,      &layers->noise_gru,
                               layers->denoise_gru.nb_neurons,    &layers->denoise_gru,
                               layers->denoise_output.nb_neurons, &layers->denoise_output,
                               layers->vad_output.nb_neurons,     &layers->vad_output};
    return rnnoise_model_is_consistent(&layers->model);
}

static RNNModel *chosen(RNNModel *model)
{
    if (model == NULL && built_in.model.input_dense == NULL && rnnoise_model_area.size <= sizeof(rnnoise_model_area.packed) &&
        read_packed(&built_in, rnnoise_model_area.packed, rnnoise_model_area.size))
        rnnoise_model_orig = built_in.model;
    return model != NULL || rnnoise_model_orig.input_dense != NULL ? model : &built_in.model;
}

EXPORT("rnnoise_get_size") int web_get_size(void) { return rnnoise_get_size(); }

EXPORT("rnnoise_get_frame_size") int web_get_frame_size(void) { return rnnoise_get_frame_size(); }

EXPORT("rnnoise_init") int web_init(DenoiseState *state, RNNModel *model)
{
    model = chosen(model);
    return model != &built_in.model ? rnnoise_init(state, model) : -1;
}

EXPORT("rnnoise_create") DenoiseState *web_create(RNNModel *model)
{
    model = chosen(model);
    return model != &built_in.model ? rnnoise_create(model) : NULL;
}

EXPORT("rnnoise_destroy") void web_destroy(DenoiseState *state) { rnnoise_destroy(state); }

EXPORT("rnnoise_process_frame") float web_process_frame(DenoiseState *state, float *out, const float *in)
{
    return rnnoise_process_frame(state, out, in);
}

EXPORT("rnnoise_process_frames")
void web_process_frames(DenoiseState *state, float *out, const float *in, float *vad, int count)
{
    rnnoise_process_frames(state, out, in, vad, count);
}

/* A text or a packed model; the bytes are copied. */
EXPORT("rnnoise_model_from_buffer") RNNModel *web_model_from_buffer(const void *bytes, int size)
{
    struct Layers *layers;
    RNNModel *model = rnnoise_model_from_buffer(bytes, size);
    if (model != NULL || bytes == NULL || size <= 0 || (size_t)size > sizeof(rnnoise_model_area.packed))
        return model;
    layers = malloc(sizeof(*layers) + (size_t)size);
    if (layers == NULL)
        return NULL;
    memcpy(layers + 1, bytes, (size_t)size);
    if (read_packed(layers, (const unsigned char *)(layers + 1), (size_t)size))
        return &layers->model;
    free(layers);
    return NULL;
}

EXPORT("rnnoise_model_from_string") RNNModel *web_model_from_string(const char *text)
{
    return web_model_from_buffer(text, (int)strlen(text));
}

EXPORT("rnnoise_model_free") void web_model_free(RNNModel *model) { rnnoise_model_free(model); }

/* What code that emscripten wrote around other builds asks for: nothing to start, the stack from its end at 0 up. */
EXPORT("__wasm_call_ctors") void web_start(void) {}
EXPORT("emscripten_stack_init") void web_stack_init(void) {}
EXPORT("emscripten_stack_get_end") uintptr_t web_stack_end(void) { return 0; }
EXPORT("emscripten_stack_get_base") uintptr_t web_stack_base(void) { return RNN_STACK_SIZE; }
EXPORT("emscripten_stack_get_free") uintptr_t web_stack_free(void) { return RNN_STACK_SIZE; }
