-- A double of the server, in a process of its own: `nvim -l double.lua LOG MODE …`. It writes the method and parameters
-- of every message that it gets to LOG, one a line, and answers as its modes say.
local log, modes = _G.arg[1], { unpack(_G.arg, 2) }
local function is(mode)
  return vim.list_contains(modes, mode)
end

local STATUS = {
  version = 1,
  revision = 1,
  generatedAt = '2026-09-14T17:20:05.000+02:00',
  text = '$3.42 · ctx 41% · 5h 23%',
  severity = 'ok',
  workspace = {},
  sessions = {},
  burn = {},
  health = { problems = {}, role = 'leader', watch = 'events' },
}

STATUS.budgets = {
  { id = 7, scope = 'all', period = 'day', limitUsd = 10, spentUsd = 8.5, usedPercent = 85, severity = 'warning' },
}

local function send(message)
  message.jsonrpc = '2.0'
  local body = vim.json.encode(message)
  io.stdout:write(('Content-Length: %d\r\n\r\n%s'):format(#body, body))
  io.stdout:flush()
end

local function notify(method, params)
  send({ method = method, params = params })
end

local WARNINGS = {
  { 'costline/budgetWarning', { id = 'a', severity = 'info', message = 'half of the day is spent' } },
  { 'costline/budgetWarning', { id = 'b', severity = 'warning', message = '80 % of $10 a day are spent' } },
  { 'costline/limitWarning', { id = 'c', window = 'fiveHour', message = 'the 5-hour limit is at 90 %' } },
  { 'costline/alert', { id = 'd', severity = 'error', title = 'Spike', message = 'an hour cost $50' } },
  { 'costline/alert', { id = 'e', severity = 'info', message = 'the cache is cold' } },
}

local answers = {}

function answers.initialize()
  if is('version') then
    return { capabilities = {}, serverInfo = { name = 'costline', version = '0.0.9' } }
  elseif is('stranger') then
    return { capabilities = {}, serverInfo = { name = 'other', version = '1.0.0' } }
  end
  return { capabilities = {}, serverInfo = { name = 'costline', version = '0.1.0' } }
end

answers['costline/getStatus'] = function()
  return STATUS
end

answers['workspace/executeCommand'] = function(params)
  if params.command == 'costline.removeBudget' then
    return nil, { code = -32803, message = 'there is no budget 9; `costline budget list` shows them' }
  end
  return vim.NIL
end

function answers.shutdown()
  return vim.NIL
end

local function take(message)
  local file = assert(io.open(log, 'a'))
  file:write(message.method or 'answer', ' ', vim.json.encode(message.params or vim.NIL), '\n')
  file:close()
  if message.method == 'exit' then
    os.exit(0)
  elseif message.method == 'initialized' then
    notify('costline/status', STATUS)
    if is('warn') then
      for _, warning in ipairs(WARNINGS) do
        notify(warning[1], warning[2])
      end
    end
  elseif message.id and not (is('mute') and message.method == 'costline/getStatus') then
    local answer = answers[message.method]
    local result, problem = nil, { code = -32601, message = 'there is no such method' }
    if answer then
      result, problem = answer(message.params)
    end
    send({ id = message.id, result = result, error = result == nil and problem or nil })
  end
end

while true do
  local length
  repeat
    local head = io.stdin:read('*l')
    if not head then
      os.exit(0)
    end
    length = tonumber(head:match('^Content%-Length: (%d+)')) or length
  until head:match('^%s*$')
  take(vim.json.decode(io.stdin:read(length)))
end
