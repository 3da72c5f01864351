/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF notes of a dump, and VMCOREINFO, which is one of them. The layout is that of the ELF gABI: a header of 12 bytes,
 * padding to 4 bytes.
 */
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
	size_t start, end; /* offsets in the notes, padding included */
};

/*
 * Fill *note with the note at offset *at and move *at after it. False at the end of the notes, or when the rest is no
 * note: then *at stays below size.
 */
bool notes_next(const unsigned char *notes, size_t size, bool big_endian, size_t *at, struct note *note);

/* Does the note have that name and type? A name without its NUL is accepted: some writers leave it out. */
bool note_is(const struct note *note, const char *name, uint32_t type);

/* Bytes of a note with its header and padding. */
size_t note_size(const char *name, size_t desc_size);

/* Write the header and the name of a note; returns where its desc_size bytes go. out has note_size() bytes, zeroed. */
unsigned char *note_put(unsigned char *out, bool big_endian, const char *name, uint32_t type, size_t desc_size);

/* Append a note to info's notes, in info's byte order. Returns 0 or -FAULT_MEMORY. */
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

/* Set info's page size, kernel release and time of the crash from VMCOREINFO; info->machine must be set or NULL. */
void notes_describe(struct info *info);

#endif
