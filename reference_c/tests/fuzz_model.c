/* Any bytes into the model loader; what loads must run. Build with `make fuzz` (clang's libFuzzer), or with
 * `make replay`, which needs no fuzzer: it runs the files that it is given. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "rnnoise.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    RNNModel *model = rnnoise_model_from_buffer(bytes, (int)size);
    if (model != NULL) {
        float frame[480];
        DenoiseState *state = rnnoise_create(model);
        for (int i = 0; i < 480; i++)
            frame[i] = (float)(i * 37 % 480);
        rnnoise_process_frame(state, frame, frame);
        rnnoise_destroy(state);
        rnnoise_model_free(model);
    }
    return 0;
}

#ifdef RNN_REPLAY
int main(int argc, char **argv)
{
    static uint8_t bytes[1 << 20];
    for (int i = 1; i < argc; i++) {
        FILE *stream = fopen(argv[i], "rb");
        if (stream == NULL) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, sizeof(bytes), stream));
        fclose(stream);
        RNNModel *model = rnnoise_model_from_filename(argv[i]);
        printf("%s: %s\n", argv[i], model != NULL ? "a model" : "refused");
        rnnoise_model_free(model);
    }
    return EXIT_SUCCESS;
}
#endif
