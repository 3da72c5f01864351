/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Batches of pages on their way through the pipeline. A batch owns copies of its pages, so one thread at a time can
 * decompress, split and compress them without a lock.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compress/batch.h"
#include "dump/iszero.h"
#include "lkcd/codec.h"

#define PLAIN_ALIGN PAGE_SIZE_MIN

/* A run as it was added; batch_work() replaces compressed data by plain ones. */
struct item {
	struct page page;     /* data: in the batch's own buffers */
	unsigned char *plain; /* its plain bytes, or their place; NULL: zero pages, or a run that stays compressed */
	bool damaged;         /* it did not decompress */
};

struct batch {
	const struct batch_plan *plan;
	size_t room;           /* bytes of each buffer */
	unsigned char *packed; /* runs that came compressed */
	unsigned char *plain;  /* all runs that are needed plain, one after the other */
	unsigned char *out;    /* what was compressed here */
	size_t packed_used, plain_used, out_used;

	struct item *items; /* room / page size of them, and of results: each page may be a run of its own */
	struct page *results;
	size_t item_count, item_room, result_count;
	uint64_t pages_bytes; /* of all items, decompressed; zero pages do not count */
};

int batch_worker_open(struct batch_worker *worker, const struct batch_plan *plan, struct fault *fault)
{
	*worker = (struct batch_worker){ .plan = plan };
	if (plan->codec)
		worker->encoder = plan->codec->open(plan->level);
	if (plan->codec && !worker->encoder)
		return fault_memory(fault);
	return 0;
}

void batch_worker_close(struct batch_worker *worker)
{
	if (worker->encoder)
		worker->plan->codec->close(worker->encoder);
	unpack_close(&worker->unpack);
}

struct batch *batch_new(const struct batch_plan *plan)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	uint32_t largest = plan->page_size > BATCH_RUN_BYTES ? plan->page_size : BATCH_RUN_BYTES;

	if (!batch)
		return NULL;
	batch->plan = plan;
	batch->room =
		BATCH_BYTES + (plan->window > largest ? plan->window : largest); /* one run more than makes it full */
	batch->item_room = 2 * batch->room / plan->page_size + 64;
	batch->packed = malloc(batch->room);
	batch->plain = aligned_alloc(PLAIN_ALIGN, batch->room); /* processors copy aligned pages much faster */
	batch->out = malloc(batch->room);
	batch->items = calloc(batch->item_room, sizeof(*batch->items));
	batch->results = calloc(batch->item_room * 2, sizeof(*batch->results));
	if (batch->packed && batch->plain && batch->out && batch->items && batch->results)
		return batch;
	batch_free(batch);
	return NULL;
}

void batch_free(struct batch *batch)
{
	if (!batch)
		return;
	free(batch->packed);
	free(batch->plain);
	free(batch->out);
	free(batch->items);
	free(batch->results);
	free(batch);
}

bool batch_is_empty(const struct batch *batch)
{
	return !batch->item_count;
}

static uint64_t batch_page_end(const struct batch *batch, const struct page *page)
{
	return page->address + (uint64_t)page->pages * batch->plan->page_size;
}

bool batch_is_full_before(const struct batch *batch, const struct page *page)
{
	const struct page *last;

	if (batch->pages_bytes < BATCH_BYTES && batch->item_count < batch->item_room / 2)
		return false;
	last = &batch->items[batch->item_count - 1].page;
	return !batch->plan->window || !page->data || !last->data || page->address % batch->plan->window == 0 ||
	       page->address != batch_page_end(batch, last) || page->class != last->class;
}

/* Does the sink accept the run compressed as it is? */
static bool may_stay_compressed(const struct batch *batch, const struct page *page)
{
	const struct batch_plan *plan = batch->plan;

	return page->codec && page->codec == plan->codec &&
	       page->address / plan->window == (batch_page_end(batch, page) - 1) / plan->window;
}

void batch_add(struct batch *batch, const struct page *page)
{
	struct item *item = &batch->items[batch->item_count++];
	size_t size = (size_t)page->pages * batch->plan->page_size;

	*item = (struct item){ .page = *page };
	if (!page->data)
		return;
	batch->pages_bytes += size;
	item->damaged = page->bytes > size;
	if (item->damaged)
		return;
	if (page->codec) {
		item->page.data = memcpy(batch->packed + batch->packed_used, page->data, page->bytes);
		batch->packed_used += page->bytes;
	}
	if (may_stay_compressed(batch, page))
		return;
	item->plain = batch->plain + batch->plain_used;
	batch->plain_used += size;
	if (!page->codec)
		item->page.data = memcpy(item->plain, page->data, size);
}

static void decompress_item(struct batch *batch, struct batch_worker *worker, struct item *item)
{
	size_t size = (size_t)item->page.pages * batch->plan->page_size;

	if (unpack_into(&worker->unpack, &item->page, item->plain, size, NULL)) {
		item->damaged = true;
		return;
	}
	item->page.data = item->plain;
	item->page.bytes = (uint32_t)size;
	item->page.codec = NULL;
}

static struct page *add_result(struct batch *batch, const struct page *page)
{
	batch->results[batch->result_count] = *page;
	return &batch->results[batch->result_count++];
}

/* Compress a plain result, when that makes it smaller. */
static void compress_result(struct batch *batch, struct batch_worker *worker, struct page *page)
{
	const struct codec *codec = batch->plan->codec;
	unsigned char *to = batch->out + batch->out_used;
	size_t n = codec ? codec->encode(worker->encoder, to, page->bytes - 1, page->data, page->bytes) : 0;

	if (!n)
		return;
	page->codec = codec;
	page->data = to;
	page->bytes = (uint32_t)n;
	batch->out_used += n;
}

/* Does the plain page extend the last plain result, in memory as well, without crossing a window? */
static bool continues_result(const struct batch *batch, const struct page *last, const struct page *page)
{
	uint32_t window = batch->plan->window;

	return last && !last->codec && last->data && page->address == batch_page_end(batch, last) &&
	       page->class == last->class &&
	       (const unsigned char *)page->data == (const unsigned char *)last->data + last->bytes &&
	       last->pages + page->pages <= PAGE_RUN_MAX && (!window || page->address % window);
}

/* Split a plain item into zero pages and others; *open is the plain result that may still grow. */
static void split_plain_item(struct batch *batch, struct batch_worker *worker, const struct page *page,
			     struct page **open)
{
	uint32_t page_size = batch->plan->page_size;
	bool look = batch->plan->window;

	for (uint32_t i = 0; i < page->pages; i++) {
		const unsigned char *data = (const unsigned char *)page->data + (size_t)i * page_size;
		struct page one = { .address = page->address + (uint64_t)i * page_size,
				    .pages = 1,
				    .bytes = page_size,
				    .data = data,
				    .class = page->class,
				    .offset = page->offset };

		if (look && iszero(data, page_size)) {
			one.data = NULL;
			one.bytes = 0;
		} else if (continues_result(batch, *open, &one)) {
			(*open)->pages++;
			(*open)->bytes += page_size;
			continue;
		}
		if (*open)
			compress_result(batch, worker, *open);
		*open = add_result(batch, &one);
		if (!one.data)
			*open = NULL;
	}
}

void batch_work(struct batch *batch, struct batch_worker *worker)
{
	struct page *open = NULL;

	for (size_t i = 0; i < batch->item_count; i++) {
		struct item *item = &batch->items[i];

		if (item->plain && item->page.codec)
			decompress_item(batch, worker, item);
		if (item->plain && !item->damaged) {
			split_plain_item(batch, worker, &item->page, &open);
			continue;
		}
		if (open)
			compress_result(batch, worker, open);
		open = NULL;
		add_result(batch, &item->page);
		if (item->damaged)
			batch->results[batch->result_count - 1].data = NULL;
	}
	if (open)
		compress_result(batch, worker, open);
}

/* The result of an item that did not decompress has a codec, and no data. */
static bool is_damaged(const struct page *page)
{
	return page->codec && !page->data;
}

static int report_batch_damage(const struct page *page, struct findings *findings, struct fault *fault)
{
	fault_set(fault, FAULT_DAMAGED, page->offset, page->address, "%" PRIu32 " bytes of %s data do not decompress",
		  page->bytes, page->codec->name);
	fault_mark(fault, RULE_UNPACK, page->pages, page->bytes);
	findings_add(findings, fault);
	return 0;
}

int batch_put_results(struct batch *batch, struct sink *sink, struct findings *findings, struct fault *fault)
{
	int status = 0;

	for (size_t i = 0; i < batch->result_count && !status; i++) {
		const struct page *page = &batch->results[i];

		status = is_damaged(page) ? report_batch_damage(page, findings, fault) : sink->put(sink, page, fault);
	}
	batch->packed_used = batch->plain_used = batch->out_used = 0;
	batch->item_count = batch->result_count = 0;
	batch->pages_bytes = 0;
	return status;
}
