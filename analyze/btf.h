/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF: the kernel's types as it carries them itself (CONFIG_DEBUG_INFO_BTF, since 5.2). Documentation/bpf/btf.rst.
 * libbpf reads it, too, but it was not made for bytes that lie.
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

#define BTF_MAX (32u << 20) /* bytes; that of a kernel is some 5 MiB */

/*
 * Out of a dump's memory. NULL and *fault: -FAULT_CANNOT when its kernel has none, -FAULT_DAMAGED when it cannot be
 * read.
 */
struct btf *btf_load(struct memory *memory, const struct symbols *symbols, struct fault *fault);

/* Out of a file such as /sys/kernel/btf/vmlinux, in the machine's own byte order. NULL and *fault. */
struct btf *btf_load_file(const char *path, struct fault *fault);

void btf_close(struct btf *btf); /* NULL is harmless */

/* All of it, as other tools read it. */
const void *btf_bytes(const struct btf *btf, size_t *size);

struct btf_field {
	uint32_t offset; /* from the start of the outermost struct, in bits */
	uint32_t bits;   /* of a bit field; else 0 */
	uint32_t size;   /* bytes of a struct, an array of characters or a number; 0: not known */
};

/*
 * A member of a struct, or "member.member" of one that is in it; those of structs without a name count as the outer
 * one's. btf may be NULL. False: there is none.
 */
bool btf_member(const struct btf *btf, const char *type, const char *path, struct btf_field *field);

#endif
