/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call trace of a CPU, from its registers and its stack.
 *
 * x86_64 kernels with ORC are unwound by their own tables, exactly as they unwind themselves. Kernels with frame
 * pointers (aarch64, riscv64, x86_64 with CONFIG_UNWINDER_FRAME_POINTER) are unwound by these. Where both fail, the
 * rest of the stack is searched for possible return addresses. Each of them is a guess: it may be left from an earlier
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
	uint64_t address; /* the program counter, or a return address */
	uint64_t sp;      /* stack pointer of the frame: the end of its callee's frame; 0: not known */
	bool called;      /* it is a return address; otherwise a program counter */
	bool guessed;     /* found by searching the stack */
};

enum trace_end {
	TRACE_WHOLE,  /* complete, to the entry of the kernel or the start of the stack */
	TRACE_USER,   /* the CPU was not in the kernel */
	TRACE_BROKEN, /* it could not be followed to its end */
	TRACE_LOST,   /* its stack is not in the dump */
};

/* What traces of one dump share. */
struct tracer {
	struct memory *memory;
	const struct symbols *symbols; /* NULL: only frame pointers can be followed */
	const struct modules *modules; /* NULL: none */
	struct orc_table orc;
	bool has_orc;
};

struct trace {
	struct trace_frame frames[TRACE_FRAMES_MAX]; /* the innermost first */
	size_t count;
	enum trace_end end;
	const char *method; /* "ORC", "frame pointers"; NULL: no frame was found by either */
};

/* kernel and modules are borrowed by *tracer; modules may be NULL. */
void trace_open(struct tracer *tracer, const struct kernel *kernel, const struct modules *modules);

/* Trace one CPU. Unreadable memory ends the trace; there is always a result. */
void trace_follow(const struct tracer *tracer, const struct registers *registers, struct trace *trace);

/* Does the trace contain one of these functions? names ends with NULL. Guesses do not count. */
bool trace_has(const struct tracer *tracer, const struct trace *trace, const char *const *names);

#endif
