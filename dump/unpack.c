/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decompresses runs of pages by any codec. The size limit keeps a hostile record from claiming all memory. */
#include <stdlib.h>

#include "dump/unpack.h"
#include "lkcd/codec.h"

#define RUN_BYTES_MAX (16u << 20) /* plain bytes of one compressed run, at most */

static void close_decoder(struct unpack *unpack)
{
	if (unpack->state)
		unpack->codec->close(unpack->state);
	unpack->state = NULL;
}

void unpack_close(struct unpack *unpack)
{
	close_decoder(unpack);
	free(unpack->plain);
	*unpack = (struct unpack){ 0 };
}

/* Make sure that state is a decoder of that codec. */
static int open_decoder(struct unpack *unpack, const struct codec *codec, struct fault *fault)
{
	if (unpack->codec != codec || !unpack->state) {
		close_decoder(unpack);
		unpack->codec = codec;
		unpack->state = codec->open(codec->level_default);
	}
	return unpack->state ? 0 : fault_memory(fault);
}

static int make_plain_room(struct unpack *unpack, size_t size, struct fault *fault)
{
	if (size <= unpack->room)
		return 0;
	free(unpack->plain);
	unpack->plain = malloc(size);
	unpack->room = unpack->plain ? size : 0;
	return unpack->plain ? 0 : fault_memory(fault);
}

int unpack_into(struct unpack *unpack, const struct page *page, void *out, size_t size, struct fault *fault)
{
	int status = open_decoder(unpack, page->codec, fault);

	if (status)
		return status;
	if (page->codec->decode(unpack->state, out, size, page->data, page->bytes))
		return fault_set(fault, FAULT_DAMAGED, page->offset, page->address, "it does not decompress with %s",
				 page->codec->name);
	return 0;
}

int unpack_page(struct unpack *unpack, struct page *page, uint32_t page_size, struct fault *fault)
{
	size_t size = (size_t)page->pages * page_size;

	if (!page->codec)
		return 0;
	if (size > RUN_BYTES_MAX)
		return fault_set(fault, FAULT_DAMAGED, page->offset, page->address,
				 "a compressed run of %zu bytes exceeds the maximum of %u", size, RUN_BYTES_MAX);
	if (make_plain_room(unpack, size, fault) || unpack_into(unpack, page, unpack->plain, size, fault))
		return -fault->code;
	page->data = unpack->plain;
	page->bytes = (uint32_t)size;
	page->codec = NULL;
	return 0;
}
