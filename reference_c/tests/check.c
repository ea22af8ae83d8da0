/* `make check`: the library and the training rows against recorded digests, for every instruction set that was
 * compiled in and that this processor has. The digests were recorded from a build that gives all the figures
 * of the project's Python tests. */

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "denoiser.h"
#include "dispatch.h"
#include "material.h"
#include "rnnoise.h"
#include "rows.h"

#define DIGEST_TANH UINT64_C(0xded98a1b1d63b191)
#define DIGEST_RELU UINT64_C(0x013457c8da9c3eba)
#define DIGEST_ROWS UINT64_C(0x187001ac73d9a4c3)

RNN_DECLARE(DenoiserProcessFrame, rnnoise_denoiser_process_frame);
RNN_DECLARE(DenoiserProcessStreams, rnnoise_denoiser_process_streams);
RNN_DECLARE(RowsInit, rnnoise_rows_init);
RNN_DECLARE(RowsNext, rnnoise_rows_next);

enum { SIGNAL_SIZE = TEST_FRAMES * TEST_FRAME, ROWS = 3000 };

static const float *signal;

static RNNModel *load(int activation)
{
    char *text = test_model_text(activation);
    RNNModel *model = rnnoise_model_from_buffer(text, (int)strlen(text));
    memset(text, 'x', strlen(text)); /* the model is a copy */
    free(text);
    return model;
}

static uint64_t denoised_digest(const float *out, const float *vad)
{
    return test_digest(test_digest(TEST_DIGEST_START, out, SIGNAL_SIZE * sizeof(float)), vad, TEST_FRAMES * sizeof(float));
}

static void check_library(int activation, uint64_t expected, const char *what)
{
    static float out[SIGNAL_SIZE], vad[TEST_FRAMES];
    RNNModel *model = load(activation);
    DenoiseState *state = rnnoise_create(model);
    expect(model != NULL && state != NULL, "a text model loads");
    for (int i = 0; i < TEST_FRAMES; i++)
        vad[i] = rnnoise_process_frame(state, out + i * TEST_FRAME, signal + i * TEST_FRAME);
    const uint64_t digest = denoised_digest(out, vad);
    printf("    %s: 0x%016llx\n", what, (unsigned long long)digest);
    expect(digest == expected, what);

    expect(rnnoise_init(state, model) == 0, "a state can start again");
    memcpy(out, signal, sizeof(out));
    memset(vad, 0, sizeof(vad));
    rnnoise_process_frames(state, out, out, vad, TEST_FRAMES);
    expect(denoised_digest(out, vad) == expected, "blocks in place give the same");
    rnnoise_destroy(state);
    rnnoise_model_free(model);
}

/* Frames with what is no audio are frames of silence there: nothing of it stays in the state. */
static void check_recovery(void)
{
    static float clean[SIGNAL_SIZE], broken[SIGNAL_SIZE], vad[TEST_FRAMES], broken_vad[TEST_FRAMES];
    const float values[] = {NAN, -NAN, INFINITY, -INFINITY, FLT_MAX, -2e15f};
    DenoiseState *state = rnnoise_create(NULL);
    memcpy(clean, signal, sizeof(clean));
    memcpy(broken, signal, sizeof(broken));
    for (int i = 0; i < 6; i++) {
        clean[20 * TEST_FRAME + 997 * i] = 0.0f;
        broken[20 * TEST_FRAME + 997 * i] = values[i];
    }
    rnnoise_process_frames(state, clean, clean, vad, TEST_FRAMES);
    rnnoise_init(state, NULL);
    rnnoise_process_frames(state, broken, broken, broken_vad, TEST_FRAMES);
    expect(denoised_digest(clean, vad) == denoised_digest(broken, broken_vad), "what is no audio is silence");
    rnnoise_destroy(state);
}

static void check_kernels(DenoiserProcessFrame *process_frame, const char *what)
{
    static float out[SIGNAL_SIZE], vad[TEST_FRAMES];
    static struct Denoiser denoiser;
    RNNModel *model = load(0);
    memset(&denoiser, 0, sizeof(denoiser));
    denoiser.model = model;
    for (int i = 0; i < TEST_FRAMES; i++)
        vad[i] = process_frame(&denoiser, out + i * TEST_FRAME, signal + i * TEST_FRAME);
    expect(denoised_digest(out, vad) == DIGEST_TANH, what);
    rnnoise_model_free(model);
}

/* Streams with several models, one of them silent at first: side by side what each gives alone. */
static void check_streams(DenoiserProcessFrame *process_frame, DenoiserProcessStreams *process_streams, const char *what)
{
    enum { FRAMES = 40 };
    static struct Denoiser alone[MOST_JOBS], together[MOST_JOBS];
    static const float silence[TEST_FRAME];
    static float out[MOST_JOBS][TEST_FRAME], expected[TEST_FRAME];
    RNNModel *models[2] = {load(0), load(2)};
    int same = 1;
    for (int count = 1; count <= MOST_JOBS; count += count == 5 ? 11 : 1) {
        memset(alone, 0, sizeof(alone));
        memset(together, 0, sizeof(together));
        for (int s = 0; s < count; s++)
            alone[s].model = together[s].model = models[s % 7 == 3];
        for (int i = 0; i < FRAMES; i++) {
            struct StreamFrame frames[MOST_JOBS];
            for (int s = 0; s < count; s++) {
                const float *in = s == 1 && i < 3 ? silence : signal + (i + 9 * s) * TEST_FRAME;
                memcpy(out[s], in, sizeof(out[s]));
                frames[s] = (struct StreamFrame){&together[s], out[s], out[s], -1.0f};
            }
            process_streams(frames, count);
            for (int s = 0; s < count; s++) {
                const float *in = s == 1 && i < 3 ? silence : signal + (i + 9 * s) * TEST_FRAME;
                const float vad = process_frame(&alone[s], expected, in);
                same &= memcmp(&vad, &frames[s].vad, sizeof(vad)) == 0 && memcmp(expected, out[s], sizeof(expected)) == 0;
            }
        }
    }
    expect(same, what);
    rnnoise_model_free(models[0]);
    rnnoise_model_free(models[1]);
}

/* struct FrameSource's read; `source` is NULL for speech. */
static void read_test_frame(void *source, int64_t frame, int16_t samples[RNN_FRAME_SIZE])
{
    uint32_t state = (uint32_t)frame + 1;
    for (int i = 0; i < RNN_FRAME_SIZE; i++)
        samples[i] = test_sample(frame * RNN_FRAME_SIZE + i, source != NULL, &state);
}

static void check_rows(RowsInit *init, RowsNext *next, const char *what)
{
    int noise_mark = 1;
    const struct FrameSource speech = {read_test_frame, NULL, 333}, noise = {read_test_frame, &noise_mark, 200};
    struct RowState state, saved;
    float row[RNN_ROW_SIZE];
    uint64_t digest = TEST_DIGEST_START, digest_at_save = 0, resumed;
    init(&state, &noise, 7);
    for (int i = 0; i < ROWS; i++) {
        if (i == ROWS - 100) {
            saved = state;
            digest_at_save = digest;
        }
        next(&state, row, &speech, &noise);
        digest = test_digest(digest, row, sizeof(row));
    }
    resumed = digest_at_save;
    for (int i = ROWS - 100; i < ROWS; i++) {
        next(&saved, row, &speech, &noise);
        resumed = test_digest(resumed, row, sizeof(row));
    }
    printf("    %s: 0x%016llx\n", what, (unsigned long long)digest);
    expect(digest == DIGEST_ROWS, what);
    expect(resumed == digest, "rows go on from a saved state");
}

static void check_refusals(void)
{
    char *text = test_model_text(0);
    const int size = (int)strlen(text);
    int refused = rnnoise_model_from_buffer(NULL, 5) == NULL && rnnoise_model_from_buffer(text, 0) == NULL &&
                  rnnoise_model_from_filename("no such file") == NULL && rnnoise_model_from_file(NULL) == NULL;
    expect(refused, "nothing is no model");
    for (int cut = 1; cut < size - 4; cut += 997)
        refused &= rnnoise_model_from_buffer(text, cut) == NULL;
    expect(refused, "a truncated model is refused");
    text[size] = '1'; /* in place of the end */
    expect(rnnoise_model_from_buffer(text, size + 1) == NULL, "trailing rubbish is refused");
    text[size] = ' ';
    RNNModel *model = rnnoise_model_from_buffer(text, size + 1);
    expect(model != NULL, "trailing white space is fine");
    rnnoise_model_free(model);
    memcpy(strstr(text, "42 24 0"), "42 24 3", 7);
    expect(rnnoise_model_from_buffer(text, size) == NULL, "an unknown activation is refused");
    free(text);
    rnnoise_model_free(NULL);
    rnnoise_destroy(NULL);
}

int main(void)
{
    float *made = test_signal(TEST_FRAMES);
    signal = made;
    check_library(0, DIGEST_TANH, "denoised with tanh");
    check_library(2, DIGEST_RELU, "denoised with ReLU");
    check_recovery();
#ifdef RNN_HAVE_BASELINE
    check_kernels(rnnoise_denoiser_process_frame_baseline, "denoised by the baseline kernels");
    check_streams(rnnoise_denoiser_process_frame_baseline, rnnoise_denoiser_process_streams_baseline,
                  "streams side by side by the baseline kernels");
    check_rows(rnnoise_rows_init_baseline, rnnoise_rows_next_baseline, "rows of the baseline kernels");
#endif
#ifdef RNN_HAVE_AVX2
    if (RNN_HAS_AVX2) {
        check_kernels(rnnoise_denoiser_process_frame_avx2, "denoised by the AVX2 kernels");
        check_streams(rnnoise_denoiser_process_frame_avx2, rnnoise_denoiser_process_streams_avx2,
                      "streams side by side by the AVX2 kernels");
        check_rows(rnnoise_rows_init_avx2, rnnoise_rows_next_avx2, "rows of the AVX2 kernels");
    } else {
        puts("not run: this processor lacks AVX2");
    }
#endif
#ifdef RNN_HAVE_AVX512
    if (RNN_HAS_AVX512) {
        check_kernels(rnnoise_denoiser_process_frame_avx512, "denoised by the AVX-512 kernels");
        check_streams(rnnoise_denoiser_process_frame_avx512, rnnoise_denoiser_process_streams_avx512,
                      "streams side by side by the AVX-512 kernels");
        check_rows(rnnoise_rows_init_avx512, rnnoise_rows_next_avx512, "rows of the AVX-512 kernels");
    } else {
        puts("not run: this processor lacks AVX-512");
    }
#endif
    check_refusals();
    free(made);
    return EXIT_SUCCESS;
}
