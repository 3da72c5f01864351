/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of the steps makes saving safe against a crash at any moment: the device is cleared only after the copy was
 * read back from the disk and has its name. A run that is killed before leaves the dump on both; the next run compares
 * the two and clears the device.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump/write.h"
#include "save/companions.h"
#include "save/file.h"
#include "save/image.h"
#include "save/proof.h"
#include "save/save.h"

#define SPACE_EVERY (32u << 20) /* bytes between two checks of the free space */
#define NOTES_MAX (1u << 20)    /* bytes of dump.N.incomplete: a dump can be damaged at every page */

static struct image_place get_image_place(const struct save *save, const struct image_found *found)
{
	return (struct image_place){ save->device->fd, found->offset, save->device->size };
}

/* --- findings: passed to the caller, and written to dump.N.incomplete, one a line --- */

struct notes {
	struct findings findings;
	struct findings *caller;
	FILE *file; /* NULL when memory is short: the lines are left out then */
	char *text;
	size_t size;
};

static void add_note(struct findings *findings, const struct fault *fault)
{
	struct notes *notes = (struct notes *)findings;
	char sentence[sizeof(fault->text) + 82];

	findings_add(notes->caller, fault);
	if (notes->file && ftell(notes->file) <= (long)NOTES_MAX)
		fprintf(notes->file, "%s\n", fault_sentence(fault, sentence, sizeof(sentence)));
}

static void notes_start(struct notes *notes, struct findings *caller)
{
	*notes = (struct notes){ .findings.found = add_note, .caller = caller };
	notes->file = open_memstream(&notes->text, &notes->size);
}

/* What dump.N.incomplete holds. Valid until notes_end(). */
static const char *notes_read(struct notes *notes)
{
	if (notes->file && !fflush(notes->file) && notes->size)
		return notes->text;
	return "the dump is incomplete\n";
}

static void notes_end(struct notes *notes)
{
	if (notes->file)
		fclose(notes->file);
	free(notes->text);
}

/* --- copying --- */

struct file_writer {
	struct image_writer writer;
	const struct save *save;
	int fd;
	struct proof *proof;
	uint64_t checked; /* bytes that were written at the last check of the free space */
	uint64_t total;   /* bytes from the image's start to the device's end */
};

static int write_image_part(struct image_writer *writer, uint64_t offset, const void *data, size_t size,
			    struct fault *fault)
{
	struct file_writer *file = (struct file_writer *)writer;
	const struct save *save = file->save;
	int status = 0;

	if (write_all_at(file->fd, data, size, offset) < size)
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot write the dump to %s at 0x%" PRIx64,
				       save->folder->path, offset);
	proof_reached(file->proof, offset + size);
	if (offset + size - file->checked >= SPACE_EVERY) {
		file->checked = offset + size;
		status = room_check_free(save->folder, &save->limits, fault);
	}
	if (!status && save->steps->progress)
		save->steps->progress(save->steps, offset + size, file->total);
	return status;
}

/* Does the disk contain the bytes that were read from the device? */
static int compare_with_proof(const struct image_result *image, const struct proof_result *proof, struct fault *fault)
{
	if (proof->bytes == image->bytes && proof->crc == image->crc)
		return 0;
	return fault_set(fault, FAULT_WRITE, FAULT_NOWHERE, FAULT_NOWHERE,
			 "the saved dump differs when it is read back: is the disk of the dump directory failing? The "
			 "dump stays on the device");
}

static void set_result(struct save_result *result, const struct image_result *image)
{
	result->bytes = image->bytes;
	result->pages = image->pages;
	result->whole = image->whole;
}

/* Copy the image into the file fd, sync it and read it back. hash gets its SHA-256. */
static int copy_image(const struct save *save, const struct image_found *found, int fd, struct findings *findings,
		      struct save_result *result, char hash[DIGEST_TEXT], struct fault *fault)
{
	struct image_place place = get_image_place(save, found);
	struct file_writer file = { { write_image_part }, save, fd, NULL, 0, place.size - place.start };
	struct proof_result proof;
	struct image_result image;
	struct fault later;
	int status, proved;

	file.proof = proof_start(fd, fault);
	if (!file.proof)
		return -fault->code;
	status = image_copy(&place, findings, &file.writer, &image, fault);
	set_result(result, &image);
	proved = proof_end(file.proof, status ? NULL : &proof, &later);
	if (status)
		return status;
	if (proved) {
		*fault = later;
		return proved;
	}
	memcpy(hash, proof.hash, DIGEST_TEXT);
	return compare_with_proof(&image, &proof, fault);
}

/* --- a dump that an earlier run saved, before it was killed and could clear the device --- */

struct comparer {
	struct image_writer writer;
	int fd; /* of the saved file to compare with */
};

static int compare_bytes(struct image_writer *writer, uint64_t offset, const void *data, size_t size,
			 struct fault *fault)
{
	const struct comparer *comparer = (struct comparer *)writer;
	char part[64 << 10];

	for (size_t done = 0; done < size; done += sizeof(part)) {
		size_t want = size - done < sizeof(part) ? size - done : sizeof(part);

		if (file_read_at(comparer->fd, part, want, offset + done) != (ssize_t)want ||
		    memcmp(part, (const char *)data + done, want))
			return fault_set(fault, FAULT_CANNOT, offset + done, FAULT_NOWHERE, "differs");
	}
	return 0;
}

/* Open DIR/N/dump.N when it starts as the dump on the device does. Returns -1 when it does not. */
static int open_similar(const struct save *save, uint64_t number, const struct image_found *found)
{
	unsigned char head[IMAGE_HEAD];
	int fd = folder_open_file(save->folder, FOLDER_DUMP, number);

	if (fd >= 0 && file_read_at(fd, head, IMAGE_HEAD, 0) == IMAGE_HEAD && !memcmp(head, found->head, IMAGE_HEAD))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Is dump number in the folder, open as fd, the one on the device? Its name may not be on the disk yet, so it is
 * synced. */
static bool is_dump_on_device(const struct save *save, const struct image_found *found, uint64_t number, int fd,
			      struct save_result *result, char hash[DIGEST_TEXT])
{
	struct image_place place = get_image_place(save, found);
	struct comparer comparer = { { compare_bytes }, fd };
	struct findings ignored = { NULL, 0 };
	struct image_result image;
	struct proof_result proof;
	struct fault fault;
	struct stat st;

	if (image_copy(&place, &ignored, &comparer.writer, &image, &fault) || fstat(fd, &st) ||
	    (uint64_t)st.st_size != image.bytes || proof_file(fd, &proof, &fault) ||
	    compare_with_proof(&image, &proof, &fault) || folder_sync(save->folder, number, &fault))
		return false;
	set_result(result, &image);
	result->number = number;
	memcpy(hash, proof.hash, DIGEST_TEXT);
	return true;
}

/* Is the dump already in the folder? Then result and hash are those of the saved one. */
static bool find_saved_dump(const struct save *save, const struct image_found *found, struct save_result *result,
			    char hash[DIGEST_TEXT])
{
	struct fault fault;
	uint64_t *numbers;
	size_t count;
	bool same = false;

	if (folder_list(save->folder, &numbers, &count, &fault))
		return false;
	while (count && !same) {
		uint64_t number = numbers[--count];
		int fd = open_similar(save, number, found);

		if (fd < 0)
			continue;
		same = is_dump_on_device(save, found, number, fd, result, hash);
		close(fd);
	}
	free(numbers);
	return same;
}

/* --- the steps --- */

/* Save the image under a new number. */
static int save_image(const struct save *save, const struct image_found *found, struct save_result *result,
		      char hash[DIGEST_TEXT], struct fault *fault)
{
	int fd = folder_create(save->folder, fault), status;
	struct notes notes;

	if (fd < 0)
		return -fault->code;
	notes_start(&notes, save->findings);
	status = copy_image(save, found, fd, &notes.findings, result, hash, fault);
	if (!status)
		status = folder_publish(save->folder, result->number, fd, result->whole ? NULL : notes_read(&notes),
					fault);
	notes_end(&notes);
	close(fd);
	return status;
}

static int save_as_new(const struct save *save, const struct image_found *found, struct save_result *result,
		       char hash[DIGEST_TEXT], struct fault *fault)
{
	int status = room_check_number(save->folder, &save->limits, fault);

	if (!status && save->image)
		status = room_forecast(save->folder, &save->limits, found->estimate, save->steps, fault);
	if (!status)
		status = folder_reserve_number(save->folder, &result->number, fault);
	if (status)
		return status;
	if (save->image)
		return save_image(save, found, result, hash, fault);
	result->whole = true;
	return folder_publish(save->folder, result->number, -1, NULL, fault);
}

/* The image's path: in the folder, or the device when the image is not kept. */
static void make_dump_path(const struct save *save, uint64_t number, char path[PATH_MAX])
{
	if (save->image)
		folder_path(save->folder, FOLDER_DUMP, number, path, PATH_MAX);
	else
		snprintf(path, PATH_MAX, "%s", save->device->path);
}

int save_dump(const struct save *save, const struct image_found *found, struct save_result *result, struct fault *fault)
{
	char hash[DIGEST_TEXT] = "", path[PATH_MAX];
	int status = 0;

	*result = (struct save_result){ 0 };
	result->again = save->image && find_saved_dump(save, found, result, hash);
	if (!result->again)
		status = save_as_new(save, found, result, hash, fault);
	if (status)
		return status;
	make_dump_path(save, result->number, path);
	if (!companions_make(save->folder, result->number, path, hash, save->steps) && !save->image)
		return fault_set(
			fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			"DUMP_SAVE=0 keeps only the analysis, and it was not made: the dump stays on the device");
	if (save->clear)
		status = device_clear(save->device, found->offset, found->head, IMAGE_HEAD, fault);
	if (!status)
		room_rotate(save->folder, &save->limits, result->number, save->steps);
	return status;
}
