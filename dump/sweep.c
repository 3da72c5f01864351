/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a file by threads in blocks, and passes the blocks to the caller's walk() in order. "claimed" is the next block
 * to read, "turn" the next one to walk. After reading a block, a thread waits until all earlier blocks have been
 * walked. There is no deadlock: another running thread has claimed each of them, and the earliest block waits for none.
 */
#include <pthread.h>
#include <stdlib.h>

#include "dump/sweep.h"

#define STACK_BYTES (512u << 10)
#define PAGE 4096u     /* aligned reads copy whole pages, which is faster */
#define THREADS_MAX 64 /* more do not make memory faster */

struct team {
	struct sweep *sweep;
	pthread_mutex_t lock;
	pthread_cond_t advanced;
	uint64_t claimed, turn; /* numbers of blocks */
	bool enough;
	uint64_t failed; /* lowest offset that could not be read, UINT64_MAX: none; fault describes it */
	struct fault fault;
};

static void stop_sweep(struct team *team, uint64_t offset, const struct fault *fault)
{
	pthread_mutex_lock(&team->lock);
	team->enough = true;
	if (fault && offset < team->failed) {
		team->failed = offset;
		team->fault = *fault;
	}
	pthread_cond_broadcast(&team->advanced);
	pthread_mutex_unlock(&team->lock);
}

/* Get the next block to read. False: there is none, or no more is needed. */
static bool claim_block(struct team *team, uint64_t *number)
{
	const struct sweep *sweep = team->sweep;
	bool there;

	pthread_mutex_lock(&team->lock);
	there = !team->enough && team->claimed * sweep->block < sweep->end - sweep->start;
	*number = team->claimed;
	team->claimed += there;
	pthread_mutex_unlock(&team->lock);
	return there;
}

/* Wait for the block's turn and walk it. False: no more is needed. */
static bool walk_in_order(struct team *team, uint64_t number, struct sweep_block *block)
{
	struct sweep *sweep = team->sweep;
	bool on;

	pthread_mutex_lock(&team->lock);
	while (team->turn != number && !team->enough)
		pthread_cond_wait(&team->advanced, &team->lock);
	on = !team->enough;
	pthread_mutex_unlock(&team->lock);
	if (on && sweep->walk)
		on = sweep->walk(sweep, block);
	pthread_mutex_lock(&team->lock);
	team->turn += on;
	pthread_cond_broadcast(&team->advanced);
	pthread_mutex_unlock(&team->lock);
	return on;
}

static bool process_sweep_block(struct team *team, uint64_t number, unsigned char *buffer, struct fault *fault)
{
	struct sweep *sweep = team->sweep;
	struct sweep_block block = { .offset = sweep->start + number * sweep->block, .data = buffer };
	uint64_t left = sweep->end - block.offset;

	block.size = left < sweep->block ? (size_t)left : sweep->block;
	block.have = left < sweep->block + sweep->more ? (size_t)left : sweep->block + sweep->more;
	if (stream_read_at(sweep->stream, block.offset, buffer, block.have, fault)) {
		stop_sweep(team, block.offset, fault);
		return false;
	}
	return walk_in_order(team, number, &block) && (!sweep->work || sweep->work(sweep, &block));
}

static void *run_sweep_thread(void *argument)
{
	struct team *team = argument;
	size_t room = team->sweep->block + team->sweep->more;
	unsigned char *buffer = aligned_alloc(PAGE, (room + PAGE - 1) / PAGE * PAGE);
	struct fault fault;
	uint64_t number;

	if (!buffer) {
		fault_memory(&fault);
		stop_sweep(team, 0, &fault);
	}
	while (buffer && claim_block(team, &number))
		if (!process_sweep_block(team, number, buffer, &fault))
			stop_sweep(team, UINT64_MAX, NULL);
	free(buffer);
	return NULL;
}

int sweep_run(struct sweep *sweep, struct fault *fault)
{
	struct team team = { .sweep = sweep, .failed = UINT64_MAX };
	pthread_t others[THREADS_MAX];
	unsigned count = 0, wanted = sweep->threads < THREADS_MAX ? sweep->threads : THREADS_MAX;
	pthread_attr_t attributes;

	pthread_mutex_init(&team.lock, NULL);
	pthread_cond_init(&team.advanced, NULL);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (count + 1 < wanted && !pthread_create(&others[count], &attributes, run_sweep_thread, &team))
		count++; /* fewer threads than wanted are enough */
	pthread_attr_destroy(&attributes);
	run_sweep_thread(&team);
	while (count)
		pthread_join(others[--count], NULL);
	pthread_mutex_destroy(&team.lock);
	pthread_cond_destroy(&team.advanced);
	if (team.failed != UINT64_MAX) {
		*fault = team.fault;
		return -fault->code;
	}
	return !team.enough;
}
