/*
 * The audit's seal. Rows of the audit are written plain; the worker seals committed ranges of them later, each range
 * under a SHA-256 over the digest of the range before and all its rows: a chain. A row that is changed, taken away or
 * put in between breaks it. The newest link is noted apart, under a key of the pepper file, so that the end of the
 * chain cannot be cut off either by whoever has nothing but the database.
 *
 * A person may have to go from the audit (desk/person.h). So the chain holds what names one (actor and source; detail)
 * by a salted digest: with the salt it can be checked, without the salt and the text nobody can guess it.
 *
 * Old rows go with their whole range (setting audit_days); the range's digest stays, and the chain can be followed.
 */
#ifndef SD_DESK_AUDIT_SEAL_H
#define SD_DESK_AUDIT_SEAL_H

#include "desk/work.h"

/* Seals the next range, if there is one that has been there for `audit_seal_seconds`; *sealed is how many rows. */
SD_CHECKED sd_error_t *sd_audit_seal(int *sealed, sd_work_t *work);

/* Takes away the oldest range, if it is older than `audit_days`; *purged is how many rows. */
SD_CHECKED sd_error_t *sd_audit_purge(int *purged, sd_work_t *work);

/* Follows the chain from its beginning: each thing that is wrong is a line in *findings (array of const char *). */
SD_CHECKED sd_error_t *sd_audit_verify(apr_array_header_t *findings, sd_work_t *work);

/* What stands for the actor of an account that was anonymised. */
#define SD_AUDIT_FORMER "former"

#endif
