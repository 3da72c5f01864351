/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers of each CPU, from its PRSTATUS note. */
#ifndef ANALYZE_REGISTERS_H
#define ANALYZE_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dump/notes.h"

#define REGISTERS_MAX 128

struct registers {
	const char *const *names; /* NULL: not known for this machine */
	size_t count;
	uint64_t value[REGISTERS_MAX];
	int32_t pid;
	uint64_t pc, sp;
};

/* Find the next PRSTATUS note from offset *at on, which starts as 0. Unlike notes_prstatus, linear for all of them. */
bool registers_next(const struct info *info, size_t *at, struct note *note);

/* Parse a note. False: the machine's registers are not known, or the note is too short for them. */
bool registers_get(const struct info *info, const struct note *note, struct registers *registers);

#endif
