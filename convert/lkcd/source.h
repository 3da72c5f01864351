/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source of LKCD records, as the files that make it share it. */
#ifndef CONVERT_LKCD_SOURCE_H
#define CONVERT_LKCD_SOURCE_H

#include "convert/lkcd/end.h"
#include "convert/lkcd/index.h"
#include "convert/lkcd/order.h"

struct lkcd_source {
	struct source source;
	struct stream *stream;
	struct lkcd_header header;
	struct lkcd_records records; /* how to read them: version, page size, order */
	uint64_t start;              /* of the image in the file or device */
	uint64_t first_record;       /* offset in the file */

	struct pagemap *seen;                      /* frames that next() delivered */
	unsigned char last_head[LKCD_RECORD_HEAD]; /* of the record before: s390's end repeats it */
	uint64_t pending;          /* bytes of the record that was delivered last: the stream still stands before it */
	struct lkcd_counts counts; /* of what next() delivered */
	struct lkcd_order order;   /* versions 1 to 10, when strict */
	bool strict;
	uint64_t record_count;
	uint64_t kernel_base; /* to subtract from addresses: version 1 on i386 */
	uint64_t faults;      /* reported by next() */
	uint64_t end;         /* of the image in the file, once it is found */
	bool done;
	bool sought;               /* not all of the records before this one were read */
	struct fault header_fault; /* damage in the header block, told by the first next(); code 0: none */
	bool header_told;

	struct lkcd_index index; /* made when it is first needed */
};

/* struct source's next(): the records in the order of the file. */
int lkcd_source_next(struct source *source, struct page *page, struct fault *fault);

/* Forget what was read, and go on with the record at that offset of the file, or with the first one. */
int lkcd_source_restart(struct lkcd_source *lkcd, uint64_t offset, struct fault *fault);
int lkcd_source_rewind(struct lkcd_source *lkcd, struct fault *fault);

/*
 * lkcd-open.c: read headers and notes area, from the file or from the options, into lkcd and its info. The stream then
 * stands at the first record. Returns 0; -FAULT_FORMAT when no image can be read there; or another fault.
 */
int lkcd_open(struct lkcd_source *lkcd, const struct source_options *options, struct fault *fault);

/* lkcd-seek.c: struct source's map() and seek(), for streams that can seek. */
int lkcd_seek_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault);
int lkcd_seek(struct source *source, uint64_t address, struct fault *fault);

#endif
