/* Commands about groups, roles, seats and notices (tool/groups.c), for the table in tool/commands.c. */
#ifndef SD_TOOL_GROUPS_H
#define SD_TOOL_GROUPS_H

#include "tool/tool.h"

SD_CHECKED sd_error_t *sd_tool_group_add(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_group_delete(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_group_list(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_group_members(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_group_join(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_group_leave(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_role_add(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_role_remove(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_role_list(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_account_restrict(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_account_release(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_licence(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_notice_list(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_notice_remove(sd_tool_t *tool);

#endif
