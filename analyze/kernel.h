/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's own variables say, where its types are known: the tasks that ran, and its clock. */
#ifndef ANALYZE_KERNEL_H
#define ANALYZE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/btf.h"
#include "analyze/symbols.h"

struct memory;

/* How a kernel is read. All borrowed; symbols and btf may be NULL, and then nothing is known. */
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

/* Where the tasks that CPUs run are found. */
struct kernel_tasks {
	uint64_t queues;             /* address of the CPUs' struct rq, without the distance to each CPU's own */
	uint64_t distances;          /* of the table of these */
	uint64_t current, pid, name; /* offsets in struct rq and struct task_struct */
	uint32_t name_size;
	bool one_cpu; /* there is no table */
};

/* False: that cannot be known. */
bool kernel_find_tasks(const struct kernel *kernel, struct kernel_tasks *tasks);

/* The task that a CPU ran. False: that cannot be known. */
bool kernel_current(const struct kernel *kernel, const struct kernel_tasks *tasks, unsigned cpu,
		    struct kernel_task *task);

/* The CPU that panicked. False: none did, or that cannot be known. */
bool kernel_panic_cpu(const struct kernel *kernel, unsigned *cpu);

/* Seconds since 1970, and since the machine started. False: that cannot be known. */
bool kernel_clock(const struct kernel *kernel, uint64_t *seconds, uint64_t *uptime);

/* A word, or a number of 1, 2, 4 or 8 bytes, at a virtual address. False: it cannot be read. */
bool kernel_read_word(const struct kernel *kernel, uint64_t address, uint64_t *value);
bool kernel_read_number(const struct kernel *kernel, uint64_t address, unsigned bytes, uint64_t *value);

/* Where a member of a struct is, whole bytes of it: its distance from the struct's start. False: there is none. */
bool kernel_offset(const struct kernel *kernel, const char *type, const char *path, uint64_t *offset);

#endif
