/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-compressed files, as makedumpfile and QEMU write them and crash, drgn and libkdumpfile read them, and the
 * older "diskdump" files. Shared by the files of convert/kdump/. Layouts from makedumpfile's diskdump_mod.h and its
 * IMPLEMENTATION.
 *
 * Block 0 is the header; block 1 is the sub header, followed by notes; then two bitmaps with a bit for each page frame,
 * lowest bit first: frames that exist, and frames that were dumped; then a descriptor for each dumped frame,
 * ascending; then the pages, which descriptors may share. A block is a page. Numbers are in the byte order of the
 * machine that dumped.
 */
#ifndef CONVERT_KDUMP_KDUMP_H
#define CONVERT_KDUMP_KDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/info.h"

#define KDUMP_SIGNATURE_SIZE 8
#define KDUMP_VERSION 6          /* of the headers written here */
#define KDUMP_HEADER_SIZE 464    /* bytes; the longer of the two headers */
#define KDUMP_SUB_HEADER_MAX 104 /* bytes; the longest sub header */
#define KDUMP_DESC_SIZE 24
#define KDUMP_FRAMES_MAX (UINT64_C(1) << 36) /* 256 TiB of 4 KiB pages: more is neither read nor written */

/* Flags of a descriptor, and of the header's status field. */
enum kdump_flags {
	KDUMP_ZLIB = 0x1,
	KDUMP_LZO = 0x2,
	KDUMP_SNAPPY = 0x4,
	KDUMP_ZSTD = 0x20,
	KDUMP_INCOMPLETE = 0x8,  /* status only: the writer ran out of space; descriptors without a page are zero */
	KDUMP_NO_VMEMMAP = 0x10, /* status only: makedumpfile -e left out pages that hold struct pages */
};

/* A piece of the file, in bytes. */
struct kdump_area {
	uint64_t offset, size;
};

/* Header and sub header. */
struct kdump_header {
	unsigned bits;
	bool big_endian;
	bool diskdump; /* the old signature: its sub header differs, and is not read */
	bool padded;   /* 32-bit sub header with 64-bit numbers aligned to 8 bytes; i386 aligns them to 4 */
	uint32_t version;
	struct info_uts uts;
	uint64_t seconds, microseconds;
	uint32_t status;     /* enum kdump_flags */
	uint32_t block_size; /* bytes */
	uint32_t sub_blocks, bitmap_blocks, cpus;
	uint64_t frames; /* the machine's highest page frame plus one */

	uint64_t phys_base;
	bool split; /* one file of a split dump: only frames from start to below end have descriptors here */
	uint64_t start, end;
	struct kdump_area vmcoreinfo, notes; /* size 0: none */
};

/* The descriptor of a page: offset and size of its data in the file, bytes. */
struct kdump_desc {
	uint64_t offset;
	uint32_t size, flags;
};

/* The bits that were verified in the first size bytes of a file; 0: it is not a kdump-compressed file. */
unsigned kdump_bid(const unsigned char *head, size_t size);

/*
 * Read the header from the first KDUMP_HEADER_SIZE bytes of a file, after kdump_bid() accepted it. Tries each word size
 * and byte order until all fields are possible. False: they never are.
 */
bool kdump_get_header(const unsigned char *bytes, struct kdump_header *header);

/* Read the sub header (KDUMP_SUB_HEADER_MAX bytes) into *header, which holds the header already. */
void kdump_get_sub_header(const unsigned char *bytes, struct kdump_header *header);

/*
 * Write header and sub header into KDUMP_HEADER_SIZE and KDUMP_SUB_HEADER_MAX bytes, which the caller has zeroed.
 * kdump_put_sub_header returns the sub header's size.
 */
void kdump_put_header(const struct kdump_header *header, unsigned char *bytes);
size_t kdump_put_sub_header(const struct kdump_header *header, unsigned char *bytes);

/* The offset of the status field in the file. */
uint64_t kdump_status_offset(const struct kdump_header *header);

/* The number of blocks of one bitmap of frames page frames. */
uint64_t kdump_bitmap_blocks(uint64_t frames, uint32_t block_size);

/* Read and write a descriptor of KDUMP_DESC_SIZE bytes. */
struct kdump_desc kdump_get_desc(const unsigned char *bytes, bool big_endian);
void kdump_put_desc(unsigned char *bytes, bool big_endian, struct kdump_desc desc);

/* The codec name of a descriptor's flags: "none" for 0, NULL for several flags or an unknown one. */
const char *kdump_codec_name(uint32_t flags);
/* The flag of a codec name; 0 for a codec that kdump files do not have. */
uint32_t kdump_codec_flag(const char *name);

/* struct format's codecs, of both formats. */
extern const char *const kdump_codecs[];

/* Write size bytes at an offset of a file made by stream_temporary. Returns 0 or -FAULT_WRITE. */
int kdump_write_temporary(int fd, uint64_t offset, const void *data, size_t size, struct fault *fault);

#endif
