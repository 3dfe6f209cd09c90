/* The steps of people who come, with the store lent around those that need it. */
#include "web/newcomers.h"

#include "web/site_of.h"

/* ---- signup ---- */

static sd_error_t *check(sd_signup_t **signup, sd_call_t *call, const sd_signup_input_t *input)
{
    SD_TRY(sd_server_open(call->r, call->work));
    sd_error_t *error = sd_signup_check(signup, call->work, input);
    sd_server_close(call->r, call->work);
    return error;
}

sd_error_t *sd_newcomer_sign_up(sd_signup_t **signup, sd_call_t *call, const sd_signup_input_t *input)
{
    SD_TRY(check(signup, call, input));
    SD_TRY(sd_signup_hash(*signup));
    SD_TRY(sd_server_open_to_write(call->r, call->work));
    return sd_signup_submit(*signup);
}

/* ---- its proof ---- */

static sd_error_t *find_verification(sd_verification_t **verification, sd_call_t *call, const char *token)
{
    SD_TRY(sd_server_open(call->r, call->work));
    sd_error_t *error = sd_verification_find(verification, call->work, token);
    sd_server_close(call->r, call->work);
    return error;
}

sd_error_t *sd_newcomer_prove(const sd_account_t **account, sd_verification_t **verification, sd_call_t *call,
                              const char *token, const char *password)
{
    SD_TRY(find_verification(verification, call, token));
    SD_TRY(sd_verification_compare(*verification, password));
    sd_error_t *error = sd_server_open_to_write(call->r, call->work);
    if (!error) {
        error = sd_verification_finish(account, *verification);
    }
    if (error) {
        sd_server_close(call->r, call->work);
        sd_verification_undo(*verification);
    }
    return error;
}

/* ---- invitations ---- */

sd_error_t *sd_newcomer_look(sd_acceptance_t **acceptance, sd_call_t *call, const char *token)
{
    SD_TRY(sd_server_open(call->r, call->work));
    sd_error_t *error = sd_acceptance_find(acceptance, call->work, token);
    sd_server_close(call->r, call->work);
    return error;
}

sd_error_t *sd_newcomer_accept(const sd_account_t **account, sd_acceptance_t **acceptance, sd_call_t *call,
                               const char *token, const sd_newcomer_input_t *input)
{
    SD_TRY(sd_newcomer_look(acceptance, call, token));
    SD_TRY(sd_acceptance_hash(*acceptance, input->display_name, input->password));
    sd_error_t *error = sd_server_open_to_write(call->r, call->work);
    if (!error) {
        error = sd_acceptance_finish(account, *acceptance);
    }
    if (error) {
        sd_server_close(call->r, call->work);
        sd_acceptance_undo(*acceptance);
    }
    return error;
}
