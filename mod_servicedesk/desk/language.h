/*
 * Languages that people have chosen, and those that desks speak to people who have chosen none. A tag is of the form of
 * RFC 5646 ("ko", "zh-Hant"); NULL takes the choice back. Which languages there are texts for is the faces' to know.
 */
#ifndef SD_DESK_LANGUAGE_H
#define SD_DESK_LANGUAGE_H

#include "desk/work.h"

/* The actor's own. */
SD_CHECKED sd_error_t *sd_account_set_language(sd_work_t *work, const char *language);

/* Right: SD_MAY_ADMINISTER_DESK. */
SD_CHECKED sd_error_t *sd_desk_set_language(sd_work_t *work, const char *id_or_key, const char *language);

/* Has it the form of a language tag? */
int sd_language_is_tag(const char *tag);

#endif
