/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a dump records about itself and its machine: what stays true through every conversion. */
#ifndef LKCD_INFO_H
#define LKCD_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/page.h"

struct codec;
struct fault;
struct machine;

/* A memory range as a PT_LOAD program header describes it. In bytes; may end inside a page. */
struct range {
	uint64_t physical;
	uint64_t virtual; /* as p_vaddr; RANGE_NOT_MAPPED: unknown */
	uint64_t size;
};

#define RANGE_NOT_MAPPED UINT64_MAX

#define INFO_NAME_SIZE 66 /* a utsname field of 65 bytes, which may lack its NUL, and a NUL */

/* struct new_utsname of the crashed kernel; unknown fields are empty. */
struct info_uts {
	char sysname[INFO_NAME_SIZE], nodename[INFO_NAME_SIZE], release[INFO_NAME_SIZE];
	char version[INFO_NAME_SIZE], machine[INFO_NAME_SIZE], domainname[INFO_NAME_SIZE];
};

#define INFO_UTS_FIELDS 6
#define INFO_UTS_SIZE 65 /* bytes of each field of struct new_utsname: __NEW_UTS_LEN + 1 */

/* Zero or NULL means "unknown" in every field. */
struct info {
	const char *format; /* name in the list of formats */
	uint32_t version;   /* of the format */
	bool big_endian;
	unsigned bits;                 /* of a machine word: 32 or 64 */
	const struct machine *machine; /* NULL: unknown */
	uint32_t page_size;            /* bytes; always set */
	struct info_uts uts;
	char panic[257];
	uint64_t seconds, microseconds;                 /* time of the dump, since 1970 */
	uint32_t level;                                 /* dump level, as stored */
	uint64_t memory_size, memory_start, memory_end; /* LKCD's header fields, as stored */
	uint64_t current_task;                          /* virtual address of the dumping CPU's task */
	uint32_t flags, device;
	const struct codec *codec; /* that compresses its pages; NULL: none */
	uint64_t pages;            /* page frames that the header claims: a hint */
	uint64_t max_frame;        /* highest page frame of the machine plus one */

	/* Its pages come in passes: those of class kernel and unknown first, then used ones, then unused ones. */
	bool by_class;
	uint64_t planned[PAGE_CLASSES]; /* page frames of each class that were planned; all 0: unknown */

	/* Page frames of each class that the dump counts at its end: known when next() has read that. */
	bool classes_known;
	uint64_t classes[PAGE_CLASSES];

	struct range *ranges; /* in the order of the program headers; owned */
	size_t range_count, range_room;
	bool ranges_made; /* the ranges come from dump/layout.h: they cover all addresses, not what was dumped */

	unsigned char *notes; /* ELF notes, verbatim, in the dump's byte order; owned */
	size_t notes_size;
	bool notes_made; /* the notes were made from the architecture header, not found in the dump */

	unsigned char *arch; /* LKCD's architecture header, verbatim; owned */
	size_t arch_size;

	char *origin;  /* the tool that wrote the first image of this dump, and its input; owned */
	char *unknown; /* sentences, one a line, on what could not be determined; owned */
};

/* Free what info owns and zero it. */
void info_clear(struct info *info);

/* Append copies. Return 0 or -FAULT_MEMORY. */
int info_add_range(struct info *info, struct range range, struct fault *fault);
int info_add_notes(struct info *info, const void *notes, size_t size, struct fault *fault);
int info_add_unknown(struct info *info, struct fault *fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Copy a field of room bytes, which may lack its NUL, into out[size]. Control characters are kept. */
void info_copy_text(char *out, size_t size, const void *field, size_t room);

/* The fields in the order of struct new_utsname. */
void info_uts_fields(struct info_uts *uts, char *fields[INFO_UTS_FIELDS]);

/* Copy a struct new_utsname, INFO_UTS_FIELDS fields of INFO_UTS_SIZE bytes, which may lack their NULs. */
void info_copy_uts(struct info_uts *uts, const void *names);

/* Is it a valid utsname field: printable, NUL-terminated within 65 bytes, not empty? */
bool info_is_name(const void *field);

#endif
