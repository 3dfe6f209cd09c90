/* Commands about requests. */
#include "desk/request.h"
#include "tool/tool.h"

sd_error_t *sd_tool_request_delete(sd_tool_t *tool)
{
    return sd_request_delete(tool->work, tool->words[0], NULL);
}
