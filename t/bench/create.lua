-- Raises requests, each with a summary of its own. Arguments: desk, request type, round.
local desk, request_type, round
local threads, number = 0, 0

function setup(thread)
    threads = threads + 1
    thread:set("thread_number", threads)
end

function init(arguments)
    desk, request_type, round = arguments[1], arguments[2], arguments[3]
end

function request()
    number = number + 1
    local body = string.format('{"serviceDeskId":"%s","requestTypeId":"%s","requestFieldValues":{"summary":' ..
        '"The printer prints every page twice, %s-%d-%d","description":"The printer on the second floor prints every ' ..
        'page twice since this morning. Switching it off and on again did not help. We need it for the invoices, ' ..
        'which leave the house at noon."}}', desk, request_type, round, thread_number, number)
    return wrk.format("POST", nil, nil, body)
end
