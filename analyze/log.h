/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's log from a dump's memory, with VMCOREINFO alone: the ring buffer of records since Linux 5.10, the
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
	uint64_t sequence;    /* the kernel's number of the record; counted from 0 where it has none */
	uint64_t nanoseconds; /* since the machine started, or LOG_TIME_UNKNOWN: then it is at most part of the text */
	int level;            /* 0 (emergency) to 7 (debug), or LOG_LEVEL_UNKNOWN */
	const char *text;     /* as the kernel wrote it: any bytes, with newlines inside; borrowed for the call */
	size_t size;          /* of it, at most LOG_TEXT_MAX; text[size] is NUL */
};

typedef void log_fn(void *argument, const struct log_record *record);

/* Does VMCOREINFO contain the location of the log? */
bool log_is_known(const struct info *info);

/*
 * Call found for each record, oldest first. Returns 0; -FAULT_CANNOT when VMCOREINFO lacks the location of the log;
 * -FAULT_DAMAGED when the log or some of its records cannot be read: the others were reported; any other fault.
 */
int log_read(struct memory *memory, log_fn *found, void *argument, struct fault *fault);

/*
 * Copy the line of the log with the reason of the crash to out, chosen as crash chooses its PANIC line; "" when there
 * is none. Returns as log_read: when parts of the log are lost, the line is chosen from the rest.
 */
int log_panic(struct memory *memory, char *out, size_t room, struct fault *fault);

#endif
