/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF headers between file and memory, through libelf; what elf-source.c and elf-sink.c share. */
#ifndef CONVERT_ELF_ELF_H
#define CONVERT_ELF_ELF_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>

/* Class and byte order: all that is needed to read or write the rest. */
struct elf_kind {
	unsigned bits; /* 32 or 64 */
	bool big_endian;
};

#define ELF_HEADER_MAX 64 /* the largest ELF header, program header or section header, bytes */

size_t elf_ehdr_size(struct elf_kind kind);
size_t elf_phdr_size(struct elf_kind kind);
size_t elf_shdr_size(struct elf_kind kind);

/* From file bytes (as many as the size functions say). Return false when libelf refuses. */
bool elf_get_ehdr(struct elf_kind kind, const void *bytes, GElf_Ehdr *ehdr);
bool elf_get_phdr(struct elf_kind kind, const void *bytes, GElf_Phdr *phdr);
bool elf_get_shdr(struct elf_kind kind, const void *bytes, GElf_Shdr *shdr);

/* To file bytes. Return false when a value does not fit the class. */
bool elf_put_ehdr(struct elf_kind kind, const GElf_Ehdr *ehdr, void *bytes);
bool elf_put_phdr(struct elf_kind kind, const GElf_Phdr *phdr, void *bytes);
bool elf_put_shdr(struct elf_kind kind, const GElf_Shdr *shdr, void *bytes);

#endif
