/* Styles, scripts and pictures of pages. */
#ifndef SD_PORTAL_FILE_H
#define SD_PORTAL_FILE_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_file_get(sd_call_t *call);

#endif
