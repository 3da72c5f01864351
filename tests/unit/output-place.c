/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outputs into a part of a device: what is touched, in which order, and what a crash leaves.
 * disk-calls.h notes it, and makes calls fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/loop.h>

#include "lkcd/output.h"
#include "tests/unit/disk-calls.h"
#include "tests/unit/folder.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

#define DEVICE (1u << 20)

static struct folder folder;
static unsigned char before[DEVICE];  /* what the device holds beforehand: noise, and an old dump */
static unsigned char content[DEVICE]; /* noise to write */
static unsigned char want[DEVICE];    /* what it should hold then */

static struct output *open_device(const struct output_options *options)
{
	struct fault fault;
	struct output *output;

	folder_put(&folder, "device", before, DEVICE, 0600);
	memcpy(want, before, DEVICE);
	output = output_open_options(folder_name(&folder, "device"), options, &fault);
	if (!output) {
		printf("Bail out! cannot open the device: %s\n", fault.text);
		exit(1);
	}
	return output;
}

static bool device_holds(const unsigned char *bytes)
{
	return folder_holds(&folder, "device", bytes, DEVICE);
}

/* No write touched a byte outside of the output's part, and none was unaligned with O_DIRECT. */
static bool within(const struct output_options *options)
{
	uint64_t end = options->limit ? options->start + options->limit : DEVICE;

	for (unsigned i = 0; i < layer.count; i++) {
		const struct event *event = &layer.events[i];

		if (!event->sync && (event->offset < options->start || event->offset + event->size > end))
			return false;
	}
	return !layer.unaligned && layer.count < EVENTS;
}

/* Writes anywhere in the area, to the device and to want. */
static bool wander(struct output *output, const struct output_options *options, unsigned writes)
{
	uint64_t seed = writes, at = 0, limit = output_room(output), end = 0;
	unsigned char *image = want + options->start;
	struct fault fault;
	bool good = true;

	for (unsigned i = 0; i < writes && good; i++) {
		uint64_t to = i % 3 ? at : random_below(&seed, end + 1);
		size_t most = i % 10 ? 6000 : 300000,
		       size = (size_t)random_below(&seed, limit - to < most ? limit - to + 1 : most);

		if (i % 7 == 5 && to == at) {
			good = !output_zeros(output, size, &fault);
			memset(image + to, 0, size);
		} else {
			const unsigned char *from = content + random_below(&seed, DEVICE - size + 1);

			good = !output_write_at(output, to, from, size, &fault);
			memcpy(image + to, from, size);
		}
		at = to + size;
		end = at > end ? at : end;
		good = good && output_offset(output) == at && output_room(output) == limit - at;
	}
	return good;
}

static void anywhere(const char *what, struct output_options options)
{
	struct output *output;
	struct fault fault;
	bool good;

	for (int direct = 0; direct < 2; direct++) {
		options.direct = direct;
		layer_reset();
		output = open_device(&options);
		good = wander(output, &options, 300) && !output_commit(output, &fault);
		output_close(output);
		ok(good && device_holds(want), "%s%s: it holds what was written, and around it what was there", what,
		   direct ? ", direct" : "");
		ok(within(&options), "%s%s: nothing else was written, %u calls, %u unaligned", what,
		   direct ? ", direct" : "", layer.calls, layer.unaligned);
		ok(direct ? layer.direct_bytes > DEVICE / 4 : !layer.directs, "%s%s: %zu bytes past the page cache",
		   what, direct ? ", direct" : "", layer.direct_bytes);
	}
}

/* Up to the limit, one byte beyond, and what a refusal leaves. */
static void limited(struct output_options options, uint64_t limit, const char *what)
{
	struct fault fault = { 0 };
	struct output *output;
	unsigned calls;

	layer_reset();
	output = open_device(&options);
	ok(output_room(output) == limit, "%s: %llu bytes of room", what, (unsigned long long)limit);
	output_write(output, content, limit - 10, &fault);
	calls = layer.calls;
	ok(output_write(output, content, 11, &fault) == -FAULT_WRITE && output_offset(output) == limit - 10,
	   "%s: one byte too many: %s", what, fault.text);
	ok(output_zeros(output, 11, &fault) == -FAULT_WRITE && output_zeros(output, UINT64_MAX, &fault) == -FAULT_WRITE,
	   "%s: zeros as well", what);
	ok(output_write_at(output, limit + 1, content, 0, &fault) == -FAULT_WRITE &&
		   output_write_at(output, limit - 1, content, 2, &fault) == -FAULT_WRITE &&
		   output_write_at(output, UINT64_MAX - 1, content, 5, &fault) == -FAULT_WRITE &&
		   output_offset(output) == limit - 10,
	   "%s: at any offset", what);
	ok(layer.calls == calls, "%s: nothing was written for them", what);
	ok(!output_write(output, content + limit - 10, 10, &fault) && output_room(output) == 0 &&
		   output_write(output, content, 1, &fault) == -FAULT_WRITE && !output_commit(output, &fault),
	   "%s: what fits can be written then", what);
	output_close(output);
	memcpy(want + options.start, content, limit);
	ok(device_holds(want) && within(&options), "%s: it ends exactly there", what);
}

#define OLD_START 65536u

/* A dump of size bytes over the old one, its header written twice. */
static int write_dump(struct output *output, size_t size, struct fault *fault)
{
	int status = output_write(output, content + 7, size < 3000 ? size : 3000, fault);

	for (size_t at = 3000; at < size && !status; at += 30000)
		status = output_write(output, content + at, size - at < 30000 ? size - at : 30000, fault);
	if (!status)
		status = output_write_at(output, 0, content, size < 3000 ? size : 3000, fault);
	return status ? status : output_commit(output, fault);
}

enum state { OLD, NONE, NEW, WRONG };

/* What a reader finds on the device: a header may only be there with all that belongs to it. */
static enum state state_of(const unsigned char *device, const struct output_options *options, size_t size)
{
	const unsigned char *area = device + options->start, *old = before + options->start;
	size_t header = options->header_size < size ? options->header_size : size;
	size_t after = options->start + (size > options->header_size ? size : options->header_size);

	if (memcmp(device, before, options->start) || memcmp(device + after, before + after, DEVICE - after))
		return WRONG;
	if (!memcmp(area, content, header))
		return !memcmp(area, content, size) ? NEW : WRONG;
	if (!memcmp(area, old, header))
		return !memcmp(device, before, DEVICE) ? OLD : WRONG;
	for (size_t i = 0; i < header; i++)
		if (area[i])
			return WRONG;
	return NONE;
}

/* Power is cut before each call: what was synced is there, of what was not any part. */
static unsigned power_cuts(const struct output_options *options, size_t size, unsigned *seen)
{
	static unsigned char synced[DEVICE], cut[DEVICE];
	unsigned wrong = 0, since = 0;
	uint64_t seed = 5;

	memcpy(synced, before, DEVICE);
	for (unsigned i = 0; i <= layer.count; i++) {
		for (unsigned try = 0; try < 20; try++) {
			enum state state;

			memcpy(cut, synced, DEVICE);
			for (unsigned j = since; j < i; j++)
				if (try == 0 || random_below(&seed, 2))
					memcpy(cut + layer.events[j].offset, layer.events[j].data,
					       layer.events[j].size);
			state = state_of(cut, options, size);
			seen[state]++;
			wrong += state == WRONG;
		}
		if (i == layer.count || !layer.events[i].sync)
			continue;
		for (; since < i; since++)
			memcpy(synced + layer.events[since].offset, layer.events[since].data, layer.events[since].size);
		since = i + 1;
	}
	return wrong + (state_of(synced, options, size) != NEW);
}

static bool is_clear(const struct event *event, const struct output_options *options)
{
	for (size_t i = 0; i < event->size; i++)
		if (event->data[i])
			return false;
	return !event->sync && event->offset == options->start && event->size >= options->header_size;
}

/* Clear, sync, everything else, sync, header, sync. */
static bool in_order(const struct output_options *options, size_t size)
{
	const struct event *last = &layer.events[layer.count - 3];
	size_t header = options->header_size < size ? options->header_size : size;

	if (layer.count < 5 || !is_clear(&layer.events[0], options) || !layer.events[1].sync)
		return false;
	for (unsigned i = 2; i < layer.count - 3; i++)
		if (layer.events[i].sync || layer.events[i].offset < options->start + options->header_size)
			return false;
	return last[0].sync && !last[1].sync && last[1].offset == options->start && last[1].size == header &&
	       last[2].sync;
}

/* Each call fails, and the process ends before each call. */
static void broken(const char *what, const struct output_options *options, size_t size, unsigned calls)
{
	unsigned char *now = malloc(DEVICE);
	unsigned wrong = 0, silent = 0;
	struct fault fault;

	for (unsigned i = 1; i <= calls; i++) {
		for (int kill = 0; kill < 2; kill++) {
			struct output *output;
			enum state state;
			int fd, status = 0;
			pid_t child;

			layer_reset();
			output = open_device(options);
			*(kill ? &layer.kill_at : &layer.fail_at) = i;
			fflush(stdout);
			child = kill ? fork() : -1;
			if (child <= 0)
				silent += !write_dump(output, size, &fault);
			if (child == 0)
				_exit(0);
			if (child > 0)
				waitpid(child, &status, 0);
			silent += kill && (!WIFEXITED(status) || WEXITSTATUS(status) != 9);
			output_close(output);
			fd = open(folder_name(&folder, "device"), O_RDONLY | O_CLOEXEC);
			if (read(fd, now, DEVICE) != (ssize_t)DEVICE)
				wrong++;
			close(fd);
			state = state_of(now, options, size);
			wrong += state == WRONG || (state == NEW && i < calls);
		}
	}
	ok(!wrong, "%s: each of %u calls fails, or is the last: no header without its dump (%u)", what, calls, wrong);
	ok(!silent, "%s: each failure is reported", what);
	free(now);
}

static void header_last(const char *what, struct output_options options, size_t size)
{
	unsigned seen[WRONG + 1] = { 0 }, calls, wrong;
	struct fault fault = { 0 };
	struct output *output;

	layer_reset();
	output = open_device(&options);
	ok(!output_write(output, content + 9, options.header_size, &fault) && !layer.calls,
	   "%s: the header alone touches nothing", what);
	ok(!output_write_at(output, 0, content, 0, &fault) && !write_dump(output, size, &fault), "%s: written %s", what,
	   fault.text);
	output_close(output);
	calls = layer.calls;
	memcpy(want + options.start, content, size);
	if (size < options.header_size)
		memset(want + options.start + size, 0, options.header_size - size);
	else
		ok(device_holds(want), "%s: it holds the dump, around it what was there", what);
	ok(within(&options), "%s: nothing else was written", what);
	ok(size <= options.header_size || in_order(&options, size),
	   "%s: old header cleared and synced, everything else, sync, header, sync", what);
	wrong = power_cuts(&options, size, seen);
	ok(!wrong && seen[OLD] && seen[NONE] && seen[NEW],
	   "%s: power cuts leave the old dump (%u), none (%u) or the new one (%u), nothing else (%u)", what, seen[OLD],
	   seen[NONE], seen[NEW], wrong);
	broken(what, &options, size, calls);
}

/* In order, so that nothing later covers what was lost, or anywhere. */
static void fallback(const char *what, bool refuse_flag, unsigned refuse_at, bool short_writes)
{
	struct output_options options = { .in_place = true, .start = 65536, .limit = 700001, .direct = true };
	struct fault fault = { 0 };

	for (int in_order = 0; in_order < 2; in_order++) {
		struct output *output;
		bool good;

		layer_reset();
		layer.refuse_flag = refuse_flag;
		layer.refuse_at = refuse_at;
		layer.short_writes = short_writes;
		output = open_device(&options);
		if (in_order)
			memcpy(want + options.start, content, options.limit);
		good = in_order ? !output_write(output, content, options.limit, &fault) : wander(output, &options, 300);
		good = good && !output_commit(output, &fault);
		output_close(output);
		ok(good && device_holds(want), "%s: all is written, %zu bytes of it direct%s", what, layer.direct_bytes,
		   fault.text);
		ok(layer.directs <= refuse_at || short_writes, "%s: it is not tried again", what);
	}
}

/* On a file system that has O_DIRECT itself. */
static void truly_direct(void)
{
	struct output_options options = { .in_place = true, .start = 65536, .limit = 700001, .direct = true };
	struct folder other = folder;
	struct output *output;
	struct fault fault;
	bool good;

	setenv("TMPDIR", "/var/tmp", 1);
	if (!folder_make(&folder)) {
		ok(true, "O_DIRECT of the file system # SKIP no /var/tmp");
	} else {
		layer_reset();
		layer.real = true;
		output = open_device(&options);
		good = wander(output, &options, 300) && !output_commit(output, &fault);
		output_close(output);
		if (layer.direct_bytes)
			ok(good && device_holds(want) && within(&options), "O_DIRECT of the file system: %zu bytes",
			   layer.direct_bytes);
		else
			ok(good && device_holds(want), "a file system without O_DIRECT");
		folder_remove(&folder);
	}
	folder = other;
}

/* A loop device of 1 MiB and one sector over the file "device"; -1 where there can be none. */
static int make_loop(char *path, size_t room)
{
	static const unsigned char sector[512];
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), number, file, loop;

	number = control >= 0 ? ioctl(control, LOOP_CTL_GET_FREE) : -1;
	if (control >= 0)
		close(control);
	if (number < 0)
		return -1;
	snprintf(path, room, "/dev/loop%d", number);
	folder_put(&folder, "device", before, DEVICE, 0600);
	file = open(folder_name(&folder, "device"), O_RDWR | O_CLOEXEC);
	loop = open(path, O_RDWR | O_CLOEXEC);
	if (file >= 0 && loop >= 0 &&
	    (syscall(SYS_pwrite64, file, sector, 512, (long)DEVICE) != 512 || ioctl(loop, LOOP_SET_FD, file))) {
		close(loop);
		loop = -1;
	}
	close(file);
	return loop;
}

static void block_device(void)
{
	struct output_options options = { .in_place = true, .start = 65536, .direct = true, .header_size = 512 };
	size_t size = DEVICE + 512 - 65536;
	struct fault fault = { 0 };
	struct output *output;
	char path[64];
	int loop = make_loop(path, sizeof(path)), other;

	layer_reset();
	layer.real = true;
	if (loop < 0) {
		ok(true, "a block device # SKIP no loop devices");
		return;
	}
	other = open(path, O_RDWR | O_EXCL | O_CLOEXEC);
	output = output_open_options(path, &options, &fault);
	ok(!output && other >= 0, "a block device that is in use: %s", fault.text);
	output_close(output);
	close(other);
	output = output_open_options(path, &options, &fault);
	ok(output && output_room(output) == size, "a block device: its size is the limit %s", output ? "" : fault.text);
	ok(output && !output_write(output, content, size - 1, &fault) &&
		   output_write(output, content, 2, &fault) == -FAULT_WRITE &&
		   !output_write(output, content + size - 1, 1, &fault) && !output_commit(output, &fault),
	   "a block device: it is written to its last byte: %s", fault.text);
	output_close(output);
	ok(layer.direct_bytes > DEVICE / 2, "a block device: %zu bytes past the page cache", layer.direct_bytes);
	memcpy(want, before, 65536);
	memcpy(want + 65536, content, DEVICE - 65536);
	ok(syscall(SYS_fsync, loop) == 0 && pread(loop, content + DEVICE - 512, 512, DEVICE) == 512 &&
		   !memcmp(content + DEVICE - 512, content + size - 512, 512),
	   "a block device: the last sector");
	ioctl(loop, LOOP_CLR_FD);
	close(loop);
	(void)truncate(folder_name(&folder, "device"), DEVICE);
	ok(device_holds(want), "a block device: the rest, and what is before");
}

/* A file that is made anew can have options, too. */
static void new_file(void)
{
	struct output_options options = { .start = 70000, .limit = 300000, .direct = true, .header_size = 512 };
	struct output *output;
	struct fault fault;
	bool good;

	layer_reset();
	memset(want, 0, DEVICE);
	output = output_open_options(folder_name(&folder, "new"), &options, &fault);
	good = wander(output, &options, 300) && !output_commit(output, &fault);
	output_close(output);
	ok(good && within(&options), "a new file: written");
	for (options.limit = 0; options.limit < 300000 && want[70000 + 299999 - options.limit] == 0;)
		options.limit++;
	ok(folder_holds(&folder, "new", want, (size_t)(370000 - options.limit)), "a new file: it holds that");
}

static void refused(const char *name, struct output_options options, int code, const char *what)
{
	struct fault fault = { 0 };
	struct output *output = output_open_options(folder_name(&folder, name), &options, &fault);

	ok(!output && fault.code == code, "%s: %s", what, fault.text);
	output_close(output);
}

static void all_refused(void)
{
	int reader;

	folder_put(&folder, "device", before, DEVICE, 0600);
	folder_put(&folder, "empty", before, 0, 0600);
	mkfifo(folder_name(&folder, "pipe"), 0600);
	reader = open(folder_name(&folder, "pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	refused("none", (struct output_options){ .in_place = true }, FAULT_WRITE, "no such device");
	refused("pipe", (struct output_options){ .in_place = true }, FAULT_CANNOT, "a pipe in place");
	refused(".", (struct output_options){ .in_place = true }, FAULT_CANNOT, "a folder in place");
	refused("empty", (struct output_options){ .in_place = true }, FAULT_CANNOT, "an empty file");
	refused("device", (struct output_options){ .in_place = true, .start = DEVICE }, FAULT_CANNOT, "its end");
	refused("device", (struct output_options){ .in_place = true, .start = UINT64_MAX }, FAULT_CANNOT, "far off");
	refused("new", (struct output_options){ .start = UINT64_MAX }, FAULT_CANNOT, "far off in a new file");
	refused("device", (struct output_options){ .in_place = true, .header_size = OUTPUT_HEADER_MAX + 1 },
		FAULT_CANNOT, "a large header");
	refused("pipe", (struct output_options){ .start = 1 }, FAULT_CANNOT, "a pipe at an offset");
	refused("pipe", (struct output_options){ .header_size = 1 }, FAULT_CANNOT, "a pipe with its header last");
	close(reader);
	ok(device_holds(before), "nothing was written");
}

int main(void)
{
	uint64_t seed = 1;

	random_fill(&seed, before, DEVICE);
	random_fill(&seed, content, DEVICE);
	if (!folder_make(&folder))
		return 1;
	anywhere("whole device", (struct output_options){ .in_place = true });
	anywhere("a part", (struct output_options){ .in_place = true, .start = 65536, .limit = 700000 });
	anywhere("an odd part", (struct output_options){ .in_place = true, .start = 65537, .limit = 600007 });
	anywhere("header last",
		 (struct output_options){ .in_place = true, .start = 65536, .limit = 700001, .header_size = 5000 });
	limited((struct output_options){ .in_place = true, .start = 65536, .limit = 300001 }, 300001, "limit");
	limited((struct output_options){ .in_place = true, .start = 65536, .limit = 300001, .direct = true }, 300001,
		"limit, direct");
	limited((struct output_options){ .in_place = true, .start = 65536 }, DEVICE - 65536, "to the end");
	limited((struct output_options){ .in_place = true, .start = 65539, .limit = DEVICE, .direct = true },
		DEVICE - 65539, "limit beyond the end");
	header_last("sector", (struct output_options){ .in_place = true, .start = 65536, .header_size = 512 }, 500000);
	header_last("sector, direct",
		    (struct output_options){ .in_place = true, .start = 65536, .header_size = 512, .direct = true },
		    500001);
	header_last("64 KiB, direct",
		    (struct output_options){
			    .in_place = true, .start = 65536, .limit = 400000, .header_size = 65536, .direct = true },
		    400000);
	header_last("only a header", (struct output_options){ .in_place = true, .start = 65536, .header_size = 512 },
		    512);
	fallback("no O_DIRECT", true, 0, false);
	fallback("O_DIRECT refused by the first write", false, 1, false);
	fallback("O_DIRECT refused by the second write", false, 2, false);
	fallback("short direct writes", false, 0, true);
	truly_direct();
	block_device();
	new_file();
	all_refused();
	layer_reset();
	folder_remove(&folder);
	return tap_done();
}
