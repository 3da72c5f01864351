/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF: the kernel's types, which are part of its image (CONFIG_DEBUG_INFO_BTF, since 5.2). The format is described in
 * Documentation/bpf/btf.rst. libbpf reads it too, but is not made for damaged input.
 */
#ifndef ANALYZE_BTF_H
#define ANALYZE_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/symbols.h"
#include "lkcd/stream.h"

struct memory;
struct btf;

#define BTF_MAX (32u << 20) /* bytes; a kernel has about 5 MiB */

/*
 * Load BTF from a dump's memory. NULL and *fault: FAULT_CANNOT when the kernel has none or symbols are missing,
 * FAULT_DAMAGED when it cannot be read, FAULT_MEMORY. symbols may be NULL.
 */
struct btf *btf_load(struct memory *memory, const struct symbols *symbols, struct fault *fault);

/* Load BTF from a file such as /sys/kernel/btf/vmlinux, in the byte order of this machine. NULL and *fault. */
struct btf *btf_load_file(const char *path, struct fault *fault);

void btf_close(struct btf *btf); /* NULL is harmless */

/* The whole BTF, as other tools read it; borrowed until btf_close. */
const void *btf_bytes(const struct btf *btf, size_t *size);

struct btf_field {
	uint32_t offset; /* from the start of the outermost struct, in bits */
	uint32_t bits;   /* width of a bit field; 0 for other members */
	uint32_t size;   /* bytes of a struct, an array or a number; 0: not known */
};

/*
 * Find a member of a struct, or "member.member" in a struct inside it. Members of unnamed structs belong to the
 * outer struct. btf may be NULL. False: there is no such member.
 */
bool btf_member(const struct btf *btf, const char *type, const char *path, struct btf_field *field);

#endif
