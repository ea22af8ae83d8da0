/* Training rows from two bare 16-bit 48 kHz mono files:
 *
 *     denoise_training CLEAN.raw NOISE.raw COUNT [--seed S] [-o FILE]
 *
 * writes COUNT rows of 87 float32 in native byte order to stdout, or to FILE when all of them are there.
 * Exit codes: 0 done, 2 unusable input or usage (one line on stderr, no FILE). */

#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bare.h"
#include "dispatch.h"
#include "rows.h"

RNN_DECLARE(RowsInit, rnnoise_rows_init);
RNN_DECLARE(RowsNext, rnnoise_rows_next);

enum { EXIT_UNUSABLE = 2, FRAME_BYTES = RNN_FRAME_SIZE * RNN_PCM_BYTES };

static const char usage[] = "usage: denoise_training CLEAN.raw NOISE.raw COUNT [--seed S] [-o FILE]";

struct Options {
    const char *clean, *noise, *output;
    long long count;
    uint32_t seed;
};

struct RawFile {
    const char *path;
    FILE *stream;
    int64_t next; /* the frame at which the stream stands */
    struct stat status;
};

static char temporary_path[4096]; /* for the signal handler: removed if we are stopped */

static void remove_temporary(void)
{
    if (temporary_path[0] != '\0')
        unlink(temporary_path);
}

static void on_signal(int number)
{
    remove_temporary();
    _exit(128 + number);
}

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("denoise_training: error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    remove_temporary();
    exit(EXIT_UNUSABLE);
}

static long long parse_integer(const char *text, const char *what, long long low, long long high)
{
    char *end;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < low || value > high)
        fail("%s is '%s': give a whole number from %lld to %lld", what, text, low, high);
    return value;
}

static struct Options parse_arguments(int argc, char **argv)
{
    struct Options options = {NULL, NULL, NULL, 0, 1};
    const char *positional[3] = {NULL, NULL, NULL};
    int given = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
            puts(usage);
            exit(EXIT_SUCCESS);
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            options.seed = (uint32_t)parse_integer(argv[++i], "--seed", 0, UINT32_MAX);
        } else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            options.output = argv[++i];
        } else if (given < 3) {
            positional[given++] = argv[i];
        } else {
            fail("'%s' is one argument too many or has no value; %s", argv[i], usage);
        }
    }
    if (given < 3)
        fail("%d of 3 arguments given; %s", given, usage);
    options.clean = positional[0];
    options.noise = positional[1];
    options.count = parse_integer(positional[2], "COUNT", 1, INT64_MAX / (4 * RNN_ROW_SIZE));
    return options;
}

static void check_content(const struct RawFile *file)
{
    char head[HEADER_BYTES] = {0};
    if (fread(head, 1, sizeof(head), file->stream) != sizeof(head))
        fail("%s cannot be read: %s", file->path, strerror(errno));
    if (is_header(head))
        fail("%s " NOT_BARE, file->path);
    rewind(file->stream);
}

/* struct FrameSource's read. */
static void read_frame(void *source, int64_t frame, int16_t samples[RNN_FRAME_SIZE])
{
    struct RawFile *file = source;
    unsigned char bytes[FRAME_BYTES];
    if (frame != file->next && fseeko(file->stream, (off_t)(frame * FRAME_BYTES), SEEK_SET) != 0)
        fail("%s cannot be read again from frame %lld: %s", file->path, (long long)frame, strerror(errno));
    if (fread(bytes, 1, FRAME_BYTES, file->stream) != FRAME_BYTES)
        fail("%s ended or failed while it was read: leave it alone and run again", file->path);
    file->next = frame + 1;
    for (int i = 0; i < RNN_FRAME_SIZE; i++)
        samples[i] = (int16_t)(uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
}

static struct FrameSource open_raw(struct RawFile *file, const char *path)
{
    file->path = path;
    file->next = 0;
    file->stream = fopen(path, "rb");
    if (file->stream == NULL || fstat(fileno(file->stream), &file->status) != 0)
        fail("%s cannot be opened: %s", path, strerror(errno));
    if (!S_ISREG(file->status.st_mode))
        fail("%s is not a file: give bare 16-bit 48 kHz mono samples", path);
    if (file->status.st_size % RNN_PCM_BYTES != 0)
        fail("%s has an odd number of bytes (%lld): 16-bit samples have two each", path, (long long)file->status.st_size);
    if (file->status.st_size < FRAME_BYTES)
        fail("%s has %lld samples: at least %d are needed", path, (long long)file->status.st_size / RNN_PCM_BYTES,
             RNN_FRAME_SIZE);
    check_content(file);
    return (struct FrameSource){read_frame, file, file->status.st_size / FRAME_BYTES};
}

/* A file beside the final one, or stdout. */
static FILE *open_output(const struct Options *options, const struct RawFile *clean, const struct RawFile *noise)
{
    struct stat status;
    if (options->output == NULL) {
        if (isatty(STDOUT_FILENO))
            fail("rows are binary: give -o FILE or send stdout to a file or a pipe");
        return stdout;
    }
    if (stat(options->output, &status) == 0) {
        const struct RawFile *inputs[2] = {clean, noise};
        for (int i = 0; i < 2; i++)
            if (status.st_dev == inputs[i]->status.st_dev && status.st_ino == inputs[i]->status.st_ino)
                fail("output %s is also an input: choose another name", options->output);
        if (S_ISDIR(status.st_mode))
            fail("output %s is a folder: give a file name", options->output);
    }
    const int length =
        snprintf(temporary_path, sizeof(temporary_path), "%s.%ld.part", options->output, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof(temporary_path)) {
        temporary_path[0] = '\0';
        fail("the name of the output is too long");
    }
    FILE *stream = fopen(temporary_path, "wb");
    if (stream == NULL) {
        temporary_path[0] = '\0';
        fail("output %s cannot be created: %s", options->output, strerror(errno));
    }
    return stream;
}

static void install_signal_handlers(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        sigaction(signals[i], &action, NULL);
}

int main(int argc, char **argv)
{
    const struct Options options = parse_arguments(argc, argv);
    RowsInit *init = RNN_BEST(rnnoise_rows_init);
    RowsNext *next = RNN_BEST(rnnoise_rows_next);
    struct RawFile clean_file, noise_file;
    struct RowState state;
    float row[RNN_ROW_SIZE];

    if (init == NULL || next == NULL)
        fail("this processor lacks the instructions that this build needs: build with SIMD=baseline or auto");
    if (options.seed == 0)
        fputs("denoise_training: warning: seed 0 is the same as seed 1\n", stderr);
    const struct FrameSource clean = open_raw(&clean_file, options.clean);
    const struct FrameSource noise = open_raw(&noise_file, options.noise);
    install_signal_handlers();
    FILE *output = open_output(&options, &clean_file, &noise_file);

    init(&state, &noise, options.seed);
    for (long long i = 0; i < options.count; i++) {
        next(&state, row, &clean, &noise);
        if (fwrite(row, sizeof(row), 1, output) != 1)
            fail("rows cannot be written: %s", strerror(errno));
    }
    if (fclose(output) != 0)
        fail("rows cannot be written: %s", strerror(errno));
    if (options.output != NULL && rename(temporary_path, options.output) != 0)
        fail("output %s cannot be written: %s", options.output, strerror(errno));
    fclose(clean_file.stream);
    fclose(noise_file.stream);
    return EXIT_SUCCESS;
}
