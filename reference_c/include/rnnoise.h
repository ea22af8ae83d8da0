/* librnnoise: noise suppression for speech, 48 kHz mono, frames of 10 ms.
 *
 *     #include <rnnoise.h>
 *
 *     DenoiseState *state = rnnoise_create(NULL);
 *     float frame[480];                          // one frame, samples in -32768 ... 32767
 *     while (read_frame(frame)) {
 *         float speech = rnnoise_process_frame(state, frame, frame);
 *         write_frame(frame);                    // one frame late
 *     }
 *     rnnoise_destroy(state);
 *
 * The output is one frame (480 samples) later than the input: to keep a recording's length, pass one more
 * frame of zeros at its end and drop the first frame of output. Samples are floats in the range of 16-bit
 * integers, not in -1 ... 1, and the output is not clipped. Input that is no audio (NaN, infinite, beyond
 * +-1e15) is taken for 0, so the output is always finite.
 *
 * States are independent: use as many as there are channels, in as many threads as you like, but each in one
 * thread at a time. A model may be shared by any number of states. Nothing is allocated while frames run. */
#ifndef RNNOISE_H
#define RNNOISE_H

#include <stdio.h>

#ifndef RNNOISE_EXPORT
#if defined(__GNUC__)
#define RNNOISE_EXPORT __attribute__((visibility("default")))
#else
#define RNNOISE_EXPORT
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** The denoiser of one channel, with all that it remembers. */
typedef struct DenoiseState DenoiseState;

/** Trained weights; never changed by a state. */
typedef struct RNNModel RNNModel;

/** Bytes of a DenoiseState, for those who allocate it themselves (as aligned as malloc would). */
RNNOISE_EXPORT int rnnoise_get_size(void);

/** Samples of a frame: 480. */
RNNOISE_EXPORT int rnnoise_get_frame_size(void);

/** Make a state as new in memory of rnnoise_get_size() bytes.
 *
 * @param state  memory for the state; also a used state, to start again
 * @param model  weights, which must outlive the state; NULL for the built-in ones
 * @return 0, or -1 when the model is unusable or the processor lacks what the library was built for */
RNNOISE_EXPORT int rnnoise_init(DenoiseState *state, RNNModel *model);

/** Allocate and initialize a state; as rnnoise_init, but NULL on failure. */
RNNOISE_EXPORT DenoiseState *rnnoise_create(RNNModel *model);

/** Free a state that rnnoise_create made; NULL is allowed. */
RNNOISE_EXPORT void rnnoise_destroy(DenoiseState *state);

/** Denoise one frame.
 *
 * @param out  480 samples, one frame late; may be the same as `in`
 * @param in   480 samples
 * @return probability that the frame holds speech, 0 ... 1 */
RNNOISE_EXPORT float rnnoise_process_frame(DenoiseState *state, float *out, const float *in);

/** Denoise `count` frames that follow each other in memory; the same as `count` calls of the above.
 *
 * @param out  480 count samples; may be the same as `in`
 * @param in   480 count samples
 * @param vad  `count` speech probabilities; NULL when they are not wanted */
RNNOISE_EXPORT void rnnoise_process_frames(DenoiseState *state, float *out, const float *in, float *vad, int count);

/** Denoise the same `count` frames of several streams, a conference's for instance: sooner than one after another where
 * the library was made with `make STREAMS=16`.
 * Each stream gets the very samples that rnnoise_process_frames would give it, whatever runs beside it; several
 * streams may have several models, but those of one model should be neighbours.
 *
 * @param states   `streams` states, all different
 * @param out      for each stream, 480 count samples; may be the same as its `in`
 * @param in       for each stream, 480 count samples
 * @param vad      for each stream, `count` speech probabilities; NULL, for one or for all, when they are not wanted
 * @param streams  how many; 16 and its multiples are quickest
 * @param count    frames of each */
RNNOISE_EXPORT void rnnoise_process_streams(DenoiseState *const *states, float *const *out, const float *const *in,
                                            float *const *vad, int streams, int count);

/** Load a text model ("rnnoise-nu model file version 1") from where the stream stands to its end.
 *
 * @return a model to be freed with rnnoise_model_free, or NULL when the text is not exactly a model or memory
 *         is short. The stream stays open. */
RNNOISE_EXPORT RNNModel *rnnoise_model_from_file(FILE *stream);

/** The same from a file; NULL also when it cannot be read. */
RNNOISE_EXPORT RNNModel *rnnoise_model_from_filename(const char *filename);

/** The same from memory, which is copied: it may be freed at once. */
RNNOISE_EXPORT RNNModel *rnnoise_model_from_buffer(const void *buffer, int size);

/** Free a loaded model, after the states that use it; NULL is allowed. */
RNNOISE_EXPORT void rnnoise_model_free(RNNModel *model);

#ifdef __cplusplus
}
#endif

#endif
