/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's log out of a dump's memory, by VMCOREINFO alone: the ring buffer of records since Linux 5.10, the
 * records of 3.5 to 5.9, and the plain text before.
 */
#ifndef ANALYZE_LOG_H
#define ANALYZE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/info.h"

struct memory;

#define LOG_TEXT_MAX 65535 /* bytes of one record */
#define LOG_TIME_UNKNOWN UINT64_MAX
#define LOG_LEVEL_UNKNOWN (-1)

struct log_record {
	uint64_t sequence;    /* as the kernel counts them; from 0 on where it does not say */
	uint64_t nanoseconds; /* since the machine started, or LOG_TIME_UNKNOWN: then text starts with it, if anything
				 has it */
	int level;            /* 0 (emergency) to 7 (debug), or LOG_LEVEL_UNKNOWN */
	const char *text;     /* as the kernel wrote it: anything, with newlines inside; borrowed for the call */
	size_t size;          /* of it, at most LOG_TEXT_MAX; text[size] is NUL */
};

typedef void log_fn(void *argument, const struct log_record *record);

/* Does VMCOREINFO say where the log is? */
bool log_is_known(const struct info *info);

/*
 * Call found for each record, oldest first. Returns 0; -FAULT_CANNOT when VMCOREINFO does not say where the log is;
 * -FAULT_DAMAGED when it cannot be read, or not all of it can: what could be was found; any other fault.
 */
int log_read(struct memory *memory, log_fn *found, void *argument, struct fault *fault);

/*
 * The line of the log that says why the kernel died, chosen as crash does for its PANIC line; "" when there is none.
 * Returns as log_read: when parts of the log are lost, out is what the rest says.
 */
int log_panic(struct memory *memory, char *out, size_t room, struct fault *fault);

#endif
