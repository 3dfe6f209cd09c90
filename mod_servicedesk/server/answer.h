/*
 * Errors that httpd answers for us in its own phases, put right: authorization providers can only say yes and no, and
 * httpd asks for other credentials where the ones it has are not enough.
 */
#ifndef SD_SERVER_ANSWER_H
#define SD_SERVER_ANSWER_H

#include <httpd.h>
#include <util_filter.h>

#define SD_ANSWER_FILTER "SERVICEDESK_ANSWER"

/* Hook post_read_request: no TRACE under the mount, and under /rest no ErrorDocument in the place of the JSON. */
int sd_answer_prepare(request_rec *r);
/* The error that is about to be answered will be corrected: no ErrorDocument for the status that it must not have. */
void sd_answer_expect(request_rec *r);
/* Hook insert_error_filter, before that of web/. */
void sd_answer_correct(request_rec *r);
apr_status_t sd_answer_filter(ap_filter_t *filter, apr_bucket_brigade *brigade);

#endif
