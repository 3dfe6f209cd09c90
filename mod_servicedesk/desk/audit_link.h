/* One link of the audit's chain: how rows become digests. Pure but for the salts. */
#ifndef SD_DESK_AUDIT_LINK_H
#define SD_DESK_AUDIT_LINK_H

#include "desk/work.h"
#include "store/audit_seals.h"
#include "store/audits.h"

#define SD_AUDIT_LINK_ROWS 500
#define SD_AUDIT_LINK_FIRST "" /* the digest before the first */

/* SHA-256 over a salt and what may have to go: (actor, source), or (detail). Hex. */
const char *sd_audit_link_actor_mark(apr_pool_t *pool, const sd_audit_row_t *row, const char *salt);
const char *sd_audit_link_detail_mark(apr_pool_t *pool, const sd_audit_row_t *row, const char *salt);

/* The digest of rows (array of sd_audit_row_t *, with their marks) behind the digest `before`. Hex. */
const char *sd_audit_link_digest(apr_pool_t *pool, const char *before, const apr_array_header_t *rows);

/* Under the key of a pepper; NULL if the site has not that one. */
const char *sd_audit_link_mac(const sd_work_t *work, sd_id_t seal_id, const char *digest, int pepper);

#endif
