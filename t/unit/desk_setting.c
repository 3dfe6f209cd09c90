/* Settings: the closed list, its types and defaults, who may change them, what the audit keeps. */
#include "fixture.h"

#include "desk/setting.h"

static void test_defaults(void **state)
{
    sd_work_t *work = fixture_operator();
    const sd_setting_t *setting;
    const char *value;

    (void)state;
    assert_good(sd_setting_value(&value, work, "system_admin_reads_requests"));
    assert_string_equal(value, "false");
    assert_good(sd_setting_value(&value, work, "organization_management"));
    assert_string_equal(value, "agents");
    assert_good(sd_setting_get(&setting, work, "organization_management"));
    assert_string_equal(setting->type, "agents|system-admins");
    assert_string_equal(setting->preset, "agents");
    assert_string_equal(setting->value, "agents");
}

static void test_list_is_complete(void **state)
{
    apr_array_header_t *settings;

    (void)state;
    assert_good(sd_setting_set(fixture_operator(), "system_admin_reads_requests", "1"));
    assert_good(sd_setting_list(&settings, fixture_operator()));
    assert_true(settings->nelts > 2);
    assert_string_equal(APR_ARRAY_IDX(settings, 0, sd_setting_t *)->name, "captcha");
    assert_string_equal(APR_ARRAY_IDX(settings, 0, sd_setting_t *)->value, "false");
    assert_string_equal(APR_ARRAY_IDX(settings, 2, sd_setting_t *)->name, "system_admin_reads_requests");
    assert_string_equal(APR_ARRAY_IDX(settings, 2, sd_setting_t *)->value, "true");
}

static void test_set_and_audit(void **state)
{
    const char *value;

    (void)state;
    assert_good(sd_setting_set(fixture_operator(), "organization_management", "system-admins"));
    assert_good(sd_setting_value(&value, fixture_operator(), "organization_management"));
    assert_string_equal(value, "system-admins");
    assert_int_equal(fixture_audited("setting.set"), 1);
    assert_string_equal(fixture_text("SELECT object_id FROM audit"), "organization_management");
    assert_string_equal(fixture_text("SELECT detail FROM audit"), "{\"from\":\"agents\",\"to\":\"system-admins\"}");
    assert_string_equal(fixture_text("SELECT actor FROM audit"), "operator");

    /* What is so already changes nothing. */
    assert_good(sd_setting_set(fixture_operator(), "organization_management", "system-admins"));
    assert_int_equal(fixture_audited("setting.set"), 1);
}

static void test_one_spelling_is_kept(void **state)
{
    (void)state;
    assert_good(sd_setting_set(fixture_operator(), "system_admin_reads_requests", "TRUE"));
    assert_string_equal(fixture_text("SELECT value FROM setting"), "true");
    assert_good(sd_setting_set(fixture_operator(), "system_admin_reads_requests", "0"));
    assert_string_equal(fixture_text("SELECT value FROM setting"), "false");
}

static void test_numbers(void **state)
{
    static const char *const bad[] = {"", "-1", "1.5", "01", "three", "1000000000", " 1", NULL};
    apr_int64_t number;

    (void)state;
    assert_good(sd_setting_number(&number, fixture_operator(), "mail_mailbox_hour"));
    assert_int_equal(number, 3);
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_hour", "999999999"));
    assert_good(sd_setting_number(&number, fixture_operator(), "mail_mailbox_hour"));
    assert_int_equal(number, 999999999);
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_hour", "0"));
    for (int i = 0; bad[i]; i++) {
        assert_bad_field(sd_setting_set(fixture_operator(), "mail_mailbox_hour", bad[i]), SD_ERROR_INPUT, "value",
                         "sd.validation.setting.value");
    }
    assert_good(sd_setting_number(&number, fixture_operator(), "mail_mailbox_hour"));
    assert_int_equal(number, 0);
}

static void test_refusals(void **state)
{
    static const char *const bad[] = {"", "agent", "agents|system-admins", "system-admins ", "Agents", NULL};
    const sd_setting_t *setting;
    const char *value;

    (void)state;
    assert_bad_field(sd_setting_set(fixture_operator(), "private_signup", "true"), SD_ERROR_INPUT, "name",
                     "sd.validation.setting.name");
    assert_bad_field(sd_setting_get(&setting, fixture_operator(), "nothing"), SD_ERROR_INPUT, "name",
                     "sd.validation.setting.name");
    assert_null(setting);
    assert_bad(sd_setting_value(&value, fixture_operator(), "nothing"), SD_ERROR_INTERNAL);
    for (int i = 0; bad[i]; i++) {
        assert_bad_field(sd_setting_set(fixture_operator(), "organization_management", bad[i]), SD_ERROR_INPUT, "value",
                         "sd.validation.setting.value");
    }
    assert_bad_field(sd_setting_set(fixture_operator(), "system_admin_reads_requests", "yes"), SD_ERROR_INPUT, "value",
                     "sd.validation.setting.value");
    assert_bad_field(sd_setting_set(fixture_operator(), "system_admin_reads_requests", NULL), SD_ERROR_INPUT, "value",
                     "sd.validation.setting.value");
    assert_int_equal(fixture_number("SELECT count(*) FROM setting"), 0);
    assert_int_equal(fixture_audited("setting.set"), 0);
}

static void test_who_may(void **state)
{
    sd_id_t admin = fixture_account("sam"), agent = fixture_account("ann");
    const sd_setting_t *setting;
    apr_array_header_t *settings;

    (void)state;
    fixture_system_admin(admin);
    fixture_role(fixture_desk("HELP", "listed"), "administrator", agent);
    assert_good(sd_setting_set(fixture_work(admin), "system_admin_reads_requests", "true"));
    assert_string_equal(fixture_text("SELECT actor FROM audit"), "sam");
    assert_bad(sd_setting_set(fixture_work(agent), "system_admin_reads_requests", "false"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_setting_get(&setting, fixture_work(agent), "system_admin_reads_requests"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_setting_list(&settings, fixture_work(agent)), SD_ERROR_FORBIDDEN);
    assert_bad(sd_setting_set(fixture_work(0), "system_admin_reads_requests", "false"), SD_ERROR_SIGN_IN);
    assert_string_equal(fixture_text("SELECT value FROM setting"), "true");
    /* Whoever may not ask does not hear which settings there are. */
    assert_bad(sd_setting_get(&setting, fixture_work(agent), "nothing"), SD_ERROR_FORBIDDEN);
}

static void test_a_strange_value_does_not_count(void **state)
{
    const char *value;

    (void)state;
    fixture_run("INSERT INTO setting (name, value) VALUES ('system_admin_reads_requests', 'perhaps')");
    assert_good(sd_setting_value(&value, fixture_operator(), "system_admin_reads_requests"));
    assert_string_equal(value, "false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_defaults),      desk_test(test_list_is_complete),
        desk_test(test_set_and_audit), desk_test(test_one_spelling_is_kept),
        desk_test(test_numbers),       desk_test(test_refusals),
        desk_test(test_who_may),       desk_test(test_a_strange_value_does_not_count),
    };

    return cmocka_run_group_tests_name("desk setting", tests, NULL, NULL);
}
