/* Addresses behind which there is hardly one person. */
#ifndef SD_DESK_INVITATION_LIST_H
#define SD_DESK_INVITATION_LIST_H

#include "base/address.h"

/* By its name only: "all@", "team-l@", "noreply@", or of a host of lists. Syntax can prove neither that it is a list
 * nor that it is none. */
int sd_invitation_is_list(const sd_address_t *address);

#endif
