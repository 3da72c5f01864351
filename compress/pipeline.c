/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pipeline gathers pages in batches. When a batch is full, a thread works on it (decompress, split, compress); then
 * it goes to the sink, in the order in which batches were filled.
 *
 * Batch number n is in slot n mod slots of a ring. The caller's thread alone fills batch "filled" and writes batch
 * "delivered" to the sink. A free thread starts batch "started" next; the caller does so too when the ring is full and
 * the oldest batch is not done, with -T1 always. The lock guards slot states and the three numbers, for a few
 * instructions a batch; the thread that started a batch owns its contents. Idle threads sleep. The ring is allocated at
 * the start, so memory does not grow.
 */
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "compress/batch.h"
#include "compress/pipeline.h"
#include "dump/iszero.h"

#define STACK_BYTES (512u << 10)

struct slot {
	struct batch *batch;
	bool done; /* worked on, and not yet delivered */
};

struct pipeline;

struct thread {
	struct pipeline *pipeline;
	struct batch_worker worker;
	pthread_t id;
};

struct pipeline {
	struct sink sink;
	struct sink *inner;
	struct findings *findings;
	struct batch_plan plan;

	struct thread *threads; /* thread_count of them; the first is the caller's, the others are started */
	unsigned thread_count, threads_opened, threads_started;
	struct slot *slots;
	unsigned slot_count;
	uint64_t filled, started, delivered; /* batches so far */

	pthread_mutex_t lock;
	pthread_cond_t work; /* for threads: a batch is ready, or the pipeline ends */
	pthread_cond_t done; /* for the caller: a batch is done */
	bool ending;
};

unsigned pipeline_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* --- workers --- */

static struct slot *batch_slot(struct pipeline *pipeline, uint64_t number)
{
	return &pipeline->slots[number % pipeline->slot_count];
}

/* Work on the next batch. The lock is held at the call and at the return, but not while working. */
static void process_next_batch(struct pipeline *pipeline, struct batch_worker *worker)
{
	struct slot *slot = batch_slot(pipeline, pipeline->started++);

	pthread_mutex_unlock(&pipeline->lock);
	batch_work(slot->batch, worker);
	pthread_mutex_lock(&pipeline->lock);
	slot->done = true;
	pthread_cond_signal(&pipeline->done);
}

static void *run_pipeline_thread(void *argument)
{
	struct thread *thread = argument;
	struct pipeline *pipeline = thread->pipeline;

	pthread_mutex_lock(&pipeline->lock);
	for (;;) {
		while (pipeline->started == pipeline->filled && !pipeline->ending)
			pthread_cond_wait(&pipeline->work, &pipeline->lock);
		if (pipeline->started == pipeline->filled)
			break;
		process_next_batch(pipeline, &thread->worker);
	}
	pthread_mutex_unlock(&pipeline->lock);
	return NULL;
}

static void stop_threads(struct pipeline *pipeline)
{
	pthread_mutex_lock(&pipeline->lock);
	pipeline->ending = true;
	pipeline->started = pipeline->filled; /* batches that no thread has started are dropped */
	pthread_cond_broadcast(&pipeline->work);
	pthread_mutex_unlock(&pipeline->lock);
	while (pipeline->threads_started)
		pthread_join(pipeline->threads[pipeline->threads_started--].id, NULL);
}

/* Start all threads but the caller's. Fewer than wanted are enough, even none. */
static void start_threads(struct pipeline *pipeline)
{
	pthread_attr_t attributes;
	int error = 0;

	/* threads hardly allocate: an arena with 64 MiB of address space for each would be wasted */
	mallopt(M_ARENA_MAX, 1);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (!error && pipeline->threads_started + 1 < pipeline->thread_count) {
		struct thread *thread = &pipeline->threads[pipeline->threads_started + 1];

		error = pthread_create(&thread->id, &attributes, run_pipeline_thread, thread);
		pipeline->threads_started += !error;
	}
	pthread_attr_destroy(&attributes);
}

/* --- the caller's side --- */

/* Write the oldest batch to the sink, as soon as it is done. */
static int put_oldest_batch(struct pipeline *pipeline, struct fault *fault)
{
	struct slot *slot = batch_slot(pipeline, pipeline->delivered);

	pthread_mutex_lock(&pipeline->lock);
	while (!slot->done) {
		if (pipeline->started < pipeline->filled)
			process_next_batch(pipeline, &pipeline->threads[0].worker);
		else
			pthread_cond_wait(&pipeline->done, &pipeline->lock);
	}
	pthread_mutex_unlock(&pipeline->lock);
	pipeline->delivered++;
	slot->done = false;
	return batch_put_results(slot->batch, pipeline->inner, pipeline->findings, fault);
}

/* Release the batch that is being filled to the threads, and make sure that the next slot is empty. */
static int submit_batch(struct pipeline *pipeline, struct fault *fault)
{
	if (batch_is_empty(batch_slot(pipeline, pipeline->filled)->batch))
		return 0;
	pthread_mutex_lock(&pipeline->lock);
	pipeline->filled++;
	pthread_cond_signal(&pipeline->work);
	pthread_mutex_unlock(&pipeline->lock);
	return pipeline->filled - pipeline->delivered < pipeline->slot_count ? 0 : put_oldest_batch(pipeline, fault);
}

/* Write all remaining batches to the sink. */
static int drain_pipeline(struct pipeline *pipeline, struct fault *fault)
{
	int status = submit_batch(pipeline, fault);

	while (!status && pipeline->delivered < pipeline->filled)
		status = put_oldest_batch(pipeline, fault);
	return status;
}

static int add_run(struct pipeline *pipeline, const struct page *page, struct fault *fault)
{
	int status = 0;

	if (batch_is_full_before(batch_slot(pipeline, pipeline->filled)->batch, page))
		status = submit_batch(pipeline, fault);
	if (!status)
		batch_add(batch_slot(pipeline, pipeline->filled)->batch, page);
	return status;
}

/*
 * How many pages from the start of a plain run go into the batch together: all consecutive zero pages, or other pages
 * up to the next window. Detecting zero pages here saves copying them.
 */
static uint32_t count_like_pages(const struct batch_plan *plan, const struct page *page, bool *zero)
{
	const unsigned char *data = page->data;
	uint32_t window = plan->window ? plan->window : BATCH_RUN_BYTES, n = 1;
	uint64_t most = window - page->address % window;

	*zero = plan->window && iszero(data, plan->page_size);
	while (n < page->pages && (*zero || (uint64_t)n * plan->page_size < most) &&
	       (!plan->window || iszero(data + (size_t)n * plan->page_size, plan->page_size) == *zero))
		n++;
	return n;
}

static int add_plain_run(struct pipeline *pipeline, struct page page, struct fault *fault)
{
	uint32_t page_size = pipeline->plan.page_size;
	int status = 0;

	while (page.pages && !status) {
		struct page piece = page;
		bool zero;

		piece.pages = count_like_pages(&pipeline->plan, &page, &zero);
		piece.bytes = piece.pages * page_size;
		if (zero) {
			piece.data = NULL;
			piece.bytes = 0;
		}
		status = add_run(pipeline, &piece, fault);
		page.address += (uint64_t)piece.pages * page_size;
		page.pages -= piece.pages;
		page.data = (const unsigned char *)page.data + (size_t)piece.pages * page_size;
	}
	return status;
}

static int pipeline_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct pipeline *pipeline = (struct pipeline *)sink;
	bool idle = pipeline->delivered == pipeline->filled &&
		    batch_is_empty(batch_slot(pipeline, pipeline->filled)->batch);

	/* the run needs no work, and no batch is in progress */
	if (idle && !pipeline->plan.window && !page->codec)
		return pipeline->inner->put(pipeline->inner, page, fault);
	if (page->codec || !page->data)
		return add_run(pipeline, page, fault);
	return add_plain_run(pipeline, *page, fault);
}

static int pipeline_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct pipeline *pipeline = (struct pipeline *)sink;
	struct sink *inner = pipeline->inner;
	uint32_t page_size = plan->info->page_size;

	pipeline->plan.codec = inner->codec;
	pipeline->plan.page_size = page_size;
	pipeline->plan.window = inner->window && inner->window < page_size ? page_size : inner->window;
	/* while the caller works on one batch, each other thread may start two */
	pipeline->slot_count = pipeline->thread_count > 1 ? 2 * pipeline->thread_count : 1;
	pipeline->slots = calloc(pipeline->slot_count, sizeof(*pipeline->slots));
	pipeline->threads = calloc(pipeline->thread_count, sizeof(*pipeline->threads));
	if (!pipeline->slots || !pipeline->threads)
		return fault_memory(fault);
	for (unsigned i = 0; i < pipeline->slot_count; i++) {
		pipeline->slots[i].batch = batch_new(&pipeline->plan);
		if (!pipeline->slots[i].batch)
			return fault_memory(fault);
	}
	while (pipeline->threads_opened < pipeline->thread_count) {
		struct thread *thread = &pipeline->threads[pipeline->threads_opened++];

		thread->pipeline = pipeline;
		if (batch_worker_open(&thread->worker, &pipeline->plan, fault))
			return -fault->code;
	}
	start_threads(pipeline);
	return inner->begin(inner, plan, fault);
}

static int pipeline_finish(struct sink *sink, bool whole, struct fault *fault)
{
	struct pipeline *pipeline = (struct pipeline *)sink;
	uint64_t found = pipeline->findings->count;
	int status = drain_pipeline(pipeline, fault);

	return status ? status
		      : pipeline->inner->finish(pipeline->inner, whole && pipeline->findings->count == found, fault);
}

static void pipeline_close(struct sink *sink)
{
	struct pipeline *pipeline = (struct pipeline *)sink;

	stop_threads(pipeline);
	while (pipeline->threads_opened)
		batch_worker_close(&pipeline->threads[--pipeline->threads_opened].worker);
	for (unsigned i = 0; pipeline->slots && i < pipeline->slot_count; i++)
		batch_free(pipeline->slots[i].batch);
	pipeline->inner->close(pipeline->inner);
	pthread_mutex_destroy(&pipeline->lock);
	pthread_cond_destroy(&pipeline->work);
	pthread_cond_destroy(&pipeline->done);
	free(pipeline->threads);
	free(pipeline->slots);
	free(pipeline);
}

struct sink *pipeline_open(struct sink *inner, int level, unsigned threads, struct findings *findings,
			   struct fault *fault)
{
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));

	if (!pipeline) {
		fault_memory(fault);
		inner->close(inner);
		return NULL;
	}
	pthread_mutex_init(&pipeline->lock, NULL);
	pthread_cond_init(&pipeline->work, NULL);
	pthread_cond_init(&pipeline->done, NULL);
	pipeline->inner = inner;
	pipeline->plan.level = level;
	pipeline->thread_count = threads;
	pipeline->findings = findings;
	pipeline->sink = (struct sink){
		.needs = inner->needs & ~(unsigned)SINK_PLAIN,
		.begin = pipeline_begin,
		.put = pipeline_put,
		.finish = pipeline_finish,
		.close = pipeline_close,
	};
	return &pipeline->sink;
}
