/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source of LKCD images, as the files that it is made of share it: what opening it found, and where it is. */
#ifndef CONVERT_LKCD_CURSOR_H
#define CONVERT_LKCD_CURSOR_H

#include <pthread.h>

#include "convert/lkcd/end.h"
#include "convert/lkcd/header.h"
#include "convert/lkcd/index.h"
#include "convert/lkcd/order.h"
#include "lkcd/source.h"

/* What a source and its forks, which may belong to other threads, find out for each other. */
struct lkcd_shared {
	pthread_mutex_t lock;
	struct lkcd_index index; /* empty until it is first needed, and never changed after that */
};

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
	struct fault header_fault; /* damage in the header block, reported by the first next(); code 0: none */
	bool header_reported;

	struct lkcd_shared *shared; /* with the forks of this source */
};

/* struct source's next(): the records in the order of the file. */
int lkcd_cursor_next(struct source *source, struct page *page, struct fault *fault);

/* Forget what was read, and go on with the record at that offset of the file, or with the first one. */
int lkcd_cursor_restart(struct lkcd_source *lkcd, uint64_t offset, struct fault *fault);
int lkcd_cursor_rewind(struct lkcd_source *lkcd, struct fault *fault);

#endif
