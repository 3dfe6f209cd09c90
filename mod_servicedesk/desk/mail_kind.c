/* The table of kinds of account mail. */
#include "desk/mail_kind.h"

#include <string.h>

static const sd_mail_kind_row_t rows[SD_MAIL_COUNT] = {
    [SD_MAIL_VERIFY] = {"verify", "mail_verify", .urgent = 1, .has_token = 1},
    [SD_MAIL_APPROVED] = {"approved", "mail_approved", .has_token = 1},
    [SD_MAIL_WELCOME] = {"welcome", "mail_welcome", .notice = 1},
    [SD_MAIL_KNOWN_ADDRESS] = {"known-address", "mail_known_address", .urgent = 1},
    [SD_MAIL_INVITE] = {"invite", "mail_invite", .has_token = 1, .values = {"inviter"}},
    [SD_MAIL_INVITE_KNOWN] = {"invite-known", "mail_invite_known", .values = {"inviter"}},
    [SD_MAIL_RESET] = {"reset", "mail_reset", .urgent = 1, .has_token = 1},
    [SD_MAIL_SIGN_IN] = {"sign-in", "mail_sign_in", .proven_only = 1, .urgent = 1, .has_token = 1},
    [SD_MAIL_PASSWORD_CHANGED] = {"password-changed", "mail_password_changed", .notice = 1},
    [SD_MAIL_ADDRESS_NEW] = {"address-new", "mail_address_new", .urgent = 1, .has_token = 1},
    [SD_MAIL_ADDRESS_OLD] = {"address-old", "mail_address_old", .notice = 1, .has_token = 1, .rescue = 1,
                             .values = {"newAddress"}},
    [SD_MAIL_ADDRESS_CHANGED] = {"address-changed", "mail_address_changed", .notice = 1, .has_token = 1, .rescue = 1,
                                 .values = {"newAddress"}},
    [SD_MAIL_ADDRESS_BACK] = {"address-back", "mail_address_back", .notice = 1},
    [SD_MAIL_DISABLED] = {"disabled", "mail_disabled", .notice = 1},
    [SD_MAIL_ENABLED] = {"enabled", "mail_enabled", .notice = 1},
};

const sd_mail_kind_row_t *sd_mail_kind_row(sd_mail_kind_t kind)
{
    return &rows[kind];
}

const sd_mail_kind_row_t *sd_mail_kind_named(const char *name)
{
    for (int i = 0; i < SD_MAIL_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}
