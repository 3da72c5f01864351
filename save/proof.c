/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump/crc32c.h"
#include "save/proof.h"

#define PIECE (2u << 20)  /* that the disk gets as one */
#define PART (128u << 10) /* fits the second-level cache */
#define PAGE 4096u

struct proof {
	int fd;
	unsigned char *part;
	pthread_t thread;
	bool has_thread;

	/* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t moved;
	uint64_t end; /* bytes that are written */
	bool complete, given_up;

	/* the thread's, until it is joined */
	uint64_t bytes, prepared; /* read back; on the disk, and on the way from there */
	uint32_t crc;
	struct digest digest;
	int status;
	struct fault fault;
};

/* Wait until the next piece is written, or the last one. Returns how many bytes are written behind what was read. */
static uint64_t wait_for(struct proof *proof)
{
	uint64_t have;

	pthread_mutex_lock(&proof->lock);
	while (!proof->complete && proof->end - proof->bytes < PIECE)
		pthread_cond_wait(&proof->moved, &proof->lock);
	have = proof->given_up ? 0 : proof->end - proof->bytes;
	pthread_mutex_unlock(&proof->lock);
	return have;
}

/*
 * Out of the page cache, which keeps what is not on the disk yet, so that reading reads the disk; and begin with that.
 */
static int write_out(struct proof *proof, uint64_t at, size_t size)
{
	if (sync_file_range(proof->fd, (off_t)at, (off_t)size,
			    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) &&
	    errno != ENOSYS && errno != EINVAL)
		return fault_set_errno(&proof->fault, FAULT_WRITE, FAULT_NOWHERE, "cannot write out what was saved");
	posix_fadvise(proof->fd, (off_t)at, (off_t)size, POSIX_FADV_DONTNEED);
	return 0;
}

/* The next piece, and the one behind it, so that the disk has something to do while this one is summed up. */
static int prepare(struct proof *proof, uint64_t have)
{
	int status = 0;

	while (!status && proof->prepared < proof->bytes + have && proof->prepared < proof->bytes + 2 * PIECE) {
		uint64_t left = proof->bytes + have - proof->prepared;

		if (proof->prepared > proof->bytes && left < PIECE && have >= PIECE) /* it grows still */
			break;
		left = left < PIECE ? left : PIECE;
		status = write_out(proof, proof->prepared, (size_t)left);
		proof->prepared += left;
	}
	return status;
}

static int read_part(struct proof *proof, size_t size)
{
	ssize_t n = pread(proof->fd, proof->part, size < PART ? size : PART, (off_t)proof->bytes);

	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0)
		return fault_set_errno(&proof->fault, FAULT_READ, proof->bytes, "cannot read back what was saved");
	if (!n)
		return fault_set(&proof->fault, FAULT_READ, proof->bytes, FAULT_NOWHERE, "what was saved ends early");
	proof->crc = crc32c(proof->crc, proof->part, (size_t)n);
	digest_add(&proof->digest, proof->part, (size_t)n);
	proof->bytes += (uint64_t)n;
	return 0;
}

static void *follow(void *argument)
{
	struct proof *proof = argument;
	uint64_t have;

	while (!proof->status && (have = wait_for(proof)) != 0) {
		uint64_t end = proof->bytes + (have < PIECE ? have : PIECE);

		proof->status = prepare(proof, have);
		while (!proof->status && proof->bytes < end)
			proof->status = read_part(proof, (size_t)(end - proof->bytes));
	}
	return NULL;
}

static struct proof *proof_new(int fd, struct fault *fault)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	char self[40];

	if (proof)
		proof->part = aligned_alloc(PAGE, PART);
	if (!proof || !proof->part) {
		free(proof);
		fault_memory(fault);
		return NULL;
	}
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	proof->fd = open(self, O_RDONLY | O_CLOEXEC);
	if (proof->fd < 0)
		proof->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	posix_fadvise(proof->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	pthread_mutex_init(&proof->lock, NULL);
	pthread_cond_init(&proof->moved, NULL);
	digest_start(&proof->digest);
	return proof;
}

struct proof *proof_start(int fd, struct fault *fault)
{
	struct proof *proof = proof_new(fd, fault);

	if (proof)
		proof->has_thread = !pthread_create(&proof->thread, NULL, follow, proof);
	return proof;
}

void proof_reached(struct proof *proof, uint64_t end)
{
	uint64_t from = proof->end / PIECE * PIECE;
	bool piece = end - from >= PIECE;

	if (piece) /* starts writing, for whose end the thread waits */
		sync_file_range(proof->fd, (off_t)from, (off_t)(end - from), SYNC_FILE_RANGE_WRITE);
	pthread_mutex_lock(&proof->lock);
	proof->end = end;
	if (piece)
		pthread_cond_signal(&proof->moved);
	pthread_mutex_unlock(&proof->lock);
}

static void proof_free(struct proof *proof)
{
	pthread_mutex_destroy(&proof->lock);
	pthread_cond_destroy(&proof->moved);
	if (proof->fd >= 0)
		close(proof->fd);
	free(proof->part);
	free(proof);
}

int proof_end(struct proof *proof, struct proof_result *result, struct fault *fault)
{
	int status;

	pthread_mutex_lock(&proof->lock);
	proof->complete = true;
	proof->given_up = !result;
	pthread_cond_signal(&proof->moved);
	pthread_mutex_unlock(&proof->lock);
	if (proof->has_thread)
		pthread_join(proof->thread, NULL);
	else
		follow(proof);
	status = proof->status;
	if (status)
		*fault = proof->fault;
	if (result) {
		result->bytes = proof->bytes;
		result->crc = proof->crc;
		digest_end(&proof->digest, result->hash);
	}
	proof_free(proof);
	return status;
}

int proof_file(int fd, struct proof_result *result, struct fault *fault)
{
	struct proof *proof;
	struct stat st;

	if (fstat(fd, &st))
		return fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot read back what was saved");
	proof = proof_new(fd, fault);
	if (!proof)
		return -fault->code;
	proof->end = (uint64_t)st.st_size;
	return proof_end(proof, result, fault);
}
