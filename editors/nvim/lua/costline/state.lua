--- What is known of the server and its latest status, and who is told when that changes.
local M = {}

--- What follows a text that is not fresh.
local MARKS = { stale = 'stale', unresponsive = 'no answer', disconnected = 'disconnected' }

---@type costline.State
local state = 'off'
---@type costline.Status?
local status
---@type string?
local reason
---@type costline.Data
local data = { state = 'off', severity = 'ok', text = '' }

--- The mark of a state; nil for numbers that are up to date, or for none.
---@param of costline.State
---@return string?
function M.mark(of)
  return MARKS[of]
end

---@return costline.Data
local function build()
  local mark = M.mark(state)
  -- Of a server that is not there yet, or not any more, there is nothing to show.
  local known = status and (mark or state == 'live')
  local text = known and status.text:gsub('%c', ' ') or ''
  local severity = status and status.severity or 'ok'
  if state == 'disconnected' or state == 'missing' then
    severity = 'disconnected'
  elseif mark then
    severity = 'stale'
  end
  if mark then
    text = text == '' and mark or ('%s (%s)'):format(text, mark)
  end
  return { state = state, severity = severity, text = text, reason = reason, status = status }
end

--- Data without what differs though nothing has changed.
---@param of costline.Data
local function content(of)
  local copy = vim.tbl_extend('force', {}, of)
  copy.status = of.status and vim.tbl_extend('force', of.status, { generatedAt = '' })
  return copy
end

local function tell()
  local before = data
  data = build()
  if vim.deep_equal(content(before), content(data)) then
    return
  end
  vim.g.costline = data
  vim.api.nvim_exec_autocmds('User', { pattern = 'CostlineUpdate', modeline = false, data = data })
  if before.text ~= data.text or before.severity ~= data.severity then
    vim.cmd.redrawstatus({ bang = true })
  end
end

--- Takes a status of the server.
---@param new costline.Status
function M.take(new)
  status = new
  state = new.severity == 'stale' and 'stale' or 'live'
  reason = state == 'stale' and table.concat(new.health and new.health.problems or {}, '; ') or nil
  tell()
end

--- Changes what is known of the server; the latest status stays, unless nothing is left of the server.
---@param new costline.State
---@param why? string
function M.turn(new, why)
  state, reason = new, why
  if new == 'off' or new == 'missing' then
    status = nil
  end
  tell()
end

---@return costline.Data
function M.get()
  return data
end

return M
