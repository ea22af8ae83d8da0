/* Denoises bare 16-bit 48 kHz mono samples:
 *
 *     rnnoise_demo IN.raw OUT.raw [MODEL]
 *
 * MODEL is a text model; without it the built-in one is used. The first frame of output is dropped and the last
 * one flushed, so that OUT is as long as IN and in time with it. Samples are rounded half to even and saturated. */

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnnoise.h"

enum { FRAME_SIZE = 480, EXIT_UNUSABLE = 2 };

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "rnnoise_demo: error: %s: %s\n", what, why);
    return EXIT_UNUSABLE;
}

/* Reads up to one frame, fills it up with zeros; returns the samples read. */
static size_t read_frame(float frame[FRAME_SIZE], FILE *stream)
{
    unsigned char bytes[2 * FRAME_SIZE];
    const size_t count = fread(bytes, 2, FRAME_SIZE, stream);
    memset(bytes + 2 * count, 0, 2 * (FRAME_SIZE - count));
    for (int i = 0; i < FRAME_SIZE; i++)
        frame[i] = (int16_t)(uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    return count;
}

static int write_samples(FILE *stream, const float *samples, size_t count)
{
    unsigned char bytes[2 * FRAME_SIZE];
    for (size_t i = 0; i < count; i++) {
        const float rounded = rintf(samples[i]);
        const int value = rounded > 32767.0f ? 32767 : rounded > -32768.0f ? (int)rounded : -32768;
        bytes[2 * i] = (unsigned char)(value & 0xff);
        bytes[2 * i + 1] = (unsigned char)(value >> 8 & 0xff);
    }
    return fwrite(bytes, 2, count, stream) == count;
}

/* Output k belongs to input k - 1: what is written lags one frame behind what is read. */
static int denoise_stream(DenoiseState *state, FILE *in, FILE *out)
{
    float frame[FRAME_SIZE];
    size_t count = read_frame(frame, in);
    if (count > 0)
        rnnoise_process_frame(state, frame, frame);
    while (count > 0) {
        const size_t next = read_frame(frame, in);
        rnnoise_process_frame(state, frame, frame);
        if (!write_samples(out, frame, count))
            return 0;
        count = next;
    }
    return !ferror(in);
}

int main(int argc, char **argv)
{
    RNNModel *model = NULL;
    if (argc < 3 || argc > 4)
        return fail("usage", "rnnoise_demo IN.raw OUT.raw [MODEL]");
    if (strcmp(argv[1], argv[2]) == 0)
        return fail(argv[2], "is the input: choose another name");
    FILE *in = fopen(argv[1], "rb");
    if (in == NULL)
        return fail(argv[1], strerror(errno));
    if (argc == 4 && (model = rnnoise_model_from_filename(argv[3])) == NULL) {
        fclose(in);
        return fail(argv[3], "is missing or is not a text model of RNNoise");
    }
    DenoiseState *state = rnnoise_create(model);
    FILE *out = state != NULL ? fopen(argv[2], "wb") : NULL;
    int code = EXIT_SUCCESS;
    if (state == NULL)
        code = fail("rnnoise_create", "no memory, or this processor lacks what the library was built for");
    else if (out == NULL)
        code = fail(argv[2], strerror(errno));
    else if (!denoise_stream(state, in, out) || fflush(out) != 0)
        code = fail(argv[2], "reading or writing failed");
    if (out != NULL)
        fclose(out);
    fclose(in);
    rnnoise_destroy(state);
    rnnoise_model_free(model);
    return code;
}
