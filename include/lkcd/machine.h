/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts of a machine, and how its dumps are read. One file in dump/machine/ holds all of them; other code tests a
 * field here and never compares names. Zero or NULL means "unknown" or "has none" in every field but name, elf, bits,
 * page_size, kernel_start and call_align, which each machine has.
 */
#ifndef LKCD_MACHINE_H
#define LKCD_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct info;
struct paging;
struct physical;
struct range;

#define MACHINE_CALL_BYTES 7 /* the longest call instruction of x86 */
#define MACHINE_UPPER_HALF (UINT64_C(1) << 63)

/* size bytes at offset from in one structure belong at offset to in another. */
struct machine_move {
	uint16_t from, to, size;
};

/* The direct map: the kernel maps all memory there with virtual = physical + offset. */
struct machine_direct {
	uint64_t offset;
	/* Its virtual addresses, end not included. end 0: up to the last address; both 0: unknown. */
	uint64_t start, end;
	bool holds_image; /* the kernel's image is in it; else the image is mapped apart */
};

struct machine {
	const char *name;       /* as utsname.machine has it on a current kernel */
	const char *aliases[4]; /* fnmatch(3) patterns of other names that kernels use or people type */
	uint16_t elf;           /* e_machine */
	unsigned bits;          /* of a word: 32 or 64 */
	bool big_endian;        /* the usual order; a dump's own order takes precedence */
	uint32_t page_size;     /* bytes; the usual one, a dump's own takes precedence */
	bool u64_align_4;       /* the C ABI aligns uint64_t in structures to 4 bytes, not 8 */

	/*
	 * struct elf_prstatus, the descriptor of a PRSTATUS note: include/linux/elfcore.h of the kernel with the
	 * architecture's elf_gregset_t. All in bytes. 32-bit machines have pr_pid at 24 and the registers at 72, 64-bit
	 * ones at 32 and 112; pr_fpvalid and padding follow the registers.
	 */
	struct {
		uint16_t size, pid, registers, registers_size;
		uint16_t pc, sp;          /* offsets inside the registers */
		uint16_t fp;              /* the frame pointer; 0: frames are not linked */
		uint16_t user;            /* the register that has a bit of user_bits set while a process runs */
		uint16_t user_bits;       /* 0: no register has such a bit */
		const char *const *names; /* of all words in the registers, in order, and NULL at the end */
	} prstatus;

	/* "Store status": where the CPU saves its registers in its lowcore, moved to the registers of PRSTATUS. */
	struct machine_move store_status[4];

	/* --- Where memory is mapped --- */

	uint64_t kernel_start; /* no kernel address is lower; 0: they overlap with those of processes */
	uint64_t text_base;    /* where VMCOREINFO's phys_base is mapped: __START_KERNEL_map of x86_64 */
	bool identity;         /* kernels before VMCOREINFO run at their physical addresses */
	bool image_apart;      /* all releases map the image apart from the direct map */

	/*
	 * Fill paging (dump/paging.h), which is zeroed, from VMCOREINFO, except for root and levels. *top is the
	 * virtual address of the top table, in the kernel's image. False: VMCOREINFO lacks what is needed.
	 */
	bool (*find_paging)(const struct info *info, struct paging *paging, uint64_t *top);

	/*
	 * Locate the direct map: fill direct, which is zeroed. paging is NULL where find_paging is. physical may be
	 * NULL: then memory cannot be read, and what is uncertain without it stays unknown. Otherwise the caller checks
	 * the answer against the page tables. False: VMCOREINFO lacks what is needed.
	 */
	bool (*find_direct)(const struct info *info, const struct paging *paging, struct physical *physical,
			    struct machine_direct *direct);

	/* Locate the image of a kernel that is not relocatable, by its release. False: it is relocatable, or unknown.
	 */
	bool (*find_image)(const struct info *info, struct range *image);

	/* --- How a stack is traced --- */

	bool orc;              /* its kernels may have ORC tables, and PRSTATUS starts with struct pt_regs */
	unsigned frame_below;  /* words from a frame's link and return address up to where the frame pointer points */
	unsigned call_align;   /* bytes: calls return to multiples of this */
	const char *sign_mask; /* VMCOREINFO's key for the mask of signature bits in a return address */

	/*
	 * Does a call instruction end with the last of these bytes, at address end? *target is set to its destination,
	 * or left as it is when the instruction does not contain it. NULL: only call_align is known about calls.
	 */
	bool (*is_call)(const unsigned char code[MACHINE_CALL_BYTES], uint64_t end, uint64_t *target);
};

/* By utsname.machine or an alias ("i686" finds i386); NULL when unknown. */
const struct machine *machine_by_name(const char *name);

/* By ELF header: e_machine, class and byte order, or else a machine of the other order; NULL when unknown. */
const struct machine *machine_by_elf(uint16_t elf, unsigned bits, bool big_endian);

/* All of them; NULL ends the list. */
const struct machine *const *machine_list(void);

#endif
