-- Reports of runs that no other thread or time of wrk has: a start, then its outcome.
-- Arguments: a word that begins each run's identifier, the JSON of a start and of an
-- outcome, each with the identifier "RUN".

local threads = 0

function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

function init(args)
  prefix, count = args[1] .. "-" .. id .. "-", 0
  wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
  local function halves(text)
    local at = text:find("RUN", 1, true)
    return { text:sub(1, at - 1), text:sub(at + 3) }
  end
  start, outcome = halves(args[2]), halves(args[3])
end

function request()
  local template = count % 2 == 0 and start or outcome
  local run = prefix .. math.floor(count / 2)
  count = count + 1
  return wrk.format(nil, nil, nil, template[1] .. run .. template[2])
end

function done(summary)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %d %d %d\n", summary.requests, summary.duration, lost))
end
