/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own variables, read with its types: the tasks that ran, the CPU that panicked, the clock. */
#ifndef ANALYZE_KERNEL_H
#define ANALYZE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/btf.h"
#include "analyze/symbols.h"

struct memory;

/* The kernel of a dump. All borrowed; symbols and btf may be NULL: then nothing is known. */
struct kernel {
	struct memory *memory;
	const struct symbols *symbols;
	const struct btf *btf;
};

struct kernel_task {
	uint64_t address; /* of its task_struct */
	int32_t pid;
	char name[33]; /* comm: anything, ended by NUL */
};

/* How to find the task that each CPU ran. */
struct kernel_tasks {
	uint64_t queues;             /* address of the per-CPU struct rq, before a CPU's offset is added */
	uint64_t distances;          /* address of the table of per-CPU offsets (__per_cpu_offset) */
	uint64_t current, pid, name; /* offsets in struct rq and struct task_struct */
	uint32_t name_size;
	bool one_cpu; /* a kernel without SMP: there is no table */
};

/* False: symbols or types are missing. */
bool kernel_find_tasks(const struct kernel *kernel, struct kernel_tasks *tasks);

/* Read the task that a CPU ran. False: it cannot be read. */
bool kernel_current(const struct kernel *kernel, const struct kernel_tasks *tasks, unsigned cpu,
		    struct kernel_task *task);

/* Find the CPU that panicked. False: none did, or it is not known. */
bool kernel_panic_cpu(const struct kernel *kernel, unsigned *cpu);

/* Read the clock: seconds since 1970, and since the machine started. False: not known, or impossible. */
bool kernel_clock(const struct kernel *kernel, uint64_t *seconds, uint64_t *uptime);

/* Read a machine word, or a number of 1, 2, 4 or 8 bytes, at a virtual address. False: it cannot be read. */
bool kernel_read_word(const struct kernel *kernel, uint64_t address, uint64_t *value);
bool kernel_read_number(const struct kernel *kernel, uint64_t address, unsigned bytes, uint64_t *value);

/* Find a member by btf_member(): its offset in bytes. False: there is none, or it is a bit field. */
bool kernel_offset(const struct kernel *kernel, const char *type, const char *path, uint64_t *offset);

#endif
