/* The module record and its hooks: the table of contents of the httpd side. */
#include "mod_servicedesk.h"

#include <ap_provider.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>
#include <mpm_common.h>

#include "server/answer.h"
#include "server/authn.h"
#include "server/authn_provider.h"
#include "server/captcha.h"
#include "server/authz.h"
#include "server/bridge_dbd.h"
#include "server/config.h"
#include "server/environment.h"
#include "server/handler.h"
#include "server/instance.h"
#include "server/mailed_link.h"
#include "server/signin_bridge.h"
#include "server/visit.h"
#include "server/worker.h"
#include "web/route.h"

static const char *servicedesk_account(request_rec *r)
{
    const sd_profile_t *profile;
    sd_visit_t *visit = sd_visit_of(r);
    return visit && !sd_visit_profile(&profile, visit) ? profile->account->public_id : NULL;
}

static void register_start(void)
{
    /* mod_dbd's functions move when its code is loaded again. */
    ap_hook_optional_fn_retrieve(sd_bridge_retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    /* What cannot work is found by configtest, not at the first request. */
    ap_hook_check_config(sd_instance_check_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* While the parent may still read the pepper file, and before it forks. */
    ap_hook_post_config(sd_instance_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* Locks and semaphores of one process. */
    ap_hook_child_init(sd_instance_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    /* What is done when nobody asks: a thread of mod_watchdog, which wants to know before its own post_config. */
    ap_hook_post_config(sd_worker_post_config, NULL, NULL, APR_HOOK_MIDDLE + 1);
    ap_hook_child_init(sd_worker_child_init, NULL, NULL, APR_HOOK_LAST);
    ap_hook_child_stopping(sd_worker_child_stopping, NULL, NULL, APR_HOOK_MIDDLE);
}

static void register_authentication(apr_pool_t *pool)
{
    /* Before anybody reads a request: nobody else says SERVICEDESK_ACCOUNT. */
    ap_hook_post_read_request(sd_environment_scrub, NULL, NULL, APR_HOOK_REALLY_FIRST);
    /* AuthType ServiceDesk; per configuration, so that httpd may cache its walks. */
    ap_hook_check_authn(sd_authn_check, NULL, NULL, APR_HOOK_MIDDLE, AP_AUTH_INTERNAL_PER_CONF);
    /* The challenge of its 401, also when authorization asks for it. */
    ap_hook_note_auth_failure(sd_authn_note_failure, NULL, NULL, APR_HOOK_MIDDLE);
    /* AuthBasicProvider servicedesk. */
    ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, SERVICEDESK_PROVIDER, AUTHN_PROVIDER_VERSION,
                              &sd_authn_provider, AP_AUTH_INTERNAL_PER_CONF);
    /* Require servicedesk ... */
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, SERVICEDESK_PROVIDER, AUTHZ_PROVIDER_VERSION,
                              &sd_authz_provider, AP_AUTH_INTERNAL_PER_CONF);
    /* After everybody who may still change where the request goes. */
    ap_hook_fixups(sd_environment_fill, NULL, NULL, APR_HOOK_LAST);
}

static void register_captcha(apr_pool_t *pool)
{
    /* One kind among those that ServiceDeskCaptcha may name. */
    ap_register_provider(pool, SERVICEDESK_CAPTCHA_GROUP, SD_CAPTCHA_PICTURE, SERVICEDESK_CAPTCHA_VERSION,
                         &sd_captcha_provider);
}

static void register_answers(void)
{
    /* What a mailed link opens is for the one who got the mail, not for logs. */
    ap_hook_post_read_request(sd_mailed_link_hide, NULL, NULL, APR_HOOK_REALLY_FIRST);
    /* No ErrorDocument under /rest. */
    ap_hook_post_read_request(sd_answer_prepare, NULL, NULL, APR_HOOK_MIDDLE);
    /* Its URLs are no files: not worth a look at the disk for each of their parts, */
    ap_hook_map_to_storage(sd_handler_claim_file, NULL, NULL, APR_HOOK_FIRST);
    /* ... and before mod_dir takes them for some. */
    ap_hook_fixups(sd_handler_forget_file, NULL, NULL, APR_HOOK_FIRST);
    /* The desk itself. */
    ap_hook_handler(sd_handler_handle, NULL, NULL, APR_HOOK_MIDDLE);
    /* A session for whom httpd let in. */
    ap_hook_handler(sd_signin_bridge_handle, NULL, NULL, APR_HOOK_MIDDLE);
    /* First the right status of an error of httpd's own ... */
    ap_hook_insert_error_filter(sd_answer_correct, NULL, NULL, APR_HOOK_FIRST);
    ap_register_output_filter(SD_ANSWER_FILTER, sd_answer_filter, NULL, AP_FTYPE_RESOURCE);
    /* ... then, under /rest, its JSON. */
    ap_hook_insert_error_filter(sd_web_insert_error_filter, NULL, NULL, APR_HOOK_MIDDLE);
    ap_register_output_filter(SD_WEB_ERROR_FILTER, sd_web_error_filter, NULL, AP_FTYPE_RESOURCE);
    /* The audit of whom a Require has refused, and when the answer is out, what had to wait for its turn. */
    ap_hook_insert_error_filter(sd_visit_note_denial, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(sd_visit_catch_up, NULL, NULL, APR_HOOK_MIDDLE);
}

static void register_hooks(apr_pool_t *pool)
{
    register_start();
    register_authentication(pool);
    register_captcha(pool);
    register_answers();
    /* Who is it? For other modules. */
    APR_REGISTER_OPTIONAL_FN(servicedesk_account);
}

module AP_MODULE_DECLARE_DATA servicedesk_module = {STANDARD20_MODULE_STUFF, sd_section_config_create,
                                                    sd_section_config_merge, sd_server_config_create,
                                                    sd_server_config_merge,  sd_directives,
                                                    register_hooks,          0};
