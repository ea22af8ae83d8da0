/* Material for the self-tests, made with integers alone so that it is the same everywhere. */
#ifndef RNNOISE_TEST_SIGNAL_H
#define RNNOISE_TEST_SIGNAL_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEST_FRAME = 480, TEST_FRAMES = 200 };

static inline uint32_t test_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* A buzz whose pitch rises, fading in and out, and noise; one stretch is silent. */
static inline int16_t test_sample(int64_t index, int noise, uint32_t *state)
{
    const int64_t frame = index / TEST_FRAME;
    const int level = (int)(frame % 50) * 80, period = 100 + (int)(frame % 7) * 30;
    const int buzz = (int)(index % period) * 2 * level / period - level;
    const int hiss = (int)(test_random(state) % 2001) - 1000;
    if (frame % 90 >= 80)
        return 0;
    return (int16_t)(noise ? hiss : buzz + hiss / 20);
}

static inline float *test_signal(int frames)
{
    float *samples = malloc((size_t)frames * TEST_FRAME * sizeof(float));
    uint32_t state = 1;
    for (int64_t i = 0; samples != NULL && i < (int64_t)frames * TEST_FRAME; i++) {
        const int speech = test_sample(i, 0, &state);
        samples[i] = (float)(speech + test_sample(i, 1, &state) / 4);
    }
    return samples;
}

/* FNV-1a over the bytes. */
static inline uint64_t test_digest(uint64_t digest, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ byte[i]) * UINT64_C(1099511628211);
    return digest;
}

#define TEST_DIGEST_START UINT64_C(14695981039346656037)

/* A text model with random weights, the usual sizes and the given activation in its GRUs. */
static inline char *test_model_text(int activation)
{
    static const int shapes[6][4] = {/* inputs, neurons, activation (-1: given), gates */
                                     {42, 24, 0, 1}, {24, 24, -1, 3}, {90, 48, -1, 3},
                                     {114, 96, -1, 3}, {96, 22, 1, 1}, {24, 1, 1, 1}};
    size_t room = 512 * 1024, length;
    char *text = malloc(room);
    uint32_t state = 12345;
    if (text == NULL)
        return NULL;
    length = (size_t)snprintf(text, room, "rnnoise-nu model file version 1\n");
    for (int layer = 0; layer < 6; layer++) {
        const int inputs = shapes[layer][0], neurons = shapes[layer][1], gates = shapes[layer][3];
        const int id = shapes[layer][2] < 0 ? activation : shapes[layer][2];
        const int count = neurons * gates * (inputs + (gates == 3 ? neurons : 0) + 1);
        length += (size_t)snprintf(text + length, room - length, "%d %d %d\n", inputs, neurons, id);
        for (int i = 0; i < count; i++)
            length += (size_t)snprintf(text + length, room - length, "%d%c", (int)(test_random(&state) % 101) - 50,
                                       i % 20 == 19 || i == count - 1 ? '\n' : ' ');
    }
    return text;
}

static inline void expect(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "FAILED: %s\n", what);
        exit(EXIT_FAILURE);
    }
    printf("ok: %s\n", what);
}

#endif
