/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages are gathered in batches. A batch that is full is worked on (unpacked, cut, packed) and then given to the sink,
 * in the order in which batches were filled.
 *
 * There is a ring of slots, a batch each, and batch number n is in slot n mod slots. Three numbers say where everything
 * stands: the caller's thread alone fills batch "filled" and gives batch "given" to the sink; who is free works on
 * batch "taken" next. That is the threads, and the caller too as soon as the ring is full and the oldest batch is not
 * done: with -T1 always. The lock guards states and numbers and is held for a few instructions a batch; what is in a
 * batch belongs to whoever has taken its slot. Who has nothing to do sleeps. The ring is allotted beforehand, so memory
 * does not grow.
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
	bool done; /* worked on, and not given yet */
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
	uint64_t filled, taken, given; /* batches so far */

	pthread_mutex_t lock;
	pthread_cond_t work; /* for workers: a batch waits, or the end has come */
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

static struct slot *slot_of(struct pipeline *pipeline, uint64_t number)
{
	return &pipeline->slots[number % pipeline->slot_count];
}

/* Work on the batch that is next. The lock is held, but not meanwhile. */
static void work_on_next(struct pipeline *pipeline, struct batch_worker *worker)
{
	struct slot *slot = slot_of(pipeline, pipeline->taken++);

	pthread_mutex_unlock(&pipeline->lock);
	batch_work(slot->batch, worker);
	pthread_mutex_lock(&pipeline->lock);
	slot->done = true;
	pthread_cond_signal(&pipeline->done);
}

static void *work(void *argument)
{
	struct thread *thread = argument;
	struct pipeline *pipeline = thread->pipeline;

	pthread_mutex_lock(&pipeline->lock);
	for (;;) {
		while (pipeline->taken == pipeline->filled && !pipeline->ending)
			pthread_cond_wait(&pipeline->work, &pipeline->lock);
		if (pipeline->taken == pipeline->filled)
			break;
		work_on_next(pipeline, &thread->worker);
	}
	pthread_mutex_unlock(&pipeline->lock);
	return NULL;
}

static void stop_threads(struct pipeline *pipeline)
{
	pthread_mutex_lock(&pipeline->lock);
	pipeline->ending = true;
	pipeline->taken = pipeline->filled; /* what is not taken yet is not wanted any more */
	pthread_cond_broadcast(&pipeline->work);
	pthread_mutex_unlock(&pipeline->lock);
	while (pipeline->threads_started)
		pthread_join(pipeline->threads[pipeline->threads_started--].id, NULL);
}

/* All but the caller's. Fewer than wished for do as well, even none. */
static void start_threads(struct pipeline *pipeline)
{
	pthread_attr_t attributes;
	int error = 0;

	/* threads hardly allot: an arena of 64 MiB of address space for each would be a waste */
	mallopt(M_ARENA_MAX, 1);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (!error && pipeline->threads_started + 1 < pipeline->thread_count) {
		struct thread *thread = &pipeline->threads[pipeline->threads_started + 1];

		error = pthread_create(&thread->id, &attributes, work, thread);
		pipeline->threads_started += !error;
	}
	pthread_attr_destroy(&attributes);
}

/* --- the caller's side --- */

/* The oldest batch to the sink, as soon as it is done. */
static int give_oldest(struct pipeline *pipeline, struct fault *fault)
{
	struct slot *slot = slot_of(pipeline, pipeline->given);

	pthread_mutex_lock(&pipeline->lock);
	while (!slot->done) {
		if (pipeline->taken < pipeline->filled)
			work_on_next(pipeline, &pipeline->threads[0].worker);
		else
			pthread_cond_wait(&pipeline->done, &pipeline->lock);
	}
	pthread_mutex_unlock(&pipeline->lock);
	pipeline->given++;
	slot->done = false;
	return batch_give(slot->batch, pipeline->inner, pipeline->findings, fault);
}

/* Hand the batch that is being filled to whoever is free, and make sure that there is an empty one. */
static int submit(struct pipeline *pipeline, struct fault *fault)
{
	if (batch_is_empty(slot_of(pipeline, pipeline->filled)->batch))
		return 0;
	pthread_mutex_lock(&pipeline->lock);
	pipeline->filled++;
	pthread_cond_signal(&pipeline->work);
	pthread_mutex_unlock(&pipeline->lock);
	return pipeline->filled - pipeline->given < pipeline->slot_count ? 0 : give_oldest(pipeline, fault);
}

/* Until nothing is on its way. */
static int drain(struct pipeline *pipeline, struct fault *fault)
{
	int status = submit(pipeline, fault);

	while (!status && pipeline->given < pipeline->filled)
		status = give_oldest(pipeline, fault);
	return status;
}

static int add(struct pipeline *pipeline, const struct page *page, struct fault *fault)
{
	int status = 0;

	if (batch_is_full_before(slot_of(pipeline, pipeline->filled)->batch, page))
		status = submit(pipeline, fault);
	if (!status)
		batch_add(slot_of(pipeline, pipeline->filled)->batch, page);
	return status;
}

/*
 * How many pages of a plain run, from its first on, go into the batch as one: zero pages as far as they go, others up
 * to the next window. Looking for zeros here saves copying them.
 */
static uint32_t stretch(const struct batch_plan *plan, const struct page *page, bool *zero)
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

static int add_plain(struct pipeline *pipeline, struct page page, struct fault *fault)
{
	uint32_t page_size = pipeline->plan.page_size;
	int status = 0;

	while (page.pages && !status) {
		struct page piece = page;
		bool zero;

		piece.pages = stretch(&pipeline->plan, &page, &zero);
		piece.bytes = piece.pages * page_size;
		if (zero) {
			piece.data = NULL;
			piece.bytes = 0;
		}
		status = add(pipeline, &piece, fault);
		page.address += (uint64_t)piece.pages * page_size;
		page.pages -= piece.pages;
		page.data = (const unsigned char *)page.data + (size_t)piece.pages * page_size;
	}
	return status;
}

static int pipeline_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct pipeline *pipeline = (struct pipeline *)sink;
	bool idle = pipeline->given == pipeline->filled && batch_is_empty(slot_of(pipeline, pipeline->filled)->batch);

	/* nothing to be done to it, and nothing before it to wait for */
	if (idle && !pipeline->plan.window && !page->codec)
		return pipeline->inner->put(pipeline->inner, page, fault);
	if (page->codec || !page->data)
		return add(pipeline, page, fault);
	return add_plain(pipeline, *page, fault);
}

static int pipeline_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct pipeline *pipeline = (struct pipeline *)sink;
	struct sink *inner = pipeline->inner;
	uint32_t page_size = plan->info->page_size;

	pipeline->plan.codec = inner->codec;
	pipeline->plan.page_size = page_size;
	pipeline->plan.window = inner->window && inner->window < page_size ? page_size : inner->window;
	/* while the caller works on one, each of the others may begin two */
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
	int status = drain(pipeline, fault);

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
