/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is there room for one more dump, and which ones go for it? The rule is told in dump.conf(5), DUMP_ROTATE. */
#ifndef SAVE_ROOM_H
#define SAVE_ROOM_H

#include "save/save.h"

/* Before anything is written: removes old dumps when that makes enough room and is allowed. 0: go on. */
int room_forecast(struct save *save, const struct image_found *found, struct fault *fault);

/* The new dump is safe: the oldest beyond DUMP_KEEP go. */
void room_rotate(struct save *save);

#endif
