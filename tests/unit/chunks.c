/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chunks of a device: the same bytes by reading on and by offset, near and far behind; a device that is gone. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "save/chunks.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

#define SIZE (2u * 1024 * 1024 + 777)
#define START 4096u

static unsigned char device[SIZE];

static int open_device(void)
{
	int fd = memfd_create("device", MFD_CLOEXEC);

	if (fd < 0 || write(fd, device, SIZE) != (ssize_t)SIZE) {
		printf("Bail out! no file in memory\n");
		exit(1);
	}
	return fd;
}

/* Are the bytes at offset those of the device? */
static bool finds(struct chunks *chunks, uint64_t offset)
{
	const unsigned char *data;
	struct fault fault;
	ssize_t n = chunks_find(chunks, offset, &data, &fault);

	return n > 0 && (uint64_t)n <= SIZE - offset && !memcmp(data, device + offset, (size_t)n);
}

/* Read to the end in pieces of changing size, and look back after each by at most so many bytes. */
static void read_all(uint64_t back, const char *name)
{
	struct findings findings = { NULL, 0 };
	const unsigned char *data;
	struct fault fault;
	int fd = open_device();
	struct chunks *chunks = chunks_open(fd, START, SIZE, &findings, &fault);
	uint64_t at = START;
	bool same = true;
	ssize_t n;

	for (size_t size = 1;; size = (size * 5 + 3) % 70001) {
		static unsigned char piece[70001];

		n = chunks_read(chunks, piece, size + 1);
		if (n <= 0)
			break;
		same = same && at + (uint64_t)n <= SIZE && !memcmp(piece, device + at, (size_t)n);
		at += (uint64_t)n;
		same = same && finds(chunks, at - START > back ? at - back : START);
	}
	ok(same && n == 0 && at == SIZE, "%s: all bytes, and then the end", name);
	ok(chunks_find(chunks, SIZE, &data, &fault) == 0, "%s: nothing is behind the end", name);
	ok(!findings.count && !chunks_gone(chunks, &fault), "%s: nothing is wrong", name);
	chunks_close(chunks);
	close(fd);
}

/* A descriptor that cannot be read at all is what a device is that was pulled out. */
static void lose_device(void)
{
	struct findings findings = { NULL, 0 };
	const unsigned char *data;
	unsigned char byte;
	struct fault fault;
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct chunks *chunks = chunks_open(fd, START, SIZE, &findings, &fault);

	ok(!chunks_gone(chunks, &fault), "nothing was read yet");
	ok(chunks_read(chunks, &byte, 1) == -1, "a device that is gone: no bytes");
	ok(chunks_gone(chunks, &fault) && fault.code == FAULT_READ && fault.offset == START, "and it says where");
	ok(chunks_find(chunks, 65536, &data, &fault) == -FAULT_READ && fault.offset == 65536, "by offset, too");
	ok(!findings.count, "it is no hole");
	chunks_close(chunks);
	close(fd);
}

int main(void)
{
	uint64_t seed = 7;

	random_fill(&seed, device, SIZE);
	read_all(1, "just behind");
	read_all(CHUNKS_SIZE, "a chunk behind");
	read_all(UINT64_MAX, "from the start again");
	lose_device();
	chunks_close(NULL);
	return tap_done();
}
