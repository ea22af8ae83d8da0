/* One source, several instruction sets.
 *
 * The files that compute are compiled once for each instruction set, with RNN_SUFFIX set to its name; every
 * function in them that other files see gets that suffix: fft_real becomes rnnoise_fft_real_avx2. Sums keep
 * their order in all of them and products are never fused, so that all give the same bits. */
#ifndef RNNOISE_VARIANT_H
#define RNNOISE_VARIANT_H

#ifndef RNN_SUFFIX
#define RNN_SUFFIX baseline
#endif

/* Whether several streams are worked on side by side (make STREAMS=16), or one after the other in a smaller library. */
#ifndef RNN_SIDE_BY_SIDE
#define RNN_SIDE_BY_SIDE 0
#endif

/* How many streams there are, at least one: where they come one after the other the compiler knows. */
#define STREAM_COUNT(count) (RNN_SIDE_BY_SIDE ? (count) : 1)

#define RNN_JOIN_EXPANDED(name, suffix) rnnoise_##name##_##suffix
#define RNN_JOIN(name, suffix) RNN_JOIN_EXPANDED(name, suffix)
#define RNN_VARIANT(name) RNN_JOIN(name, RNN_SUFFIX)

#endif
