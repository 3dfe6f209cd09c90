-- Posts a body again and again, each time with another text where `@` stands in it. Arguments: body, a word that nobody
-- else has.
local before, after, word
local number = 0

function init(arguments)
    before, after = arguments[1]:match("^(.-)@(.*)$")
    word = arguments[2]
end

function request()
    number = number + 1
    return wrk.format("POST", nil, nil, before .. word .. "-" .. number .. after)
end
