/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Computing the SHA-256 takes as long as the copy, so a thread does it during the copy, from the page cache. The disk
 * is read only after everything is written: reading it during the copy was no faster on a virtual disk, and makes a
 * hard disk seek. Relies on O_DIRECT to read from the disk; without it, on posix_fadvise() to empty the page cache.
 */
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

#define PIECE (2u << 20)  /* bytes that are written and read at a time */
#define PART (128u << 10) /* bytes that are hashed at a time: fits the second-level cache */
#define ALIGN 4096u

struct proof {
	int fd;
	pthread_t thread;
	bool has_thread;

	/* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t moved;
	uint64_t end; /* bytes that are written */
	bool complete, given_up;

	/* used by the thread only, until it is joined */
	unsigned char *part;
	uint64_t bytes; /* hashed */
	struct digest digest;
	int status;
	struct fault fault;
};

/* Wait for the next piece, or the last one. Returns how many bytes are written; 0 when the caller gave up. */
static uint64_t wait_for_piece(struct proof *proof)
{
	uint64_t end;

	pthread_mutex_lock(&proof->lock);
	while (!proof->complete && proof->end - proof->bytes < PIECE)
		pthread_cond_wait(&proof->moved, &proof->lock);
	end = proof->given_up ? 0 : proof->end;
	pthread_mutex_unlock(&proof->lock);
	return end;
}

/* Read some of [at, end). Returns the number of bytes, or a fault. */
static ssize_t read_part(int fd, void *out, size_t room, uint64_t at, uint64_t end, struct fault *fault)
{
	ssize_t n;

	do
		n = pread(fd, out, room, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_set_errno(fault, FAULT_READ, at, "cannot read back the saved file");
	if (!n)
		return fault_set(fault, FAULT_READ, at, FAULT_NOWHERE, "the saved file is truncated when read back");
	return (uint64_t)n > end - at ? (ssize_t)(end - at) : n;
}

static void hash_up_to(struct proof *proof, uint64_t end)
{
	while (proof->bytes < end) {
		ssize_t n = read_part(proof->fd, proof->part, PART, proof->bytes, end, &proof->fault);

		if (n < 0) {
			proof->status = (int)n;
			return;
		}
		digest_add(&proof->digest, proof->part, (size_t)n);
		proof->bytes += (uint64_t)n;
	}
}

static void *hash_file(void *argument)
{
	struct proof *proof = argument;
	uint64_t end;

	while (!proof->status && (end = wait_for_piece(proof)) > proof->bytes)
		hash_up_to(proof, end);
	return NULL;
}

static void proof_free(struct proof *proof)
{
	pthread_mutex_destroy(&proof->lock);
	pthread_cond_destroy(&proof->moved);
	free(proof->part);
	free(proof);
}

struct proof *proof_start(int fd, struct fault *fault)
{
	struct proof *proof = calloc(1, sizeof(*proof));

	if (proof)
		proof->part = malloc(PART);
	if (!proof || !proof->part) {
		free(proof);
		fault_memory(fault);
		return NULL;
	}
	proof->fd = fd;
	pthread_mutex_init(&proof->lock, NULL);
	pthread_cond_init(&proof->moved, NULL);
	digest_start(&proof->digest);
	proof->has_thread = !pthread_create(&proof->thread, NULL, hash_file, proof);
	return proof;
}

void proof_reached(struct proof *proof, uint64_t end)
{
	uint64_t from = proof->end / PIECE * PIECE;
	bool piece = end - from >= PIECE;

	if (piece) /* the disk starts to write while more is copied */
		sync_file_range(proof->fd, (off_t)from, (off_t)(end - from), SYNC_FILE_RANGE_WRITE);
	pthread_mutex_lock(&proof->lock);
	proof->end = end;
	if (piece)
		pthread_cond_signal(&proof->moved);
	pthread_mutex_unlock(&proof->lock);
}

/* Open the file again so that reads come from the disk; where O_DIRECT does not work, from an emptied page cache. */
static int open_disk(int fd, void *piece)
{
	char self[40];
	int disk;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	disk = open(self, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (disk >= 0 && (pread(disk, piece, ALIGN, 0) >= 0 || errno != EINVAL))
		return disk;
	if (disk >= 0)
		close(disk);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static int sum_disk(int fd, uint64_t end, uint32_t *crc, struct fault *fault)
{
	void *piece = aligned_alloc(ALIGN, PIECE);
	int disk = piece ? open_disk(fd, piece) : -1, status = 0;

	if (!piece)
		status = fault_memory(fault);
	else if (disk < 0)
		status = fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot read back the saved file");
	*crc = 0;
	for (uint64_t at = 0; !status && at < end;) {
		ssize_t n = read_part(disk, piece, PIECE, at, end, fault);

		if (n < 0) {
			status = (int)n;
			break;
		}
		*crc = crc32c(*crc, piece, (size_t)n);
		at += (uint64_t)n;
	}
	if (disk >= 0)
		close(disk);
	free(piece);
	return status;
}

/* Sync the file and read it from the disk, while the thread may still be hashing. */
static int sync_and_sum(struct proof *proof, uint32_t *crc, struct fault *fault)
{
	if (fsync(proof->fd))
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot sync the saved dump");
	return sum_disk(proof->fd, proof->end, crc, fault);
}

int proof_end(struct proof *proof, struct proof_result *result, struct fault *fault)
{
	int status = 0;

	pthread_mutex_lock(&proof->lock);
	proof->complete = true;
	proof->given_up = !result;
	pthread_cond_signal(&proof->moved);
	pthread_mutex_unlock(&proof->lock);
	if (result)
		status = sync_and_sum(proof, &result->crc, fault);
	if (proof->has_thread)
		pthread_join(proof->thread, NULL);
	else
		hash_file(proof);
	if (!status && proof->status) {
		status = proof->status;
		*fault = proof->fault;
	}
	if (result) {
		result->bytes = proof->end;
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
		return fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot read back the saved file");
	proof = proof_start(fd, fault);
	if (!proof)
		return -fault->code;
	proof_reached(proof, (uint64_t)st.st_size);
	return proof_end(proof, result, fault);
}
