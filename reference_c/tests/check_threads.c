/* Eight states in eight threads, one model: each gives what a state alone gives. For ThreadSanitizer too. */

#include <pthread.h>

#include "rnnoise.h"
#include "material.h"

enum { THREADS = 8, SIGNAL_SIZE = TEST_FRAMES * TEST_FRAME };

struct Job {
    RNNModel *model;
    const float *signal;
    uint64_t digest;
};

static void *denoise(void *argument)
{
    struct Job *job = argument;
    float *out = malloc(SIGNAL_SIZE * sizeof(float));
    DenoiseState *state = rnnoise_create(job->model);
    uint64_t digest = TEST_DIGEST_START;
    for (int i = 0; out != NULL && state != NULL && i < TEST_FRAMES; i++) {
        const float vad = rnnoise_process_frame(state, out + i * TEST_FRAME, job->signal + i * TEST_FRAME);
        digest = test_digest(digest, &vad, sizeof(vad));
    }
    job->digest = test_digest(digest, out, SIGNAL_SIZE * sizeof(float));
    rnnoise_destroy(state);
    free(out);
    return NULL;
}

int main(void)
{
    char *text = test_model_text(0);
    float *signal = test_signal(TEST_FRAMES);
    RNNModel *model = rnnoise_model_from_buffer(text, (int)strlen(text));
    struct Job alone = {model, signal, 0}, jobs[THREADS];
    pthread_t threads[THREADS];
    expect(model != NULL, "the model loads");
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = alone;
        expect(pthread_create(&threads[i], NULL, denoise, &jobs[i]) == 0, "a thread starts");
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    denoise(&alone);
    for (int i = 0; i < THREADS; i++)
        expect(jobs[i].digest == alone.digest, "a thread's output is that of a state alone");
    rnnoise_model_free(model);
    free(signal);
    free(text);
    return EXIT_SUCCESS;
}
