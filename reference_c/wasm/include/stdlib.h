/* For a compiler without a C library: memory from a heap of fixed size. */
#ifndef RNNOISE_WASM_STDLIB_H
#define RNNOISE_WASM_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *realloc(void *memory, size_t size);
void free(void *memory);

#endif
