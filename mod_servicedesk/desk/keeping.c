/* Rounds of keeping. */
#include "desk/keeping.h"

#include "desk/audit_seal.h"
#include "desk/directory_trouble.h"
#include "desk/setting.h"
#include "store/attempts.h"
#include "store/captcha_uses.h"
#include "store/mailed_tokens.h"
#include "store/outgoing.h"
#include "store/retries.h"
#include "store/sessions.h"
#include "store/signups.h"
#include "store/tokens.h"

#define ROWS 200 /* of a table in one round */

typedef struct keeping_t {
    sd_work_t *work;
    sd_time_t now;
    apr_int64_t mail_days;
    apr_int64_t token_days;
    int more;
} keeping_t;

/* A bucket of one attempt. */
static const sd_bucket_t turn = {"keeping", 15 * SD_SECOND, 15 * SD_SECOND};

typedef struct turn_call_t {
    sd_work_t *work;
    int *mine;
} turn_call_t;

static sd_error_t *turn_in_write(void *baton)
{
    turn_call_t *call = baton;
    sd_time_t ignored;

    return sd_attempts_take(call->mine, &ignored, call->work->store, &turn, sd_work_now(call->work));
}

sd_error_t *sd_keep_turn(int *mine, sd_work_t *work)
{
    *mine = 1;
    return sd_store_writes_at_once(work->store)
               ? sd_store_write_rows(work->store, turn_in_write, &(turn_call_t){work, mine})
               : NULL;
}

static sd_error_t *sweep_in_write(void *baton)
{
    keeping_t *keeping = baton;
    sd_store_t *store = keeping->work->store;
    apr_int64_t sessions, attempts, links, signups, mails, tokens, captchas, retries;

    SD_TRY(sd_sessions_purge(&sessions, store, keeping->now, ROWS));
    SD_TRY(sd_attempts_sweep(&attempts, store, keeping->now, 2 * SD_DAY, ROWS)); /* clocks differ */
    SD_TRY(sd_mailed_tokens_purge(&links, store, keeping->now, ROWS));
    SD_TRY(sd_signups_purge(&signups, store, keeping->now, ROWS));
    SD_TRY(sd_outgoing_purge(&mails, store, keeping->now - keeping->mail_days * SD_DAY, ROWS));
    SD_TRY(sd_tokens_purge(&tokens, store, keeping->now - keeping->token_days * SD_DAY, ROWS));
    SD_TRY(sd_captcha_uses_purge(&captchas, store, keeping->now, ROWS));
    SD_TRY(sd_retries_purge(&retries, store, keeping->now - SD_DAY, ROWS));
    keeping->more = sessions == ROWS || attempts == ROWS || links == ROWS || signups == ROWS || mails == ROWS ||
                    tokens == ROWS || captchas == ROWS || retries == ROWS;
    return NULL;
}

static sd_error_t *read_days(void *baton)
{
    keeping_t *keeping = baton;

    SD_TRY(sd_setting_number(&keeping->mail_days, keeping->work, "mail_keep_days"));
    return sd_setting_number(&keeping->token_days, keeping->work, "token_keep_days");
}

sd_error_t *sd_keep(int *more, sd_work_t *work)
{
    keeping_t keeping = {.work = work, .now = sd_work_now(work)};
    int sealed, purged;

    SD_TRY(sd_audit_seal(&sealed, work));
    SD_TRY(sd_audit_purge(&purged, work));
    SD_TRY(sd_directory_watch(work));
    SD_TRY(sd_work_read(work, read_days, &keeping));
    SD_TRY(sd_work_write(work, sweep_in_write, &keeping));
    *more = keeping.more || sealed || purged;
    return NULL;
}
