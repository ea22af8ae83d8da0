/* Bare 16-bit 48 kHz mono samples begin with no header. */

#ifndef BARE_H
#define BARE_H

#include <stddef.h>
#include <string.h>

enum { HEADER_BYTES = 4 };

#define NOT_BARE "starts with the header of an audio file: give bare 16-bit 48 kHz mono samples"

/* Whether these four bytes begin a WAV, FLAC, Ogg, AIFF, CAF, AU or MP3 file. */
static inline int is_header(const void *head)
{
    static const char *const magics[] = {"RIFF", "RIFX", "RF64", "fLaC", "OggS",
                                         "FORM", "caff", ".snd", "ID3\3", "ID3\4"};
    for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++)
        if (memcmp(head, magics[i], HEADER_BYTES) == 0)
            return 1;
    return 0;
}

#endif
