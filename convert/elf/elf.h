/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Converts ELF headers between file and memory, with libelf. Shared by source and sink. */
#ifndef CONVERT_ELF_ELF_H
#define CONVERT_ELF_ELF_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>

/* Class and byte order of an ELF file. */
struct elf_kind {
	unsigned bits; /* 32 or 64 */
	bool big_endian;
};

#define ELF_HEADER_MAX 64 /* the largest ELF header, program header or section header, bytes */

/* Sizes in the file, bytes. */
size_t elf_ehdr_size(struct elf_kind kind);
size_t elf_phdr_size(struct elf_kind kind);
size_t elf_shdr_size(struct elf_kind kind);

/* Read a header from its file bytes, of the size above. Return false when libelf fails: elf_errmsg() has the reason. */
bool elf_get_ehdr(struct elf_kind kind, const void *bytes, GElf_Ehdr *ehdr);
bool elf_get_phdr(struct elf_kind kind, const void *bytes, GElf_Phdr *phdr);
bool elf_get_shdr(struct elf_kind kind, const void *bytes, GElf_Shdr *shdr);

/* Write a header as file bytes, of the size above. Return false when a value does not fit the class. */
bool elf_put_ehdr(struct elf_kind kind, const GElf_Ehdr *ehdr, void *bytes);
bool elf_put_phdr(struct elf_kind kind, const GElf_Phdr *phdr, void *bytes);
bool elf_put_shdr(struct elf_kind kind, const GElf_Shdr *shdr, void *bytes);

#endif
