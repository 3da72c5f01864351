/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a CPU got where it was: its call trace, from its registers and its stack.
 *
 * x86_64 kernels with ORC are unwound by their own tables, exactly as they do it themselves. Kernels with frame
 * pointers (aarch64, riscv64, x86_64 that were built so) are unwound by these. Where neither leads on, what is left of
 * the stack is searched for addresses that a call may return to, and each is a guess: it may be left from an earlier
 * call.
 */
#ifndef ANALYZE_TRACE_H
#define ANALYZE_TRACE_H

#include "analyze/modules.h"
#include "analyze/orc.h"
#include "analyze/registers.h"
#include "analyze/symbols.h"

#define TRACE_FRAMES_MAX 256

struct trace_frame {
	uint64_t address; /* where the CPU was, or will return to */
	uint64_t sp;      /* of the frame: where the stack of whom it called ends; 0 when it is not known */
	bool called;      /* it is an address to return to; else the CPU was there: it was interrupted */
	bool guessed;     /* found by searching the stack */
};

enum trace_end {
	TRACE_WHOLE,  /* down to where the kernel was entered, or the stack begins */
	TRACE_USER,   /* the CPU was not in the kernel at all */
	TRACE_BROKEN, /* it could not be followed to its end */
	TRACE_LOST,   /* its stack is not in the dump */
};

/* What a trace needs of its dump. */
struct tracer {
	struct memory *memory;
	const struct symbols *symbols; /* NULL: none, then only frame pointers can be followed */
	const struct modules *modules; /* NULL: none */
	struct orc_table orc;
	bool has_orc;
};

struct trace {
	struct trace_frame frames[TRACE_FRAMES_MAX]; /* the innermost first */
	size_t count;
	enum trace_end end;
	const char *method; /* how the frames that are no guesses were found: "ORC", "frame pointers"; NULL: there are
			       none */
};

/* What of the kernel is known, and its modules, are borrowed by *tracer; modules may be NULL. */
void trace_open(struct tracer *tracer, const struct kernel *kernel, const struct modules *modules);

/* Follow one. What cannot be read ends it: there is always an answer. */
void trace_follow(const struct tracer *tracer, const struct registers *registers, struct trace *trace);

/* Is one of these functions in it? names ends with NULL. Guesses do not count. */
bool trace_has(const struct tracer *tracer, const struct trace *trace, const char *const *names);

#endif
