/* Addresses: what is accepted is one plain mailbox, and reads back as itself. */
#include "base/address.h"
#include "base/text.h"

#include "fuzz.h"

static void is_plain(const char *text, apr_size_t length)
{
    int at_signs = 0;

    must(strlen(text) <= length);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        must(c > 0x20 && c != 0x7f && !strchr("\"(),:;<>[\\]", c));
        at_signs += c == '@';
    }
    must(at_signs == 1);
}

static void try_one(apr_pool_t *pool, const char *text, apr_size_t size)
{
    sd_address_t address = {0}, again = {0};
    sd_error_t *error = sd_address_parse(&address, pool, "email", text);

    (void)size;
    if (error) {
        must(sd_error_status(error->kind) == 400 && sd_text_is_utf8(error->text, strlen(error->text)));
        return;
    }
    is_plain(address.mailbox, 254);
    is_plain(address.key, 254);
    must(strchr(address.mailbox, '@') - address.mailbox <= 64);
    must(strcmp(strchr(address.mailbox, '@') + 1, address.domain) == 0);
    must(!sd_address_parse(&again, pool, "email", address.mailbox));
    must(strcmp(again.mailbox, address.mailbox) == 0 && strcmp(again.key, address.key) == 0);
    must(!sd_address_parse(&again, pool, "email", address.key) && strcmp(again.key, address.key) == 0);
}
