/** How long a new connection waits for a server to lead to: longer than a promotion takes, shorter than people's patience. */
export const WAIT_MS = 10_000;
/** A waiting connection looks again this often; what it costs is a tenth of a millisecond of one processor. */
const LOOK_EVERY_MS = 10;

/**
 * HAProxy has no queue for a backend without any server: it closes the connection at once. With this action a client that
 * connects in the middle of a switchover sees a delay instead. Works before the client has sent anything.
 */
export const WAIT_SCRIPT = `-- Written by Holdfast. Waits until one of two backends has a server, at most ${WAIT_MS / 1000} s, then ends the connection.
local function now_ms()
  local now = core.now()
  return now.sec * 1000 + now.usec / 1000
end

local function has_server(txn, backend)
  return tonumber(txn.f:nbsrv(backend)) > 0
end

core.register_action("wait_for_server", { "tcp-req" }, function(txn, first, second)
  local deadline = now_ms() + ${WAIT_MS}
  while not (has_server(txn, first) or has_server(txn, second)) do
    if now_ms() > deadline then
      txn:done()
      return
    end
    core.msleep(${LOOK_EVERY_MS})
  end
end, 2)
`;
