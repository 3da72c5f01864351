/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For unit tests: a dump that is made page by page in memory, and a source over it. */
#ifndef TESTS_IMAGE_H
#define TESTS_IMAGE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/notes.h"
#include "dump/source.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"
#include "lkcd/source.h"

#define IMAGE_PAGE 4096u

struct image_page {
	uint64_t address;
	unsigned char bytes[IMAGE_PAGE];
};

struct image {
	struct source source;
	struct image_page **pages; /* ascending */
	size_t count, at;
	unsigned refusals, told; /* what next() tells before the first page */
};

static inline int image_next(struct source *source, struct page *page, struct fault *fault)
{
	struct image *image = (struct image *)source;

	if (image->told < image->refusals) {
		image->told++;
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE, "something is left out");
	}
	if (image->at == image->count)
		return 0;
	*page = (struct page){
		image->pages[image->at]->address, 1, IMAGE_PAGE, NULL, image->pages[image->at]->bytes, PAGE_UNKNOWN, 0
	};
	image->at++;
	return 1;
}

static inline int image_seek(struct source *source, uint64_t address, struct fault *fault)
{
	struct image *image = (struct image *)source;

	(void)fault;
	image->at = 0;
	while (image->at < image->count && image->pages[image->at]->address + IMAGE_PAGE <= address)
		image->at++;
	return 0;
}

static inline int image_rewind(struct source *source, struct fault *fault)
{
	(void)fault;
	((struct image *)source)->at = ((struct image *)source)->told = 0;
	return 0;
}

static inline void image_fork_close(struct source *source)
{
	free(source);
}

static inline struct source *image_fork(struct source *source, struct fault *fault)
{
	struct image *fork = (struct image *)source_copy(source, sizeof(struct image), fault);

	if (fork)
		fork->source.close = image_fork_close;
	return fork && !image_rewind(&fork->source, fault) ? &fork->source : NULL;
}

static inline void image_open(struct image *image, const char *machine, bool big_endian, const char *vmcoreinfo)
{
	struct info *info = &image->source.info;
	struct fault fault;

	memset(image, 0, sizeof(*image));
	image->source.next = image_next;
	image->source.rewind = image_rewind;
	image->source.seek = image_seek;
	image->source.fork = image_fork;
	info->machine = machine_by_name(machine);
	info->bits = info->machine->bits;
	info->big_endian = big_endian;
	info->page_size = IMAGE_PAGE;
	notes_add(info, "VMCOREINFO", 0, vmcoreinfo, strlen(vmcoreinfo), &fault);
}

static inline void image_close(struct image *image)
{
	info_clear(&image->source.info);
	for (size_t i = 0; i < image->count; i++)
		free(image->pages[i]);
	free(image->pages);
}

/* The byte at a physical address, to be changed; its page is made when there is none. */
static inline unsigned char *image_at(struct image *image, uint64_t address)
{
	uint64_t start = address - address % IMAGE_PAGE;
	size_t i = 0;

	while (i < image->count && image->pages[i]->address < start)
		i++;
	if (i == image->count || image->pages[i]->address != start) {
		image->pages = realloc(image->pages, (image->count + 1) * sizeof(*image->pages));
		memmove(image->pages + i + 1, image->pages + i, (image->count - i) * sizeof(*image->pages));
		image->pages[i] = calloc(1, sizeof(**image->pages));
		image->pages[i]->address = start;
		image->count++;
	}
	return image->pages[i]->bytes + address % IMAGE_PAGE;
}

static inline void image_put(struct image *image, uint64_t address, const void *bytes, size_t size)
{
	const unsigned char *from = bytes;

	for (size_t i = 0; i < size; i++)
		*image_at(image, address + i) = from[i];
}

/* A number of 2, 4 or 8 bytes. */
static inline void image_put_number(struct image *image, uint64_t address, unsigned bytes, uint64_t value)
{
	unsigned char field[8];
	bool big = image->source.info.big_endian;

	if (bytes == 2)
		put16(field, big, (uint16_t)value);
	else
		put_word(field, big, bytes * 8, value);
	image_put(image, address, field, bytes);
}

#endif
