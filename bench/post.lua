-- SPDX-License-Identifier: Apache-2.0
-- For wrk: one record a POST, REST Proxy v2, a body of 697 bytes shaped as a pin.
-- Arguments after "--": "close" for a new connection a request; a number: ms between requests.
-- The last line of output is what happened, as JSON.

local head = '{"records":[{"value":{"index":7528,"unique_id":"fbe53c66-3442-4773-b19e-d3ec6f54dddf",'
    .. '"title":"No Title Data Available","description":"'
local tail = '","poster_name":"User Info Error","follower_count":"User Info Error",'
    .. '"tag_list":"N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e","is_image_or_video":"multi-video(story page format)",'
    .. '"image_src":"Image src error.","downloaded":0,"save_location":"Local save in /data/mens-fashion",'
    .. '"category":"mens-fashion"}}]}'
local body_bytes = 697

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/vnd.kafka.json.v2+json"
wrk.body = head .. string.rep("d", body_bytes - #head - #tail) .. tail

function init(args)
    for _, argument in ipairs(args) do
        local pause_ms = tonumber(argument)
        if argument == "close" then wrk.headers["Connection"] = "close" end
        if pause_ms and pause_ms > 0 then delay = function() return pause_ms end end
    end
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format(
        '{"answers":%d,"seconds":%.6f,"p50_us":%.0f,"p99_us":%.0f,"not_2xx":%d,'
            .. '"connect_errors":%d,"read_errors":%d,"write_errors":%d,"timeouts":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
        e.status, e.connect, e.read, e.write, e.timeout))
end
