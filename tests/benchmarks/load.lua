-- One crowd for wrk: requests from a prepared file, sent on a timetable whether or not the server keeps up.
-- wrk -s load.lua URL -- FILE RATE   (RATE 0: each connection asks again as soon as it is answered)
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long s; long ns; } moment; int clock_gettime(int, moment *); ]]
local moment = ffi.new("moment")
local function now()
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.s) * 1000 + tonumber(moment.ns) / 1e6
end

local threads = {}
function setup(thread) table.insert(threads, thread) end

local prepared, at, began = {}, 0, nil
function init(args)
  local file = assert(io.open(args[1], "rb"))
  for size in function() return file:read("*l") end do
    table.insert(prepared, file:read(tonumber(size)))
    file:read("*l")
  end
  file:close()
  interval = tonumber(args[2]) > 0 and 1000 / tonumber(args[2]) or 0
  sent, shed, failed, refused = 0, 0, 0, 0
end

function delay()
  if interval == 0 then return 0 end
  began = began or now()
  sent = sent + 1
  return math.max(0, began + sent * interval - now())
end

function request()
  at = at % #prepared + 1
  return prepared[at]
end

function response(status)
  if status == 429 then shed = shed + 1
  elseif status >= 500 then failed = failed + 1
  elseif status >= 400 then refused = refused + 1 end
end

function done(summary, latency)
  local thread, errors = threads[1], summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.2f, "p50": %.1f, "p95": %.1f, "p99": %.1f, "shed": %d, "failed": %d, '
    .. '"refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(95) / 1000,
    latency:percentile(99) / 1000, thread:get("shed"), thread:get("failed"), thread:get("refused"),
    errors.connect + errors.read + errors.write + errors.timeout))
end
