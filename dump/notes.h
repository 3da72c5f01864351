/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF notes as a dump holds them, and VMCOREINFO, which is one of them. The layout is the ELF gABI's: 12-byte header,
 * 4-byte padding. */
#ifndef DUMP_NOTES_H
#define DUMP_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/info.h"

/* All pointers are borrowed from the notes that were walked. */
struct note {
	const char *name; /* name_size bytes, which should end in NUL */
	size_t name_size;
	uint32_t type;
	const unsigned char *desc;
	size_t desc_size;
	size_t start, end; /* where it stands in the notes, padding counted */
};

/*
 * The note at *at; moves *at behind it. False at the end of the notes, or where what follows is no note: then *at stays
 * below size.
 */
bool notes_next(const unsigned char *notes, size_t size, bool big_endian, size_t *at, struct note *note);

/* Is it a note of that name (compared with and without its NUL)? */
bool note_is(const struct note *note, const char *name, uint32_t type);

/* Bytes that a note takes. */
size_t note_size(const char *name, size_t desc_size);

/* Write header, name and padding for a note of desc_size bytes; returns where its desc begins. out has note_size()
 * bytes, zeroed. */
unsigned char *note_put(unsigned char *out, bool big_endian, const char *name, uint32_t type, size_t desc_size);

/* Append a note to info's, in info's byte order. */
int notes_add(struct info *info, const char *name, uint32_t type, const void *desc, size_t size, struct fault *fault);

/* The n-th PRSTATUS note (0 is the first); false when there are fewer. */
bool notes_prstatus(const struct info *info, unsigned n, struct note *note);

/*
 * VMCOREINFO's value of a key such as "OSRELEASE" or "NUMBER(phys_base)", copied into out as text. False when the dump
 * has no VMCOREINFO or the key is not in it.
 */
bool notes_vmcoreinfo(const struct info *info, const char *key, char *out, size_t room);

/* The same as a number: base 16 for SYMBOL() and KERNELOFFSET, 10 for the rest. False as above or when it is no number.
 */
bool notes_vmcoreinfo_number(const struct info *info, const char *key, int base, uint64_t *value);

/* Fill what VMCOREINFO tells into info's fields: page size, kernel release, time of the crash; machine must be set. */
void notes_describe(struct info *info);

#endif
