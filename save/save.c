/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump/crc32c.h"
#include "save/save.h"
#include "save/tools.h"

#define PART (1u << 20)
#define SPACE_EVERY (32u << 20) /* bytes between two looks at the free space */
#define SYNC_EVERY (8u << 20)
#define NOTES_MAX (1u << 20)
#define ANALYSIS_SECONDS 600
#define HASH_TEXT (2 * SHA256_DIGEST_SIZE + 1)

__attribute__((format(printf, 2, 3))) static void tell(struct save *save, const char *format, ...)
{
	char text[600];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	save->tell(save, text);
}

/* --- findings: to the caller, and into dump.N.incomplete --- */

static void note(struct findings *noting, const struct fault *fault)
{
	struct save *save = (struct save *)((char *)noting - offsetof(struct save, noting));
	char sentence[sizeof(fault->text) + 82], *grown;
	size_t n;

	findings_add(save->findings, fault);
	if (save->notes_size > NOTES_MAX)
		return;
	fault_sentence(fault, sentence, sizeof(sentence) - 1);
	n = strlen(sentence);
	grown = realloc(save->notes, save->notes_size + n + 2);
	if (!grown)
		return;
	save->notes = grown;
	memcpy(grown + save->notes_size, sentence, n);
	memcpy(grown + save->notes_size + n, "\n", 2);
	save->notes_size += n + 1;
}

/* --- room --- */

static int make_room(struct save *save, uint64_t need, const uint64_t *numbers, size_t count, uint64_t *have,
		     struct fault *fault)
{
	uint64_t gain = 0;
	size_t out = 0;
	int status = 0;

	if (!save->rotate)
		return 0;
	while (out < count && *have + gain < need)
		gain += folder_size(save->folder, numbers[out++]);
	if (*have + gain < need) /* then nothing is won by removing them */
		return 0;
	for (size_t i = 0; i < out && !status; i++) {
		status = folder_remove(save->folder, numbers[i], fault);
		if (!status)
			tell(save, "removed dump %" PRIu64 " to make room", numbers[i]);
	}
	return status ? status : folder_free(save->folder, have, fault);
}

static int forecast(struct save *save, const struct image_found *found, struct fault *fault)
{
	uint64_t *numbers, have, need = found->estimate + save->min_free;
	size_t count;
	int status = folder_list(save->folder, &numbers, &count, fault);

	if (status)
		return status;
	if (save->keep && count >= save->keep && !save->rotate && !save->force)
		status = fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				   "%s holds %zu dumps already, and DUMP_KEEP allows %" PRIu32
				   ": remove some, or set DUMP_ROTATE=1",
				   save->folder->path, count, save->keep);
	if (!status)
		status = folder_free(save->folder, &have, fault);
	if (!status && save->image && have < need)
		status = make_room(save, need, numbers, count, &have, fault);
	if (!status && save->image && have < need && !save->force)
		status = fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				   "the dump needs some %" PRIu64 " MiB, and %s has %" PRIu64
				   " MiB free, of which %" PRIu64
				   " MiB are to stay free (DUMP_MIN_FREE): nothing was saved",
				   found->estimate >> 20, save->folder->path, have >> 20, save->min_free >> 20);
	free(numbers);
	return status;
}

/* The oldest beyond DUMP_KEEP go once the new one is safe. */
static void rotate(struct save *save)
{
	struct fault fault;
	uint64_t *numbers;
	size_t count;

	if (!save->keep || !save->rotate || folder_list(save->folder, &numbers, &count, &fault))
		return;
	for (size_t i = 0; i + save->keep < count; i++) {
		if (numbers[i] == save->number)
			continue;
		if (folder_remove(save->folder, numbers[i], &fault))
			tell(save, "%s", fault.text);
		else
			tell(save, "removed dump %" PRIu64 ": DUMP_KEEP is %" PRIu32, numbers[i], save->keep);
	}
	free(numbers);
}

/* --- copying --- */

static int put(struct image_copy *copy, const void *data, size_t size, struct fault *fault)
{
	struct save *save = copy->argument;
	const char *at = data;
	uint64_t have, offset = copy->bytes;

	while (size) {
		ssize_t n = pwrite(save->fd, at, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE,
					       "cannot write the dump to %s at 0x%" PRIx64, save->folder->path, offset);
		at += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	if (offset / SYNC_EVERY != copy->bytes / SYNC_EVERY) /* starts writing, so that fsync has little left */
		sync_file_range(save->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (offset - save->checked < SPACE_EVERY)
		return 0;
	save->checked = offset;
	if (!save->force && !folder_free(save->folder, &have, fault) && have < save->min_free)
		return fault_set(fault, FAULT_WRITE, FAULT_NOWHERE, FAULT_NOWHERE,
				 "%s would keep less than %" PRIu64 " MiB free (DUMP_MIN_FREE): nothing was saved",
				 save->folder->path, save->min_free >> 20);
	return 0;
}

static void show(struct image_copy *copy)
{
	struct save *save = copy->argument;

	if (save->progress)
		save->progress(save, copy->bytes, copy->size - copy->start);
}

static void hex(const unsigned char digest[SHA256_DIGEST_SIZE], char text[HASH_TEXT])
{
	for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* Read a file from the disk: its CRC32C and SHA-256. */
static int read_back(int fd, uint64_t *bytes, uint32_t *crc, char hash[HASH_TEXT], struct fault *fault)
{
	unsigned char digest[SHA256_DIGEST_SIZE], *part = malloc(PART);
	struct sha256_ctx sha;
	ssize_t n = 0;

	if (!part)
		return fault_memory(fault);
	*bytes = 0;
	*crc = 0;
	sha256_init(&sha);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	while ((n = pread(fd, part, PART, (off_t)*bytes)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		*crc = crc32c(*crc, part, (size_t)n);
		sha256_update(&sha, (size_t)n, part);
		*bytes += (uint64_t)n;
	}
	if (n < 0)
		fault_set_errno(fault, FAULT_READ, *bytes, "cannot read back what was saved");
	sha256_digest(&sha, sizeof(digest), digest);
	hex(digest, hash);
	free(part);
	return n < 0 ? -FAULT_READ : 0;
}

static int check_saved(int fd, uint64_t want_bytes, uint32_t want_crc, char hash[HASH_TEXT], struct fault *fault)
{
	uint64_t bytes;
	uint32_t crc;
	int status;

	if (fsync(fd))
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot sync the saved dump");
	status = read_back(fd, &bytes, &crc, hash, fault);
	if (!status && (bytes != want_bytes || crc != want_crc))
		status = fault_set(fault, FAULT_WRITE, FAULT_NOWHERE, FAULT_NOWHERE,
				   "what was read back is not what was written: is the disk of the dump directory "
				   "failing? The dump stays on the device");
	return status;
}

static int copy_image(struct save *save, const struct image_found *found, struct image_copy *copy, struct fault *fault)
{
	int status;

	*copy = (struct image_copy){
		.fd = save->device->fd,
		.start = found->offset,
		.size = save->device->size,
		.findings = &save->noting,
		.write = put,
		.progress = show,
		.argument = save,
	};
	save->checked = 0;
	status = image_save(copy, fault);
	save->bytes = copy->bytes;
	save->pages = copy->pages;
	save->whole = copy->whole;
	return status;
}

/* --- a dump that an earlier run saved, but was killed before it cleared the device --- */

static int compare(struct image_copy *copy, const void *data, size_t size, struct fault *fault)
{
	struct save *save = copy->argument;
	const char *at = data;
	char part[64 << 10];

	for (uint64_t offset = copy->bytes; size;) {
		size_t want = size < sizeof(part) ? size : sizeof(part);

		if (pread(save->fd, part, want, (off_t)offset) != (ssize_t)want || memcmp(part, at, want))
			return fault_set(fault, FAULT_CANNOT, offset, FAULT_NOWHERE, "differs");
		at += want;
		offset += want;
		size -= want;
	}
	return 0;
}

/* Open DIR/N/dump.N when it starts as the dump on the device does. */
static int open_like(struct save *save, uint64_t number, const struct image_found *found)
{
	unsigned char head[IMAGE_HEAD];
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "%" PRIu64 "/dump.%" PRIu64, number, number);
	fd = openat(save->folder->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && pread(fd, head, sizeof(head), 0) == IMAGE_HEAD && !memcmp(head, found->head, IMAGE_HEAD))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Is the dump in the folder already? Then save->number is its own, and its hash is filled. */
static bool saved_before(struct save *save, const struct image_found *found, char hash[HASH_TEXT])
{
	struct findings quiet = { NULL, 0 };
	struct fault fault;
	struct stat st;
	uint64_t *numbers;
	size_t count;
	bool same = false;

	if (folder_list(save->folder, &numbers, &count, &fault))
		return false;
	while (count && !same) {
		struct image_copy copy = {
			.fd = save->device->fd,
			.start = found->offset,
			.size = save->device->size,
			.findings = &quiet,
			.write = compare,
			.argument = save,
		};

		save->number = numbers[--count];
		save->fd = open_like(save, save->number, found);
		if (save->fd < 0)
			continue;
		same = !image_save(&copy, &fault) && !fstat(save->fd, &st) && (uint64_t)st.st_size == copy.bytes &&
		       !check_saved(save->fd, copy.bytes, copy.crc, hash, &fault) &&
		       !folder_sync(save->folder, save->number, &fault);
		save->bytes = copy.bytes;
		save->pages = copy.pages;
		save->whole = copy.whole;
		close(save->fd);
	}
	free(numbers);
	return same;
}

/* --- companions --- */

/* Run lkcd-analyze; what fails is told and does not matter, unless the analysis is all that is to be kept. */
static bool analyze(struct save *save, const char *tool, const char *option, const char *kind, const char *dump)
{
	char out[PATH_MAX];
	char *argv[6];
	size_t n = 0;
	int status;

	snprintf(out, sizeof(out), "%s/%" PRIu64 "/%s.%" PRIu64, save->folder->path, save->number, kind, save->number);
	if (!access(out, F_OK))
		return true;
	argv[n++] = (char *)tool;
	if (option)
		argv[n++] = (char *)option;
	argv[n++] = (char *)"-o";
	argv[n++] = out;
	argv[n++] = (char *)dump;
	argv[n] = NULL;
	status = tools_run(argv, ANALYSIS_SECONDS);
	if (status != 0 && status != 1)
		tell(save, "%s.%" PRIu64 " was not made: lkcd-analyze failed", kind, save->number);
	return !access(out, F_OK);
}

static void write_checksums(struct save *save, const char *dump_hash)
{
	static const char *const kinds[] = { "map", "kerntypes", "analysis" };
	char text[4 * (HASH_TEXT + 40)] = "", name[60], path[100], hash[HASH_TEXT];
	struct fault fault;
	size_t n = 0;

	if (*dump_hash)
		n += (size_t)snprintf(text, sizeof(text), "%s  dump.%" PRIu64 "\n", dump_hash, save->number);
	for (size_t i = 0; i < 3; i++) {
		uint64_t bytes;
		uint32_t crc;
		int fd;

		snprintf(name, sizeof(name), "%s.%" PRIu64, kinds[i], save->number);
		snprintf(path, sizeof(path), "%" PRIu64 "/%s", save->number, name);
		fd = openat(save->folder->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			continue;
		if (!fsync(fd) && !read_back(fd, &bytes, &crc, hash, &fault))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s  %s\n", hash, name);
		close(fd);
	}
	snprintf(name, sizeof(name), "checksum.%" PRIu64, save->number);
	if (folder_write(save->folder, save->number, name, text, &fault) ||
	    folder_sync(save->folder, save->number, &fault))
		tell(save, "%s", fault.text);
}

/* Returns whether there is an analysis. */
static bool accompany(struct save *save, const char *dump_hash)
{
	char tool[PATH_MAX], dump[PATH_MAX];
	bool made = false;

	if (save->image)
		snprintf(dump, sizeof(dump), "%s/%" PRIu64 "/dump.%" PRIu64, save->folder->path, save->number,
			 save->number);
	else
		snprintf(dump, sizeof(dump), "%s", save->device->path);
	if (tools_find("lkcd-analyze", tool, sizeof(tool))) {
		analyze(save, tool, "--map", "map", dump);
		analyze(save, tool, "--kerntypes", "kerntypes", dump);
		made = analyze(save, tool, NULL, "analysis", dump);
	} else {
		tell(save, "lkcd-analyze is not installed, so there is no analysis, map and kerntypes");
	}
	write_checksums(save, dump_hash);
	return made;
}

/* --- the steps --- */

static int save_image(struct save *save, const struct image_found *found, char hash[HASH_TEXT], struct fault *fault)
{
	struct image_copy copy;
	int status = folder_take_number(save->folder, &save->number, fault);

	if (status)
		return status;
	save->fd = save->image ? folder_file(save->folder, fault) : -1;
	if (save->image && save->fd < 0)
		return -fault->code;
	if (save->image) {
		status = copy_image(save, found, &copy, fault);
		if (!status)
			status = check_saved(save->fd, copy.bytes, copy.crc, hash, fault);
	} else {
		save->whole = true;
	}
	if (!status)
		status = folder_publish(save->folder, save->number, save->fd,
					save->whole   ? NULL
					: save->notes ? save->notes
						      : "the dump is incomplete\n",
					fault);
	if (save->fd >= 0)
		close(save->fd);
	return status;
}

int save_dump(struct save *save, const struct image_found *found, struct fault *fault)
{
	char hash[HASH_TEXT] = "";
	int status = 0;

	save->noting = (struct findings){ note, 0 };
	save->notes = NULL;
	save->notes_size = 0;
	save->again = save->image && saved_before(save, found, hash);
	if (!save->again) {
		status = forecast(save, found, fault);
		if (!status)
			status = save_image(save, found, hash, fault);
	}
	free(save->notes);
	if (status)
		return status;
	if (!accompany(save, hash) && !save->image)
		return fault_set(
			fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			"DUMP_SAVE=0 keeps the analysis only, and there is none: the dump stays on the device");
	if (save->clear)
		status = device_clear(save->device, found->offset, found->head, IMAGE_HEAD, fault);
	if (!status)
		rotate(save);
	return status;
}
