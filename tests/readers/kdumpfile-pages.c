/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libkdumpfile reads of a dump: for every page frame that it can read, ascending, "FRAME SIZE\n" and the bytes.
 * tests/readers/hash-pages makes a listing of it. --time: only read, and say how many pages there were.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libkdumpfile/kdumpfile.h>

static int failed(const char *what, const char *why)
{
	fprintf(stderr, "kdumpfile-pages: %s: %s\n", what, why);
	return 1;
}

/* Every frame. What libkdumpfile knows not to be there is passed over; anything else that it cannot read ends it. */
static int read_pages(kdump_ctx_t *ctx, unsigned char *page, kdump_num_t page_size, kdump_num_t frames, bool write)
{
	uint64_t pages = 0;

	for (kdump_num_t frame = 0; frame < frames; frame++) {
		size_t size = page_size;
		kdump_status status = kdump_read(ctx, KDUMP_MACHPHYSADDR, frame * page_size, page, &size);
		char where[32];

		if (status == KDUMP_ERR_NODATA) {
			kdump_clear_err(ctx);
			continue;
		}
		snprintf(where, sizeof(where), "page frame %" PRIu64, (uint64_t)frame);
		if (status != KDUMP_OK)
			return failed(where, kdump_get_err(ctx));
		pages++;
		if (!write)
			continue;
		printf("%" PRIu64 " %zu\n", (uint64_t)frame, size);
		if (fwrite(page, 1, size, stdout) != size)
			return failed("standard output", strerror(errno));
	}
	if (!write)
		printf("%" PRIu64 " pages\n", pages);
	return fflush(stdout) ? failed("standard output", strerror(errno)) : 0;
}

static int read_dump(kdump_ctx_t *ctx, const char *path, int fd, bool write)
{
	kdump_num_t page_size, frames;
	unsigned char *page;
	int status;

	/* each page is read once, and a large cache is slow to search: the size that serves libkdumpfile best */
	if (kdump_set_number_attr(ctx, "cache.size", 8) != KDUMP_OK || kdump_open_fd(ctx, fd) != KDUMP_OK ||
	    kdump_get_number_attr(ctx, KDUMP_ATTR_PAGE_SIZE, &page_size) != KDUMP_OK ||
	    kdump_get_number_attr(ctx, "max_pfn", &frames) != KDUMP_OK)
		return failed(path, kdump_get_err(ctx));
	page = malloc(page_size);
	if (!page)
		return failed(path, strerror(errno));
	status = read_pages(ctx, page, page_size, frames, write);
	free(page);
	return status;
}

int main(int argc, char **argv)
{
	bool time = argc == 3 && !strcmp(argv[1], "--time");
	const char *path = argv[argc - 1];
	kdump_ctx_t *ctx;
	int fd, status;

	if (argc != 2 && !time)
		return failed("usage", "[--time] DUMP");
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return failed(path, strerror(errno));
	ctx = kdump_new();
	if (!ctx)
		return failed(path, strerror(ENOMEM));
	status = read_dump(ctx, path, fd, !time);
	kdump_free(ctx);
	close(fd);
	return status;
}
