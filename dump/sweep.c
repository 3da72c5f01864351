/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "taken" is the next block to be read, "turn" the next one to be walked over. Who has read a block waits for its turn;
 * the one before it can only be in somebody else's hands, who needs no turn but its own, so nobody waits for ever.
 */
#include <pthread.h>
#include <stdlib.h>

#include "dump/sweep.h"

#define STACK_BYTES (512u << 10)
#define PAGE 4096u     /* for reads that copy whole pages */
#define THREADS_MAX 64 /* more do not make memory faster */

struct crew {
	struct sweep *sweep;
	pthread_mutex_t lock;
	pthread_cond_t turned;
	uint64_t taken, turn; /* numbers of blocks */
	bool enough;
	uint64_t failed; /* offset of what could not be read; fault is then that */
	struct fault fault;
};

static void stop(struct crew *crew, uint64_t offset, const struct fault *fault)
{
	pthread_mutex_lock(&crew->lock);
	crew->enough = true;
	if (fault && offset < crew->failed) {
		crew->failed = offset;
		crew->fault = *fault;
	}
	pthread_cond_broadcast(&crew->turned);
	pthread_mutex_unlock(&crew->lock);
}

/* Take the next block. False: there is none, or no more is needed. */
static bool take(struct crew *crew, uint64_t *number)
{
	const struct sweep *sweep = crew->sweep;
	bool there;

	pthread_mutex_lock(&crew->lock);
	there = !crew->enough && crew->taken * sweep->block < sweep->end - sweep->start;
	*number = crew->taken;
	crew->taken += there;
	pthread_mutex_unlock(&crew->lock);
	return there;
}

/* Wait for the block's turn and walk over it. False: no more is needed. */
static bool walk(struct crew *crew, uint64_t number, struct sweep_block *block)
{
	struct sweep *sweep = crew->sweep;
	bool on;

	pthread_mutex_lock(&crew->lock);
	while (crew->turn != number && !crew->enough)
		pthread_cond_wait(&crew->turned, &crew->lock);
	on = !crew->enough;
	pthread_mutex_unlock(&crew->lock);
	if (on && sweep->walk)
		on = sweep->walk(sweep, block);
	pthread_mutex_lock(&crew->lock);
	crew->turn += on;
	pthread_cond_broadcast(&crew->turned);
	pthread_mutex_unlock(&crew->lock);
	return on;
}

static bool go_through(struct crew *crew, uint64_t number, unsigned char *buffer, struct fault *fault)
{
	struct sweep *sweep = crew->sweep;
	struct sweep_block block = { .offset = sweep->start + number * sweep->block, .data = buffer };
	uint64_t left = sweep->end - block.offset;

	block.size = left < sweep->block ? (size_t)left : sweep->block;
	block.have = left < sweep->block + sweep->more ? (size_t)left : sweep->block + sweep->more;
	if (stream_read_at(sweep->stream, block.offset, buffer, block.have, fault)) {
		stop(crew, block.offset, fault);
		return false;
	}
	return walk(crew, number, &block) && (!sweep->work || sweep->work(sweep, &block));
}

static void *run(void *argument)
{
	struct crew *crew = argument;
	size_t room = crew->sweep->block + crew->sweep->more;
	unsigned char *buffer = aligned_alloc(PAGE, (room + PAGE - 1) / PAGE * PAGE);
	struct fault fault;
	uint64_t number;

	if (!buffer) {
		fault_memory(&fault);
		stop(crew, 0, &fault);
	}
	while (buffer && take(crew, &number))
		if (!go_through(crew, number, buffer, &fault))
			stop(crew, UINT64_MAX, NULL);
	free(buffer);
	return NULL;
}

int sweep_run(struct sweep *sweep, struct fault *fault)
{
	struct crew crew = { .sweep = sweep, .failed = UINT64_MAX };
	pthread_t others[THREADS_MAX];
	unsigned count = 0, wanted = sweep->threads < THREADS_MAX ? sweep->threads : THREADS_MAX;
	pthread_attr_t attributes;

	pthread_mutex_init(&crew.lock, NULL);
	pthread_cond_init(&crew.turned, NULL);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (count + 1 < wanted && !pthread_create(&others[count], &attributes, run, &crew))
		count++; /* fewer than wished for do as well */
	pthread_attr_destroy(&attributes);
	run(&crew);
	while (count)
		pthread_join(others[--count], NULL);
	pthread_mutex_destroy(&crew.lock);
	pthread_cond_destroy(&crew.turned);
	if (crew.failed != UINT64_MAX) {
		*fault = crew.fault;
		return -fault->code;
	}
	return !crew.enough;
}
