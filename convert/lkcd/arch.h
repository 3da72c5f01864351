/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Architecture headers: the registers and memory layout that images without notes have. */
#ifndef CONVERT_LKCD_ARCH_H
#define CONVERT_LKCD_ARCH_H

#include "lkcd/fault.h"
#include "lkcd/info.h"

/* The size of the architecture header at bytes (room: up to the end of the block); 0 when there is none. */
size_t lkcd_arch_size(const unsigned char *bytes, size_t room, bool big_endian);

/* Make PRSTATUS notes of info->arch, where it holds registers; says in info->unknown what cannot be had. */
int lkcd_arch_notes(struct info *info, struct fault *fault);

/* An architecture header with the registers of info's PRSTATUS notes; *arch is NULL when the machine has none. */
int lkcd_arch_make(const struct info *info, unsigned char **arch, size_t *size, struct fault *fault);

/* Ranges from the architecture's known layout and the header's PAGE_OFFSET, for an image that has no PT_LOAD list. */
int lkcd_arch_ranges(struct info *info, struct fault *fault);

#define LKCD_ARCH_CPUS 512     /* lowcores that are looked for, at most */
#define LKCD_ARCH_LOWCORE 8192 /* bytes */

/* s390x: the addresses of the CPUs' lowcores, at most room of them. Returns how many there are; 0 for other machines.
 */
size_t lkcd_arch_lowcores(const struct info *info, uint64_t *addresses, size_t room);

/* s390x: a PRSTATUS note from the save areas of a lowcore (LKCD_ARCH_LOWCORE bytes). */
int lkcd_arch_lowcore_note(struct info *info, size_t cpu, const unsigned char *lowcore, struct fault *fault);

#endif
