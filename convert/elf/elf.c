/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF headers of both classes and byte orders. Callers use libelf's 64-bit forms; 32-bit headers are widened and
 * narrowed here, because gelf_xlatetom() needs an open Elf handle.
 */
#include <string.h>

#include "convert/elf/elf.h"

size_t elf_ehdr_size(struct elf_kind kind)
{
	return kind.bits == 64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
}

size_t elf_phdr_size(struct elf_kind kind)
{
	return kind.bits == 64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
}

size_t elf_shdr_size(struct elf_kind kind)
{
	return kind.bits == 64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
}

/* Convert one header between its file form and its memory form. */
static bool translate_header(struct elf_kind kind, Elf_Type type, void *to, const void *from, size_t size,
			     bool to_memory)
{
	Elf_Data out = { .d_buf = to, .d_type = type, .d_version = EV_CURRENT, .d_size = size };
	Elf_Data in = { .d_buf = (void *)from, .d_type = type, .d_version = EV_CURRENT, .d_size = size };
	unsigned encode = kind.big_endian ? ELFDATA2MSB : ELFDATA2LSB;

	elf_version(EV_CURRENT);
	if (to_memory)
		return kind.bits == 64 ? elf64_xlatetom(&out, &in, encode) : elf32_xlatetom(&out, &in, encode);
	return kind.bits == 64 ? elf64_xlatetof(&out, &in, encode) : elf32_xlatetof(&out, &in, encode);
}

/* The two classes have the same fields in different sizes: each list names them once. */
/* clang-format off */
#define EHDR_FIELDS(F) \
	F(e_type) F(e_machine) F(e_version) F(e_entry) F(e_phoff) F(e_shoff) F(e_flags) F(e_ehsize) F(e_phentsize) \
	F(e_phnum) F(e_shentsize) F(e_shnum) F(e_shstrndx)
#define PHDR_FIELDS(F) F(p_type) F(p_offset) F(p_vaddr) F(p_paddr) F(p_filesz) F(p_memsz) F(p_flags) F(p_align)
#define SHDR_FIELDS(F) \
	F(sh_name) F(sh_type) F(sh_flags) F(sh_addr) F(sh_offset) F(sh_size) F(sh_link) F(sh_info) F(sh_addralign) F(sh_entsize)
/* clang-format on */
#define WIDEN(field) wide->field = narrow.field;
#define NARROW(field) fits &= (narrow.field = (__typeof__(narrow.field))wide->field) == wide->field;

bool elf_get_ehdr(struct elf_kind kind, const void *bytes, GElf_Ehdr *wide)
{
	Elf32_Ehdr narrow;

	if (kind.bits == 64)
		return translate_header(kind, ELF_T_EHDR, wide, bytes, sizeof(*wide), true);
	if (!translate_header(kind, ELF_T_EHDR, &narrow, bytes, sizeof(narrow), true))
		return false;
	memcpy(wide->e_ident, narrow.e_ident, EI_NIDENT);
	EHDR_FIELDS(WIDEN)
	return true;
}

bool elf_put_ehdr(struct elf_kind kind, const GElf_Ehdr *wide, void *bytes)
{
	Elf32_Ehdr narrow;
	bool fits = true;

	if (kind.bits == 64)
		return translate_header(kind, ELF_T_EHDR, bytes, wide, sizeof(*wide), false);
	memcpy(narrow.e_ident, wide->e_ident, EI_NIDENT);
	EHDR_FIELDS(NARROW)
	return fits && translate_header(kind, ELF_T_EHDR, bytes, &narrow, sizeof(narrow), false);
}

bool elf_get_phdr(struct elf_kind kind, const void *bytes, GElf_Phdr *wide)
{
	Elf32_Phdr narrow;

	if (kind.bits == 64)
		return translate_header(kind, ELF_T_PHDR, wide, bytes, sizeof(*wide), true);
	if (!translate_header(kind, ELF_T_PHDR, &narrow, bytes, sizeof(narrow), true))
		return false;
	PHDR_FIELDS(WIDEN)
	return true;
}

bool elf_put_phdr(struct elf_kind kind, const GElf_Phdr *wide, void *bytes)
{
	Elf32_Phdr narrow;
	bool fits = true;

	if (kind.bits == 64)
		return translate_header(kind, ELF_T_PHDR, bytes, wide, sizeof(*wide), false);
	PHDR_FIELDS(NARROW)
	return fits && translate_header(kind, ELF_T_PHDR, bytes, &narrow, sizeof(narrow), false);
}

bool elf_get_shdr(struct elf_kind kind, const void *bytes, GElf_Shdr *wide)
{
	Elf32_Shdr narrow;

	if (kind.bits == 64)
		return translate_header(kind, ELF_T_SHDR, wide, bytes, sizeof(*wide), true);
	if (!translate_header(kind, ELF_T_SHDR, &narrow, bytes, sizeof(narrow), true))
		return false;
	SHDR_FIELDS(WIDEN)
	return true;
}

bool elf_put_shdr(struct elf_kind kind, const GElf_Shdr *wide, void *bytes)
{
	Elf32_Shdr narrow;
	bool fits = true;

	if (kind.bits == 64)
		return translate_header(kind, ELF_T_SHDR, bytes, wide, sizeof(*wide), false);
	SHDR_FIELDS(NARROW)
	return fits && translate_header(kind, ELF_T_SHDR, bytes, &narrow, sizeof(narrow), false);
}
