/*
 * What the desk knows about a person: all of it to be taken along, and all of it to be forgotten.
 *
 * Anonymised is final. The account stays, as "Former user", so that requests and what was said in them keep their
 * people. Name, address, password, sessions, tokens, mails, choices, roles, groups and organizations go; the audit
 * keeps what was done, and no longer by whom. Whoever comes with the same address or name later is somebody new.
 */
#ifndef SD_DESK_PERSON_H
#define SD_DESK_PERSON_H

#include <jansson.h>

#include "desk/work.h"

/*
 * `named` NULL is the actor; anybody else's needs SD_MAY_ADMINISTER_SYSTEM. No secret is in it, nothing that agents
 * said among themselves, and nothing that somebody else wrote. *person is the caller's to release.
 */
SD_CHECKED sd_error_t *sd_person_export(json_t **person, sd_work_t *work, const char *named);

/* Right: SD_MAY_ADMINISTER_SYSTEM; never the last system administrator. */
SD_CHECKED sd_error_t *sd_person_anonymise(sd_work_t *work, const char *named);

#endif
