/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classifies all page frames of a dump in one pass over its kernel's memory map, and keeps the result in two bits a
 * frame. It relies on memmap.h for struct pages and on level.h for their meaning. A damaged memory map must not cost
 * the kernel's own pages: the result is rejected if pages that the kernel needs would be dropped, or if too many struct
 * pages contradict themselves.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dump/array.h"
#include "dump/memory.h"
#include "dump/notes.h"
#include "dump/paging.h"
#include "filter/classes.h"
#include "filter/memmap.h"

#define CHUNK 4096u /* frames */
#define CHUNK_BYTES (CHUNK / 4)
#define DROPPED 3u /* the code for dropped pages, if the choice drops unused pages; else 3 is PAGE_UNUSED */
_Static_assert(PAGE_CLASSES == 4 && PAGE_UNUSED == DROPPED, "two bits hold a class, or that the page is dropped");
#define CONTRADICTION_SHARE 64 /* a memory map is rejected if more than one in 64 pages is contradictory, */
#define CONTRADICTIONS_FREE 64 /* and more than this number */
#define WITNESSES 3
#define CODE_MAX (UINT64_C(256) << 20) /* bytes; no kernel's code is larger */

/* CHUNK frames; bytes NULL: all have the same code. */
struct chunk {
	uint64_t number;
	unsigned char *bytes;
	unsigned char all;
};

struct classes {
	struct classifier classifier;
	struct level_choice choice;
	struct vmcoreinfo core;
	struct pagemap *frames;
	struct chunk *chunks; /* ascending */
	size_t count, room, mixed, last;
	unsigned char filling[CHUNK_BYTES];
	bool drops_unused; /* code 3 means DROPPED, not PAGE_UNUSED */
	unsigned char codes[LEVEL_KINDS];
	struct pagemap *poison; /* frames with hardware errors: dropped even where code 3 means PAGE_UNUSED */
	struct classes_counts counts;
	uint64_t witnesses[WITNESSES]; /* frames that the kernel certainly needs */
	size_t witness_count;
	uint64_t denied; /* witnesses that the memory map describes as free or as used by a process */
};

void classes_close(struct classes *classes)
{
	if (!classes)
		return;
	for (size_t i = 0; i < classes->count; i++)
		free(classes->chunks[i].bytes);
	free(classes->chunks);
	pagemap_free(classes->frames);
	pagemap_free(classes->poison);
	free(classes);
}

/* --- two bits a frame --- */

static unsigned get_code(const unsigned char *bytes, uint64_t frame)
{
	return bytes[frame % CHUNK / 4] >> frame % 4 * 2 & 3;
}

/* Finish the current chunk: keep its bytes only if they differ. */
static int close_chunk(struct classes *classes, struct fault *fault)
{
	struct chunk *chunk = classes->count ? &classes->chunks[classes->count - 1] : NULL;
	unsigned char first = classes->filling[0];

	if (!chunk)
		return 0;
	chunk->all = first & 3;
	if (first == chunk->all * 0x55 && !memcmp(classes->filling, classes->filling + 1, CHUNK_BYTES - 1))
		return 0;
	chunk->bytes = malloc(CHUNK_BYTES);
	if (!chunk->bytes)
		return fault_memory(fault);
	memcpy(chunk->bytes, classes->filling, CHUNK_BYTES);
	classes->mixed++;
	return 0;
}

/* Frames arrive in ascending order. */
static int open_chunk(struct classes *classes, uint64_t number, struct fault *fault)
{
	if (classes->count && classes->chunks[classes->count - 1].number == number)
		return 0;
	if (close_chunk(classes, fault))
		return -fault->code;
	if (array_grow(&classes->chunks, &classes->room, classes->count + 1, sizeof(*classes->chunks), fault))
		return -fault->code;
	classes->chunks[classes->count++] = (struct chunk){ .number = number };
	memset(classes->filling, 0, CHUNK_BYTES);
	return 0;
}

/* The code of a kind. */
static unsigned choose_code(const struct classes *classes, enum level_kind kind)
{
	enum page_class class = level_class(kind);

	if (level_drops(&classes->choice, kind))
		return DROPPED;
	return class == PAGE_UNUSED && classes->drops_unused ? PAGE_UNKNOWN : class;
}

static int store_codes(struct classes *classes, uint64_t frame, uint64_t count, const unsigned char *kinds,
		       struct fault *fault)
{
	uint64_t poison = classes->counts.kinds[LEVEL_POISON];

	for (uint64_t i = 0; i < count; i++) {
		unsigned code = classes->codes[kinds[i]];

		classes->filling[(frame + i) % CHUNK / 4] |= (unsigned char)(code << (frame + i) % 4 * 2);
		classes->counts.kinds[kinds[i]]++;
	}
	if (classes->counts.kinds[LEVEL_POISON] == poison)
		return 0;
	for (uint64_t i = 0; i < count; i++)
		if (kinds[i] == LEVEL_POISON && pagemap_add(classes->poison, frame + i, 1))
			return fault_memory(fault);
	return 0;
}

static const struct chunk *find_chunk(struct classes *classes, uint64_t number, uint64_t *until)
{
	size_t low = 0, high = classes->count;

	if (classes->last < classes->count && classes->chunks[classes->last].number == number)
		return &classes->chunks[classes->last];
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (classes->chunks[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	classes->last = low;
	*until = low < classes->count ? classes->chunks[low].number * CHUNK : UINT64_MAX;
	return low < classes->count && classes->chunks[low].number == number ? &classes->chunks[low] : NULL;
}

/* Count how many of left frames from frame on have the code, 32 at a time where possible. bytes: of a chunk. */
static uint64_t count_same_codes(const unsigned char *bytes, uint64_t frame, uint64_t left, unsigned code)
{
	uint64_t all = code * UINT64_C(0x5555555555555555), n = 1, eight;

	while (n < left) {
		if ((frame + n) % 4 == 0 && left - n >= 32) {
			memcpy(&eight, bytes + (frame + n) % CHUNK / 4, sizeof(eight));
			if (eight == all) {
				n += 32;
				continue;
			}
		}
		if (get_code(bytes, frame + n) != code)
			break;
		n++;
	}
	return n;
}

/* The code of a frame. *count: the number of frames from it on, at most most, that certainly have it. */
static unsigned find_code_run(struct classes *classes, uint64_t frame, uint64_t most, uint64_t *count)
{
	uint64_t until;
	const struct chunk *chunk = find_chunk(classes, frame / CHUNK, &until);
	uint64_t left = CHUNK - frame % CHUNK;
	unsigned code;

	if (!chunk) {
		*count = until - frame;
		return PAGE_UNKNOWN;
	}
	*count = left < most ? left : most;
	if (!chunk->bytes)
		return chunk->all;
	code = get_code(chunk->bytes, frame);
	*count = count_same_codes(chunk->bytes, frame, *count, code);
	return code;
}

/* The verdict on frames that are kept. *count is limited to the next start or end of the kernel's code. */
static struct verdict keep_frames(const struct classifier *classifier, uint64_t frame, enum page_class class,
				  uint64_t *count)
{
	uint64_t edge = frame < classifier->code_first ? classifier->code_first : classifier->code_end;

	if (edge > frame && *count > edge - frame)
		*count = edge - frame;
	return (struct verdict){ true, class };
}

static struct verdict classes_verdict(struct classifier *classifier, uint64_t frame, uint64_t most, uint64_t *count)
{
	struct classes *classes = (struct classes *)classifier;
	uint64_t n = 0;
	unsigned code = find_code_run(classes, frame, most, count);

	if (code == DROPPED && !classes->drops_unused && pagemap_total(classes->poison)) {
		*count = 1;
		return (struct verdict){ !pagemap_has(classes->poison, frame), PAGE_UNUSED };
	}
	while (*count < most && find_code_run(classes, frame + *count, most - *count, &n) == code)
		*count += n;
	if (*count > most)
		*count = most;
	if (code == DROPPED && classes->drops_unused)
		return (struct verdict){ false, PAGE_UNUSED };
	return keep_frames(classifier, frame, (enum page_class)code, count);
}

/* --- the pass over the memory map --- */

struct walk {
	struct classes *classes;
	struct memmap map;
	struct level_walk level;
	unsigned char kinds[CHUNK];
};

static int classify_piece(struct walk *walk, uint64_t frame, uint64_t count, uint64_t at, const unsigned char *pages,
			  struct fault *fault)
{
	struct classes *classes = walk->classes;

	level_kinds(&walk->level, &classes->core, frame, count, at, pages, walk->kinds);
	for (size_t i = 0; i < classes->witness_count; i++) {
		uint64_t n = classes->witnesses[i] - frame;

		classes->denied += n < count && walk->kinds[n] != LEVEL_UNKNOWN && walk->kinds[n] != LEVEL_KERNEL;
	}
	return store_codes(classes, frame, count, walk->kinds, fault);
}

static int classify_frames(struct walk *walk, struct fault *fault)
{
	struct classes *classes = walk->classes;
	uint64_t first, left, from = 0;

	for (; pagemap_run(classes->frames, from, &first, &left); from = first)
		while (left) {
			uint64_t count = CHUNK - first % CHUNK, at;
			const unsigned char *pages;
			int status;

			count = left < count ? left : count;
			if (open_chunk(classes, first / CHUNK, fault))
				return -fault->code;
			status = memmap_get(&walk->map, first, &count, &pages, &at, fault);
			if (status < 0)
				return status;
			if (!status) {
				classes->counts.kinds[LEVEL_UNKNOWN] += count;
				classes->counts.unread += at ? count : 0;
			} else if (classify_piece(walk, first, count, at, pages, fault)) {
				return -fault->code;
			}
			first += count;
			left -= count;
		}
	return close_chunk(classes, fault);
}

/* Pages that the kernel cannot run without: its page table, its code and its memory map. */
static void find_witnesses(struct walk *walk, const struct info *info)
{
	struct classes *classes = walk->classes;
	unsigned shift = (unsigned)__builtin_ctz(info->page_size);
	struct paging paging;
	uint64_t stext;

	if (!paging_find(info, &paging))
		return;
	classes->witnesses[classes->witness_count++] = paging.root >> shift;
	if (notes_vmcoreinfo_number(info, "SYMBOL(_stext)", 16, &stext))
		classes->witnesses[classes->witness_count++] = (stext - paging.text_offset) >> shift;
}

/* The third witness: the page that holds the struct page of the first one. */
static void find_map_witness(struct walk *walk, const struct info *info, struct memory *memory)
{
	struct classes *classes = walk->classes;
	struct paging paging;
	struct mapping mapping;
	const unsigned char *pages;
	struct fault fault;
	uint64_t count = 1, at;

	if (!classes->witness_count || !paging_find(info, &paging) ||
	    memmap_get(&walk->map, classes->witnesses[0], &count, &pages, &at, &fault) != 1 ||
	    paging_translate(&paging, memory_physical(memory), at, &mapping, &fault))
		return;
	classes->witnesses[classes->witness_count++] = (mapping.physical + (at - mapping.virtual)) / info->page_size;
}

/*
 * The kernel's code: from _stext on, all consecutive executable pages. Where page tables are not known, code is not
 * distinguished from data.
 */
static void find_code(struct walk *walk, const struct info *info, struct memory *memory)
{
	struct classes *classes = walk->classes;
	struct mapping mapping;
	struct paging paging;
	struct fault fault;
	uint64_t stext, end;

	if (!paging_find(info, &paging) || !notes_vmcoreinfo_number(info, "SYMBOL(_stext)", 16, &stext))
		return;
	for (end = stext; end >= stext && end - stext < CODE_MAX; end = mapping.virtual + mapping.size)
		if (paging_translate(&paging, memory_physical(memory), end, &mapping, &fault) || !mapping.executable ||
		    mapping.virtual - mapping.physical != paging.text_offset)
			break;
	classes->classifier.code_first = (stext - paging.text_offset) / info->page_size;
	classes->classifier.code_end = classes->classifier.code_first + (end - stext) / info->page_size;
}

static int check_memory_map(const struct walk *walk, struct fault *fault)
{
	const struct classes *classes = walk->classes;
	uint64_t all = pagemap_total(classes->frames), poison = classes->counts.kinds[LEVEL_POISON];

	if (classes->denied)
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the kernel's memory map is damaged: it contains pages of the kernel itself as free "
				 "or as a process's");
	if (walk->level.contradictions > all / CONTRADICTION_SHARE + CONTRADICTIONS_FREE ||
	    poison > all / CONTRADICTION_SHARE + CONTRADICTIONS_FREE)
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the kernel's memory map contradicts itself in %" PRIu64 " of %" PRIu64 " pages",
				 walk->level.contradictions + poison, all);
	return 0;
}

static int classify_source(struct walk *walk, struct source *source, struct memory *memory, struct fault *fault)
{
	struct classes *classes = walk->classes;
	uint64_t frame = 0, count;
	int status;

	find_witnesses(walk, &source->info);
	if (classes->witness_count)
		frame = classes->witnesses[0];
	else if (!pagemap_run(classes->frames, 0, &frame, &count))
		return 0;
	status = memmap_open(&walk->map, memory, &classes->core, frame, fault);
	if (status)
		return status;
	find_map_witness(walk, &source->info, memory);
	find_code(walk, &source->info, memory);
	status = classify_frames(walk, fault);
	for (int kind = 0; kind < LEVEL_KINDS; kind++) {
		if (level_drops(&classes->choice, (enum level_kind)kind))
			continue;
		classes->counts.kept += classes->counts.kinds[kind];
		classes->counts.classes[classes->codes[kind]] += classes->counts.kinds[kind];
	}
	return status ? status : check_memory_map(walk, fault);
}

static int read_classes(struct classes *classes, struct source *source, struct fault *fault)
{
	struct walk walk = { .classes = classes };
	struct memory *memory;
	bool ascending;
	int status;

	if (!source->map || !source->fork)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the kernel's memory map cannot be read: this input cannot seek");
	status = vmcoreinfo_read(&source->info, &classes->core, fault);
	if (status)
		return status;
	classes->frames = pagemap_new();
	classes->poison = pagemap_new();
	if (!classes->frames || !classes->poison)
		return fault_memory(fault);
	status = source->map(source, classes->frames, &ascending, fault);
	if (status && status != -FAULT_CUT)
		return status;
	memory = memory_open(source, fault);
	if (!memory)
		return -fault->code;
	status = classify_source(&walk, source, memory, fault);
	memory_close(memory);
	if (!status && source->avoid && pagemap_total(classes->poison))
		status = source->avoid(source, classes->poison, fault);
	return status;
}

struct classes *classes_open(struct source *source, const struct level_choice *choice, struct fault *fault)
{
	struct classes *classes = calloc(1, sizeof(*classes));

	if (!classes) {
		fault_memory(fault);
		return NULL;
	}
	classes->classifier.class_of = classes_verdict;
	classes->choice = *choice;
	classes->drops_unused = choice->exclude || choice->level < LEVEL_ALL;
	for (int kind = 0; kind < LEVEL_KINDS; kind++)
		classes->codes[kind] = (unsigned char)choose_code(classes, (enum level_kind)kind);
	if (read_classes(classes, source, fault)) {
		classes_close(classes);
		return NULL;
	}
	return classes;
}

struct classifier *classes_classifier(struct classes *classes)
{
	return &classes->classifier;
}

struct pagemap *classes_frames(struct classes *classes)
{
	return classes->frames;
}

const struct classes_counts *classes_counts(const struct classes *classes)
{
	return &classes->counts;
}

const char *classes_missing(const struct classes *classes)
{
	return classes->core.missing;
}

size_t classes_bytes(const struct classes *classes)
{
	return sizeof(*classes) + classes->room * sizeof(*classes->chunks) + classes->mixed * CHUNK_BYTES;
}
