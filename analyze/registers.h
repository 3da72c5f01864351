/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers of each CPU, as its PRSTATUS note has them. */
#ifndef ANALYZE_REGISTERS_H
#define ANALYZE_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dump/notes.h"

#define REGISTERS_MAX 128

struct registers {
	const char *const *names; /* NULL: they have none here */
	size_t count;
	uint64_t value[REGISTERS_MAX];
	int32_t pid;
	uint64_t pc, sp;
};

/* The next PRSTATUS note from *at on, which starts as 0; unlike notes_prstatus, not anew for each of a million. */
bool registers_next(const struct info *info, size_t *at, struct note *note);

/* What a note holds. False: the machine's registers are not known, or the note is too short for them. */
bool registers_get(const struct info *info, const struct note *note, struct registers *registers);

#endif
