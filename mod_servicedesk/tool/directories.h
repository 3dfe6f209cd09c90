/* Commands about directories (tool/directories.c), for the table in tool/commands.c. */
#ifndef SD_TOOL_DIRECTORIES_H
#define SD_TOOL_DIRECTORIES_H

#include "tool/tool.h"

SD_CHECKED sd_error_t *sd_tool_directory_list(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_directory_add(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_directory_set(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_directory_duplicates(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_account_move(sd_tool_t *tool);

#endif
