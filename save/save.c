/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump/write.h"
#include "save/companions.h"
#include "save/proof.h"
#include "save/room.h"
#include "save/save.h"

#define SPACE_EVERY (32u << 20) /* bytes between two looks at the free space */
#define NOTES_MAX (1u << 20)

void save_tell(struct save *save, const char *format, ...)
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

/* --- copying --- */

static int put(struct image_copy *copy, const void *data, size_t size, struct fault *fault)
{
	struct save *save = copy->argument;
	size_t done = write_all_at(save->fd, data, size, copy->bytes);
	uint64_t have, offset = copy->bytes + done;

	if (done < size)
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot write the dump to %s at 0x%" PRIx64,
				       save->folder->path, offset);
	proof_reached(save->proof, offset);
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

static int check_proof(const struct image_copy *copy, const struct proof_result *proof, struct fault *fault)
{
	if (proof->bytes == copy->bytes && proof->crc == copy->crc)
		return 0;
	return fault_set(fault, FAULT_WRITE, FAULT_NOWHERE, FAULT_NOWHERE,
			 "what was read back is not what was written: is the disk of the dump directory failing? The "
			 "dump stays on the device");
}

static int copy_image(struct save *save, const struct image_found *found, char hash[DIGEST_TEXT], struct fault *fault)
{
	struct image_copy copy = {
		.fd = save->device->fd,
		.start = found->offset,
		.size = save->device->size,
		.findings = &save->noting,
		.write = put,
		.progress = show,
		.argument = save,
	};
	struct proof_result result;
	struct fault later;
	int status, proved;

	save->checked = 0;
	save->proof = proof_start(save->fd, fault);
	if (!save->proof)
		return -fault->code;
	status = image_save(&copy, fault);
	save->bytes = copy.bytes;
	save->pages = copy.pages;
	save->whole = copy.whole;
	proved = proof_end(save->proof, status ? NULL : &result, &later);
	if (status)
		return status;
	if (proved) {
		*fault = later;
		return proved;
	}
	memcpy(hash, result.hash, DIGEST_TEXT);
	return check_proof(&copy, &result, fault);
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
static bool saved_before(struct save *save, const struct image_found *found, char hash[DIGEST_TEXT])
{
	struct findings quiet = { NULL, 0 };
	struct proof_result proof;
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
		       !proof_file(save->fd, &proof, &fault) && !check_proof(&copy, &proof, &fault) &&
		       !folder_sync(save->folder, save->number, &fault);
		save->bytes = copy.bytes;
		save->pages = copy.pages;
		save->whole = copy.whole;
		if (same)
			memcpy(hash, proof.hash, DIGEST_TEXT);
		close(save->fd);
	}
	free(numbers);
	return same;
}

/* --- the steps --- */

static int save_image(struct save *save, const struct image_found *found, char hash[DIGEST_TEXT], struct fault *fault)
{
	int status = folder_take_number(save->folder, &save->number, fault);

	if (status)
		return status;
	save->fd = save->image ? folder_file(save->folder, fault) : -1;
	if (save->image && save->fd < 0)
		return -fault->code;
	if (save->image) {
		status = copy_image(save, found, hash, fault);
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
	char hash[DIGEST_TEXT] = "";
	int status = 0;

	save->noting = (struct findings){ note, 0 };
	save->notes = NULL;
	save->notes_size = 0;
	save->again = save->image && saved_before(save, found, hash);
	if (!save->again) {
		status = room_forecast(save, found, fault);
		if (!status)
			status = save_image(save, found, hash, fault);
	}
	free(save->notes);
	if (status)
		return status;
	if (!companions_make(save, hash) && !save->image)
		return fault_set(
			fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			"DUMP_SAVE=0 keeps the analysis only, and there is none: the dump stays on the device");
	if (save->clear)
		status = device_clear(save->device, found->offset, found->head, IMAGE_HEAD, fault);
	if (!status)
		room_rotate(save);
	return status;
}
