/* Maximum and minimum in the order of contract/features §1: it decides what a NaN does. */
#ifndef RNNOISE_MINMAX_H
#define RNNOISE_MINMAX_H

static inline float max_float(float a, float b) { return a > b ? a : b; }
static inline float min_float(float a, float b) { return a < b ? a : b; }
static inline double max_double(double a, double b) { return a > b ? a : b; }
static inline int min_int(int a, int b) { return a < b ? a : b; }
static inline int max_int(int a, int b) { return a > b ? a : b; }

#endif
