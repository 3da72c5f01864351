/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a source of LKCD images, shared by the files that implement it: what opening found, and the position of
 * next(). A fork has a copy of it and shares struct lkcd_shared.
 */
#ifndef CONVERT_LKCD_CURSOR_H
#define CONVERT_LKCD_CURSOR_H

#include <pthread.h>

#include "convert/lkcd/end.h"
#include "convert/lkcd/header.h"
#include "convert/lkcd/index.h"
#include "convert/lkcd/order.h"
#include "lkcd/source.h"

/* Shared by a source and its forks, which may run in other threads. */
struct lkcd_shared {
	pthread_mutex_t lock;
	struct lkcd_index index; /* empty until it is first needed, and never changed after that */
};

struct lkcd_source {
	struct source source;
	struct stream *stream;
	struct lkcd_header header;
	struct lkcd_records records; /* version, page size, byte order */
	uint64_t start;              /* of the image in the file or device */
	uint64_t first_record;       /* offset in the file */

	struct pagemap *seen;                      /* frames that next() delivered */
	unsigned char last_head[LKCD_RECORD_HEAD]; /* of the previous record: the end of an s390 dump repeats it */
	uint64_t pending; /* bytes of the record that next() delivered last: the stream is still at its start */
	struct lkcd_counts counts; /* of what next() delivered */
	struct lkcd_order order;   /* versions 1 to 10, when strict */
	bool strict;
	uint64_t record_count;
	uint64_t kernel_base; /* to subtract from addresses: version 1 on i386 */
	uint64_t faults;      /* reported by next() */
	uint64_t end;         /* of the image in the file; 0 until it is found */
	bool done;
	bool sought;               /* some records before this one were not read */
	struct fault header_fault; /* damage in the header block, reported by the first next(); code 0: none */
	bool header_reported;

	struct lkcd_shared *shared; /* with the forks of this source */
};

/* struct source's next(): delivers the records in file order. */
int lkcd_cursor_next(struct source *source, struct page *page, struct fault *fault);

/*
 * Forget all that was read, and continue with the record at an offset of the file, or with the first one. Return 0 or a
 * fault.
 */
int lkcd_cursor_restart(struct lkcd_source *lkcd, uint64_t offset, struct fault *fault);
int lkcd_cursor_rewind(struct lkcd_source *lkcd, struct fault *fault);

#endif
