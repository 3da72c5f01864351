/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_NUMBER_H
#define CLI_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number as people write it: decimal, 0x..., or with K, M, G, T (powers of 1024). False: it is none, or overflows. */
bool number_parse(const char *text, uint64_t *value);

/* The same, signed, without letters, and within least ... most: levels and counts. */
bool number_parse_int(const char *text, int least, int most, int *value);

/* 1536 -> "1.5 KiB". Returns out. */
char *number_bytes(uint64_t bytes, char *out, size_t room);

#endif
