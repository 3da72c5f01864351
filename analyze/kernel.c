/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "analyze/kernel.h"
#include "dump/memory.h"
#include "lkcd/endian.h"

#define YEAR_2000 UINT64_C(946684800)
#define YEAR_10000 UINT64_C(253402300800)

bool kernel_number(const struct kernel *kernel, uint64_t address, unsigned bytes, uint64_t *value)
{
	bool big = memory_info(kernel->memory)->big_endian;
	unsigned char field[8];
	struct fault fault;

	if (memory_read_virtual(kernel->memory, address, field, bytes, &fault))
		return false;
	*value = bytes == 1 ? field[0] : bytes == 2 ? get16(field, big) : get_word(field, big, bytes * 8);
	return true;
}

bool kernel_word(const struct kernel *kernel, uint64_t address, uint64_t *value)
{
	return kernel_number(kernel, address, memory_info(kernel->memory)->bits / 8, value);
}

bool kernel_offset(const struct kernel *kernel, const char *type, const char *path, uint64_t *offset)
{
	struct btf_field field;

	if (!btf_member(kernel->btf, type, path, &field) || field.bits || field.offset % 8)
		return false;
	*offset = field.offset / 8;
	return true;
}

static bool variable(const struct kernel *kernel, const char *name, uint64_t *address)
{
	return kernel->symbols && symbols_find(kernel->symbols, name, address);
}

/* A CPU's own copy of a variable. A kernel for one CPU has no table of them. */
static bool cpu_variable(const struct kernel *kernel, const char *name, unsigned cpu, uint64_t *address)
{
	uint64_t table, offset;

	if (!variable(kernel, name, address))
		return false;
	if (!variable(kernel, "__per_cpu_offset", &table))
		return !cpu;
	if (!kernel_word(kernel, table + (uint64_t)cpu * (memory_info(kernel->memory)->bits / 8), &offset))
		return false;
	*address += offset;
	return true;
}

bool kernel_current(const struct kernel *kernel, unsigned cpu, struct kernel_task *task)
{
	uint64_t queue, current, pid_at, name_at, pid;
	struct btf_field name;
	struct fault fault;

	memset(task, 0, sizeof(*task));
	if (!kernel_offset(kernel, "rq", "curr", &current) || !kernel_offset(kernel, "task_struct", "pid", &pid_at) ||
	    !kernel_offset(kernel, "task_struct", "comm", &name_at) || !cpu_variable(kernel, "runqueues", cpu, &queue))
		return false;
	btf_member(kernel->btf, "task_struct", "comm", &name);
	if (!name.size || name.size >= sizeof(task->name))
		return false;
	if (!kernel_word(kernel, queue + current, &task->address) ||
	    !kernel_number(kernel, task->address + pid_at, 4, &pid) ||
	    memory_read_virtual(kernel->memory, task->address + name_at, task->name, name.size, &fault))
		return false;
	task->pid = (int32_t)(uint32_t)pid;
	return true;
}

bool kernel_panic_cpu(const struct kernel *kernel, unsigned *cpu)
{
	static const char *const names[] = { "panic_cpu", "crashing_cpu" }; /* an atomic_t since 4.4; an int of x86 */
	uint64_t at, value;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!variable(kernel, names[i], &at) || !kernel_number(kernel, at, 4, &value) || value > INT32_MAX)
			continue; /* -1: none */
		*cpu = (unsigned)value;
		return true;
	}
	return false;
}

/* Where a struct timekeeper is. Until 6.12 the one that is updated has no name of its own, but its shadow has. */
static bool find_timekeeper(const struct kernel *kernel, uint64_t *address)
{
	uint64_t offset;

	if (!kernel_offset(kernel, "tk_data", "timekeeper", &offset))
		return variable(kernel, "shadow_timekeeper", address);
	if (!variable(kernel, "timekeeper_data", address) && !variable(kernel, "tk_core", address))
		return false;
	*address += offset;
	return true;
}

bool kernel_clock(const struct kernel *kernel, uint64_t *seconds, uint64_t *uptime)
{
	uint64_t at, real, monotonic, to_monotonic;

	if (!find_timekeeper(kernel, &at) || !kernel_offset(kernel, "timekeeper", "xtime_sec", &real) ||
	    !kernel_offset(kernel, "timekeeper", "wall_to_monotonic.tv_sec", &monotonic) ||
	    !kernel_number(kernel, at + real, 8, seconds) || !kernel_number(kernel, at + monotonic, 8, &to_monotonic))
		return false;
	*uptime = *seconds + to_monotonic;
	return *seconds >= YEAR_2000 && *seconds < YEAR_10000 && *uptime <= *seconds;
}
