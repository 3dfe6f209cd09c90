/*
 * People whom an Apache authentication let in: under another AuthType, by ServiceDeskDirectory; under AuthType
 * ServiceDesk, by the authn provider that said yes. The key of an identity is (directory, name).
 */
#ifndef SD_SERVER_DIRECTORY_H
#define SD_SERVER_DIRECTORY_H

#include "server/visit.h"

/* Who is r->user? Fills actor, proof and refusal. For a request under another AuthType. */
void sd_directory_identify(sd_visit_t *visit);

/* The account of `name` in `directory`, made at first sight, with what the section's expressions say about it. */
SD_CHECKED sd_error_t *sd_directory_enter(sd_visit_t *visit, const char *directory, const char *name);

#endif
