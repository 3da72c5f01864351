/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The readers of what stands in a kernel's memory: symbols, types, tables of ORC and stacks, where the input is that
 * memory. Its first page says where everything is, so that nothing has to be guessed.
 */
#include <stdlib.h>
#include <string.h>

#include "analyze/btf.h"
#include "analyze/kallsyms.h"
#include "analyze/kernel.h"
#include "analyze/trace.h"
#include "dump/memory.h"
#include "tests/unit/image.h"
#include "tests/fuzz/expect.h"

#define VIRTUAL UINT64_C(0xffffffff80000000)
#define SIZE_MAX_FUZZED (256u << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The n-th number of the first page, as an address. */
static uint64_t address_at(const uint8_t *data, unsigned n)
{
	return VIRTUAL + (get32(data + 4 * n, false) & 0xfffff);
}

static void put_vmcoreinfo(const uint8_t *data, char *out, size_t room)
{
	static const char *const names[] = { "_stext",
					     "kallsyms_names",
					     "kallsyms_num_syms",
					     "kallsyms_token_table",
					     "kallsyms_token_index",
					     "kallsyms_offsets",
					     "kallsyms_relative_base" };
	size_t size = 0;

	for (unsigned i = 0; i < 7; i++) {
		const char *name = i == 5 && data[0] & 8 ? "kallsyms_addresses" : names[i];

		if (i == 6 && data[0] & 16)
			continue;
		size += (size_t)snprintf(out + size, room - size, "SYMBOL(%s)=%llx\n", name,
					 (unsigned long long)address_at(data, i + 1));
	}
}

static void look_at_symbols(const struct symbols *symbols)
{
	size_t count = symbols_count(symbols);

	expect(count && count <= SYMBOLS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct symbol symbol = symbols_get(symbols, i), found;
		char text[SYMBOLS_TEXT];
		uint64_t size;

		expect(symbol.name && strlen(symbol.name) < SYMBOLS_NAME_MAX);
		expect(!i || symbols_get(symbols, i - 1).address <= symbol.address);
		if (i < 64) {
			symbols_at(symbols, symbol.address, &found, &size);
			expect(strlen(symbols_text(symbols, symbol.address, i & 1, text)) < sizeof(text));
		}
	}
}

/* Symbols that lead to the tables, whatever the fuzzed ones say. */
static struct symbols *own_symbols(const uint8_t *data)
{
	static const char *const names[] = {
		"__start_BTF",
		"__stop_BTF",
		"__start_orc_unwind_ip",
		"__stop_orc_unwind_ip",
		"__start_orc_unwind",
		"__stop_orc_unwind",
		"_stext",
		"_etext",
		"panic_cpu",
		"shadow_timekeeper",
		"runqueues",
		"__per_cpu_offset",
	};
	struct fault fault;
	struct symbols *symbols = symbols_new(&fault);

	expect(symbols);
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		symbols_add(symbols, &(struct symbol){ names[i], address_at(data, 8 + i), 'T', false }, &fault);
	symbols_sort(symbols);
	return symbols;
}

static void follow(const struct kernel *kernel, const struct modules *modules, const uint8_t *data)
{
	static struct trace trace;
	struct registers registers = { 0 };
	struct tracer tracer;

	for (unsigned i = 0; i < 32; i++)
		registers.value[i] = address_at(data, 24 + i);
	registers.value[17] = 0x10;
	registers.pc = registers.value[16];
	registers.sp = registers.value[19];
	trace_open(&tracer, kernel, modules);
	trace_follow(&tracer, &registers, &trace);
	expect(trace.count <= TRACE_FRAMES_MAX);
}

static void look_at_types(struct memory *memory, struct symbols *symbols, const uint8_t *data)
{
	struct fault fault;
	struct btf *btf = btf_load(memory, symbols, &fault);
	struct kernel kernel = { memory, symbols, btf };
	struct modules modules;
	struct kernel_tasks tasks;
	struct kernel_task task;
	struct btf_field field;
	uint64_t seconds, uptime;
	unsigned cpu;
	size_t size;

	btf_member(btf, "orc_entry", "type", &field);
	btf_member(btf, "task_struct", "thread.sp", &field);
	if (kernel_find_tasks(&kernel, &tasks) && kernel_current(&kernel, &tasks, 1, &task))
		expect(memchr(task.name, 0, sizeof(task.name)));
	kernel_panic_cpu(&kernel, &cpu);
	kernel_clock(&kernel, &seconds, &uptime);
	if (btf)
		expect(btf_bytes(btf, &size) && size <= BTF_MAX);
	modules_load(&kernel, symbols, &modules, &fault);
	expect(modules.count <= MODULES_MAX);
	follow(&kernel, &modules, data);
	modules_clear(&modules);
	btf_close(btf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const releases[] = { "6.1.0", "6.3.0", "6.6.0", "x" };
	char vmcoreinfo[1024] = "";
	struct symbols *symbols;
	struct memory *memory;
	struct image image;
	struct fault fault;

	if (size < IMAGE_PAGE || size > SIZE_MAX_FUZZED)
		return 0;
	put_vmcoreinfo(data, vmcoreinfo, sizeof(vmcoreinfo));
	image_open(&image, "x86_64", data[0] & 32, vmcoreinfo);
	strcpy(image.source.info.uts.release, releases[data[0] & 3]);
	info_add_range(&image.source.info, (struct range){ 0, VIRTUAL, 0x100000 }, &fault);
	for (size_t at = 0; at < size; at += IMAGE_PAGE)
		memcpy(image_at(&image, at), data + at, size - at < IMAGE_PAGE ? size - at : IMAGE_PAGE);
	memory = memory_open(&image.source, &fault);
	expect(memory);
	symbols = kallsyms_load(memory, &fault);
	if (symbols)
		look_at_symbols(symbols);
	symbols_free(symbols);
	symbols = own_symbols(data);
	look_at_types(memory, symbols, data);
	symbols_free(symbols);
	memory_close(memory);
	image_close(&image);
	return 0;
}
