/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Variables of the kernel that crashed. It relies on symbols for their addresses and on BTF for their layout: without
 * either, nothing is known. Offsets are those of the kernel itself, so no release needs a table here.
 */
#include <string.h>

#include "analyze/kernel.h"
#include "dump/memory.h"
#include "lkcd/endian.h"

#define YEAR_2000 UINT64_C(946684800)
#define YEAR_10000 UINT64_C(253402300800)

bool kernel_read_number(const struct kernel *kernel, uint64_t address, unsigned bytes, uint64_t *value)
{
	bool big = memory_info(kernel->memory)->big_endian;
	unsigned char field[8];
	struct fault fault;

	if (memory_read(kernel->memory, address, field, bytes, &fault))
		return false;
	*value = bytes == 1 ? field[0] : bytes == 2 ? get16(field, big) : get_word(field, big, bytes * 8);
	return true;
}

bool kernel_read_word(const struct kernel *kernel, uint64_t address, uint64_t *value)
{
	struct fault fault;

	return !memory_read_word(kernel->memory, address, value, &fault);
}

bool kernel_offset(const struct kernel *kernel, const char *type, const char *path, uint64_t *offset)
{
	struct btf_field field;

	if (!btf_member(kernel->btf, type, path, &field) || field.bits || field.offset % 8)
		return false;
	*offset = field.offset / 8;
	return true;
}

static bool find_variable(const struct kernel *kernel, const char *name, uint64_t *address)
{
	return kernel->symbols && symbols_find(kernel->symbols, name, address);
}

bool kernel_find_tasks(const struct kernel *kernel, struct kernel_tasks *tasks)
{
	struct btf_field name;

	if (!kernel_offset(kernel, "rq", "curr", &tasks->current) ||
	    !kernel_offset(kernel, "task_struct", "pid", &tasks->pid) ||
	    !kernel_offset(kernel, "task_struct", "comm", &tasks->name) ||
	    !find_variable(kernel, "runqueues", &tasks->queues))
		return false;
	btf_member(kernel->btf, "task_struct", "comm", &name);
	tasks->name_size = name.size;
	tasks->one_cpu = !find_variable(kernel, "__per_cpu_offset", &tasks->distances);
	return name.size && name.size < sizeof(((struct kernel_task *)NULL)->name);
}

bool kernel_current(const struct kernel *kernel, const struct kernel_tasks *tasks, unsigned cpu,
		    struct kernel_task *task)
{
	unsigned word = memory_info(kernel->memory)->bits / 8;
	uint64_t distance = 0, pid;
	struct fault fault;

	memset(task, 0, sizeof(*task));
	if (tasks->one_cpu ? cpu : !kernel_read_word(kernel, tasks->distances + (uint64_t)cpu * word, &distance))
		return false;
	if (!kernel_read_word(kernel, tasks->queues + distance + tasks->current, &task->address) ||
	    !kernel_read_number(kernel, task->address + tasks->pid, 4, &pid) ||
	    memory_read(kernel->memory, task->address + tasks->name, task->name, tasks->name_size, &fault))
		return false;
	task->pid = (int32_t)(uint32_t)pid;
	return true;
}

bool kernel_panic_cpu(const struct kernel *kernel, unsigned *cpu)
{
	static const char *const names[] = { "panic_cpu", "crashing_cpu" }; /* an atomic_t since 4.4; an int on x86 */
	uint64_t at, value;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!find_variable(kernel, names[i], &at) || !kernel_read_number(kernel, at, 4, &value) ||
		    value > INT32_MAX)
			continue; /* -1: none */
		*cpu = (unsigned)value;
		return true;
	}
	return false;
}

/* Find a struct timekeeper. Until 6.12 the current one has no symbol of its own, but its shadow has one. */
static bool find_timekeeper(const struct kernel *kernel, uint64_t *address)
{
	uint64_t offset;

	if (!kernel_offset(kernel, "tk_data", "timekeeper", &offset))
		return find_variable(kernel, "shadow_timekeeper", address);
	if (!find_variable(kernel, "timekeeper_data", address) && !find_variable(kernel, "tk_core", address))
		return false;
	*address += offset;
	return true;
}

bool kernel_clock(const struct kernel *kernel, uint64_t *seconds, uint64_t *uptime)
{
	uint64_t at, real, monotonic, to_monotonic;

	if (!find_timekeeper(kernel, &at) || !kernel_offset(kernel, "timekeeper", "xtime_sec", &real) ||
	    !kernel_offset(kernel, "timekeeper", "wall_to_monotonic.tv_sec", &monotonic) ||
	    !kernel_read_number(kernel, at + real, 8, seconds) ||
	    !kernel_read_number(kernel, at + monotonic, 8, &to_monotonic))
		return false;
	*uptime = *seconds + to_monotonic;
	return *seconds >= YEAR_2000 && *seconds < YEAR_10000 && *uptime <= *seconds;
}
