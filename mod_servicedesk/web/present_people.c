/* Groups as JSON. */
#include "web/present_people.h"

json_t *sd_present_group(sd_call_t *call, const sd_user_group_t *group)
{
    json_t *object = json_object(), *links = json_object();

    sd_json_put_id(object, "id", group->id);
    sd_json_put_text(object, "name", group->name);
    sd_json_put_text(object, "directory", group->directory);
    sd_json_put_text(object, "fullName", group->full_name);
    sd_json_put_text(object, "description", group->description);
    sd_json_put(object, "editable", json_boolean(group->internal));
    sd_json_put_text(links, "self", sd_link(call, "/rest/servicedesk/1/group/%" APR_INT64_T_FMT, group->id));
    sd_json_put(object, "_links", links);
    return object;
}

json_t *sd_present_groups(sd_call_t *call, const apr_array_header_t *groups)
{
    json_t *values = json_array();

    for (int i = 0; i < groups->nelts; i++) {
        json_array_append_new(values, sd_present_group(call, APR_ARRAY_IDX(groups, i, const sd_user_group_t *)));
    }
    return values;
}

sd_error_t *sd_body_confirm(int *confirm, sd_call_t *call)
{
    SD_TRY(sd_body_bool(confirm, call, "confirm"));
    *confirm = *confirm == 1;
    return NULL;
}
