--- Warnings of the server. What they say is the server's; what only informs is not shown.
local config = require('costline.config')

local M = {}

local LEVELS = { warning = vim.log.levels.WARN, error = vim.log.levels.ERROR }

--- Shows a warning, and tells who listens for `CostlineWarning`.
---@param kind string
---@param warning costline.Warning
---@param level? integer
local function show(kind, warning, level)
  local data = { kind = kind, warning = warning }
  vim.api.nvim_exec_autocmds('User', { pattern = 'CostlineWarning', modeline = false, data = data })
  if level and config.get().notify and warning.message then
    vim.notify(warning.message, level, { title = warning.title or 'Costline' })
  end
end

--- `costline/budgetWarning`
---@param warning costline.Warning
function M.budget(warning)
  show('budget', warning, LEVELS[warning.severity])
end

--- `costline/limitWarning`: it may come without a severity.
---@param warning costline.Warning
function M.limit(warning)
  show('limit', warning, LEVELS[warning.severity or 'warning'])
end

--- `costline/alert`
---@param warning costline.Warning
function M.alert(warning)
  show('alert', warning, LEVELS[warning.severity])
end

return M
