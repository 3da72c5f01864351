/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks the kernel's list of modules with BTF's offsets, and appends the symbols of their code. A damaged list may loop
 * or lead anywhere: its length and the number of symbols are limited, and a module whose code is already known is
 * skipped.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/modules.h"
#include "dump/memory.h"
#include "lkcd/endian.h"

#define SYMBOLS_OF_ONE_MAX (1u << 17)
#define VISITS_MAX SYMBOLS_MAX /* of symbols, including those of other sections */
#define NAME_PIECE 64          /* bytes of a name that are read at once */
#define NAME_MOST (SYMBOLS_NAME_MAX - MODULES_NAME - NAME_PIECE - 8)
#define TEXT_MAX (256u << 20) /* bytes of one module's code */

/* Offsets in struct module and in the structs inside it. */
struct layout {
	struct {
		uint64_t list, name, base, size, symbols, symtab, count, strings;
	} offset;
	uint64_t orc_count, orc_addresses, orc_entries;
	unsigned name_size;
	bool has_orc;
	uint32_t visits; /* left of VISITS_MAX */
};

/* A module's code is in the first of its memory areas since 6.4, in its core before. */
static bool find_module_text(const struct kernel *kernel, struct layout *layout)
{
	uint64_t base, size;

	if (kernel_offset(kernel, "module", "mem", &layout->offset.base) &&
	    kernel_offset(kernel, "module_memory", "base", &base) &&
	    kernel_offset(kernel, "module_memory", "size", &size)) {
		layout->offset.size = layout->offset.base + size;
		layout->offset.base += base;
		return true;
	}
	return kernel_offset(kernel, "module", "core_layout.base", &layout->offset.base) &&
	       kernel_offset(kernel, "module", "core_layout.text_size", &layout->offset.size);
}

static bool find_module_layout(const struct kernel *kernel, struct layout *layout)
{
	struct btf_field name;

	if (!kernel_offset(kernel, "module", "list", &layout->offset.list) ||
	    !kernel_offset(kernel, "module", "name", &layout->offset.name) ||
	    !kernel_offset(kernel, "module", "kallsyms", &layout->offset.symbols) ||
	    !kernel_offset(kernel, "mod_kallsyms", "symtab", &layout->offset.symtab) ||
	    !kernel_offset(kernel, "mod_kallsyms", "num_symtab", &layout->offset.count) ||
	    !kernel_offset(kernel, "mod_kallsyms", "strtab", &layout->offset.strings) ||
	    !find_module_text(kernel, layout))
		return false;
	btf_member(kernel->btf, "module", "name", &name);
	layout->name_size = name.size;
	layout->has_orc = kernel_offset(kernel, "module", "arch.num_orcs", &layout->orc_count) &&
			  kernel_offset(kernel, "module", "arch.orc_unwind_ip", &layout->orc_addresses) &&
			  kernel_offset(kernel, "module", "arch.orc_unwind", &layout->orc_entries);
	return name.size && name.size < MODULES_NAME;
}

/* at: address of the struct module. */
static bool read_module(const struct kernel *kernel, const struct layout *layout, uint64_t at, struct module *module)
{
	struct fault fault;
	uint64_t count;

	memset(module, 0, sizeof(*module));
	if (memory_read(kernel->memory, at + layout->offset.name, module->name, layout->name_size, &fault) ||
	    !kernel_read_word(kernel, at + layout->offset.base, &module->text) ||
	    !kernel_read_number(kernel, at + layout->offset.size, 4, &module->size) || module->size > TEXT_MAX)
		return false;
	if (layout->has_orc && kernel_read_number(kernel, at + layout->orc_count, 4, &count) &&
	    kernel_read_word(kernel, at + layout->orc_addresses, &module->orc.addresses) &&
	    kernel_read_word(kernel, at + layout->orc_entries, &module->orc.entries))
		module->orc.count = count;
	return true;
}

/* Read a symbol's name into out and append " [module]", as the kernel prints them. False: it cannot be read. */
static bool read_symbol_name(const struct kernel *kernel, const struct module *module, uint64_t at, char *out)
{
	struct fault fault;
	size_t size = 0;

	do { /* never into a page that the name may not reach */
		size_t part = NAME_PIECE - (size_t)((at + size) % NAME_PIECE);

		if (memory_read(kernel->memory, at + size, out + size, part, &fault))
			return false;
		part = strnlen(out + size, part);
		size += part;
		out[size] = 0;
		if ((at + size) % NAME_PIECE || !part)
			break;
	} while (size < NAME_MOST);
	if (!size || size >= NAME_MOST)
		return false;
	snprintf(out + size, SYMBOLS_NAME_MAX - size, " [%s]", module->name);
	return true;
}

static int add_symbol(const struct kernel *kernel, const struct module *module, const unsigned char *entry,
		      uint64_t strings, struct symbols *symbols, struct fault *fault)
{
	bool big = memory_info(kernel->memory)->big_endian;
	uint64_t value = get64(entry + offsetof(Elf64_Sym, st_value), big);
	struct symbol symbol = { .address = value, .type = 't' };
	char name[SYMBOLS_NAME_MAX];

	if (value - module->text >= module->size || !get16(entry + offsetof(Elf64_Sym, st_shndx), big) ||
	    !read_symbol_name(kernel, module, strings + get32(entry, big), name))
		return 0;
	symbol.name = name;
	return symbols_add(symbols, &symbol, fault);
}

/* at: address of the struct module. Returns 0 or a fault. */
static int add_symbols(const struct kernel *kernel, struct layout *layout, const struct module *module, uint64_t at,
		       struct symbols *symbols, struct fault *fault)
{
	uint64_t kallsyms, table, count, strings;
	int status = 0;

	if (!kernel_read_word(kernel, at + layout->offset.symbols, &kallsyms) ||
	    !kernel_read_word(kernel, kallsyms + layout->offset.symtab, &table) ||
	    !kernel_read_number(kernel, kallsyms + layout->offset.count, 4, &count) ||
	    !kernel_read_word(kernel, kallsyms + layout->offset.strings, &strings) || count > SYMBOLS_OF_ONE_MAX)
		return 0;
	for (uint64_t i = 0; i < count && layout->visits && !status; i++, layout->visits--) {
		unsigned char entry[sizeof(Elf64_Sym)];
		struct fault reading;

		if (memory_read(kernel->memory, table + i * sizeof(entry), entry, sizeof(entry), &reading))
			break;
		status = add_symbol(kernel, module, entry, strings, symbols, fault);
	}
	return status;
}

static int add_module(const struct kernel *kernel, struct layout *layout, uint64_t at, unsigned era,
		      struct symbols *symbols, struct modules *modules, struct fault *fault)
{
	struct module *module = &modules->module[modules->count];
	int status;

	if (!read_module(kernel, layout, at, module) || modules_at(modules, module->text))
		return 0; /* or the list loops */
	module->orc.era = era;
	modules->count++;
	status = symbols_add_text(symbols, module->text, module->text + module->size, fault);
	return status ? status : add_symbols(kernel, layout, module, at, symbols, fault);
}

int modules_load(const struct kernel *kernel, struct symbols *symbols, struct modules *modules, struct fault *fault)
{
	struct orc_table orc = { 0 };
	struct layout layout;
	uint64_t head, at;
	int status = 0;

	*modules = (struct modules){ 0 };
	if (!symbols || memory_info(kernel->memory)->bits != 64 || !find_module_layout(kernel, &layout) ||
	    !symbols_find(symbols, "modules", &head) || !kernel_read_word(kernel, head, &at))
		return 0;
	layout.visits = VISITS_MAX;
	modules->module = calloc(MODULES_MAX, sizeof(*modules->module));
	if (!modules->module)
		return fault_memory(fault);
	orc_find(symbols, kernel->btf, memory_info(kernel->memory), &orc);
	for (unsigned i = 0; i < MODULES_MAX && at != head && !status; i++) {
		status = add_module(kernel, &layout, at - layout.offset.list, orc.era, symbols, modules, fault);
		if (!kernel_read_word(kernel, at, &at))
			break;
	}
	symbols_sort(symbols);
	return status == -FAULT_DAMAGED ? 0 : status; /* the table is full: the symbols in it are good */
}

void modules_clear(struct modules *modules)
{
	free(modules->module);
	*modules = (struct modules){ 0 };
}

const struct module *modules_at(const struct modules *modules, uint64_t address)
{
	for (size_t i = 0; modules && i < modules->count; i++)
		if (address - modules->module[i].text < modules->module[i].size)
			return &modules->module[i];
	return NULL;
}
