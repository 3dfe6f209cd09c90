-- Adds comments, each with a text of its own. Argument: round.
local round
local threads, number = 0, 0

function setup(thread)
    threads = threads + 1
    thread:set("thread_number", threads)
end

function init(arguments)
    round = arguments[1]
end

function request()
    number = number + 1
    local body = string.format('{"public":true,"body":"It still does, also after the new cable, %s-%d-%d."}', round,
        thread_number, number)
    return wrk.format("POST", nil, nil, body)
end
