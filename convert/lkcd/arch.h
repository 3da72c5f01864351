/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Architecture headers of LKCD images: the registers of every CPU, and the memory layout where an image has no notes
 * or no RANGES. lkcd-dump(5) describes them.
 */
#ifndef CONVERT_LKCD_ARCH_H
#define CONVERT_LKCD_ARCH_H

#include "lkcd/fault.h"
#include "lkcd/info.h"

/* The size in bytes of the architecture header at bytes, with room bytes up to the end of the block. 0: none is there.
 */
size_t lkcd_arch_size(const unsigned char *bytes, size_t room, bool big_endian);

/*
 * Add a PRSTATUS note to info for each CPU in info->arch. info->unknown gets a line when there are no registers.
 * Returns 0 or -FAULT_MEMORY.
 */
int lkcd_arch_notes(struct info *info, struct fault *fault);

/*
 * Make an architecture header with the registers of info's PRSTATUS notes: *size bytes at *arch, which the caller
 * frees. *arch is NULL when the machine has no such header. Returns 0 or -FAULT_MEMORY.
 */
int lkcd_arch_make(const struct info *info, unsigned char **arch, size_t *size, struct fault *fault);

/*
 * Add memory ranges to info from the architecture's known layout and the header's PAGE_OFFSET, for an image without the
 * note RANGES. Returns 0 or -FAULT_MEMORY.
 */
int lkcd_arch_ranges(struct info *info, struct fault *fault);

#define LKCD_ARCH_CPUS 512     /* most lowcores that are read */
#define LKCD_ARCH_LOWCORE 8192 /* bytes */

/*
 * s390x: store the physical addresses of the CPUs' lowcores, at most room of them. Returns their number; 0 for other
 * machines.
 */
size_t lkcd_arch_lowcores(const struct info *info, uint64_t *addresses, size_t room);

/*
 * s390x: add a PRSTATUS note made of the save areas in a lowcore of LKCD_ARCH_LOWCORE bytes. Returns 0 or
 * -FAULT_MEMORY.
 */
int lkcd_arch_lowcore_note(struct info *info, size_t cpu, const unsigned char *lowcore, struct fault *fault);

#endif
