/* Denoises bare 16-bit 48 kHz mono samples:
 *
 *     rnnoise_demo IN.raw OUT.raw [MODEL]
 *
 * MODEL is a text model; without it the built-in one is used. The first frame of output is dropped and the last
 * one flushed, so that OUT is as long as IN and in time with it. Samples are rounded half to even and saturated.
 * Exit codes: 0 done, 2 unusable input or usage (one line on stderr); what is known before the first sample leaves
 * no OUT. */

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bare.h"
#include "rnnoise.h"

enum { FRAME_SIZE = 480, FRAME_BYTES = 2 * FRAME_SIZE, EXIT_UNUSABLE = 2 };

struct Input {
    FILE *stream;
    unsigned char bytes[FRAME_BYTES]; /* of the last frame read */
    size_t count;                     /* of them that are there */
    int is_next;                      /* they are still to be taken */
    int is_odd;                       /* half a sample was left at the end */
};

static const char ODD[] = "has an odd number of bytes: 16-bit samples have two each";

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "rnnoise_demo: error: %s: %s\n", what, why);
    return EXIT_UNUSABLE;
}

static void read_frame(struct Input *in)
{
    in->count = fread(in->bytes, 1, FRAME_BYTES, in->stream);
    in->is_next = 1;
    in->is_odd |= (int)(in->count % 2);
}

/* Takes up to one frame, fills it up with zeros; returns the samples taken. */
static size_t take_frame(float frame[FRAME_SIZE], struct Input *in)
{
    if (!in->is_next)
        read_frame(in);
    in->is_next = 0;
    const size_t count = in->count / 2;
    memset(in->bytes + 2 * count, 0, FRAME_BYTES - 2 * count);
    for (int i = 0; i < FRAME_SIZE; i++)
        frame[i] = (int16_t)(uint16_t)(in->bytes[2 * i] | in->bytes[2 * i + 1] << 8);
    return count;
}

/* Reads the first frame; says why this is no bare file, or NULL. The length of a pipe shows only at its end. */
static const char *refusal(struct Input *in)
{
    const long size = fseek(in->stream, 0, SEEK_END) == 0 ? ftell(in->stream) : 0;
    rewind(in->stream);
    read_frame(in);
    if (ferror(in->stream))
        return strerror(errno); /* a folder, for one */
    if (size > 0 && size % 2 != 0)
        return ODD;
    return in->count >= HEADER_BYTES && is_header(in->bytes) ? NOT_BARE : NULL;
}

static int write_samples(FILE *stream, const float *samples, size_t count)
{
    unsigned char bytes[FRAME_BYTES];
    for (size_t i = 0; i < count; i++) {
        const float rounded = rintf(samples[i]);
        const int value = rounded > 32767.0f ? 32767 : rounded > -32768.0f ? (int)rounded : -32768;
        bytes[2 * i] = (unsigned char)(value & 0xff);
        bytes[2 * i + 1] = (unsigned char)(value >> 8 & 0xff);
    }
    return fwrite(bytes, 2, count, stream) == count;
}

/* Output k belongs to input k - 1: what is written lags one frame behind what is read. */
static int denoise_stream(DenoiseState *state, struct Input *in, FILE *out)
{
    float frame[FRAME_SIZE];
    size_t count = take_frame(frame, in);
    if (count > 0)
        rnnoise_process_frame(state, frame, frame);
    while (count > 0) {
        const size_t next = take_frame(frame, in);
        rnnoise_process_frame(state, frame, frame);
        if (!write_samples(out, frame, count))
            return 0;
        count = next;
    }
    return !ferror(in->stream);
}

int main(int argc, char **argv)
{
    RNNModel *model = NULL;
    if (argc < 3 || argc > 4)
        return fail("usage", "rnnoise_demo IN.raw OUT.raw [MODEL]");
    if (strcmp(argv[1], argv[2]) == 0)
        return fail(argv[2], "is the input: choose another name");
    struct Input in = {fopen(argv[1], "rb"), {0}, 0, 0, 0};
    if (in.stream == NULL)
        return fail(argv[1], strerror(errno));
    const char *const why = refusal(&in);
    if (why != NULL) {
        fclose(in.stream);
        return fail(argv[1], why);
    }
    if (argc == 4 && (model = rnnoise_model_from_filename(argv[3])) == NULL) {
        fclose(in.stream);
        return fail(argv[3], "is missing or is not a text model of RNNoise");
    }
    DenoiseState *state = rnnoise_create(model);
    FILE *out = state != NULL ? fopen(argv[2], "wb") : NULL;
    int code = EXIT_SUCCESS;
    if (state == NULL)
        code = fail("rnnoise_create", "no memory, or this processor lacks what the library was built for");
    else if (out == NULL)
        code = fail(argv[2], strerror(errno));
    else if (!denoise_stream(state, &in, out) || fflush(out) != 0)
        code = fail(argv[2], "reading or writing failed");
    else if (in.is_odd)
        code = fail(argv[1], ODD);
    if (out != NULL)
        fclose(out);
    fclose(in.stream);
    rnnoise_destroy(state);
    rnnoise_model_free(model);
    return code;
}
