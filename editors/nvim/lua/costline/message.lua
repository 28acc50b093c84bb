--- What the plugin says to a person. This file is also read by versions of Neovim that are too old for the others.
local M = {}

--- The oldest Neovim that will do.
M.NEOVIM = '0.11'

--- Shows a sentence.
---@param text string
---@param level? integer one of vim.log.levels; WARN unless given
function M.say(text, level)
  vim.notify('costline: ' .. text, level or vim.log.levels.WARN, { title = 'Costline' })
end

--- Says that this Neovim is too old.
function M.too_old()
  local output = vim.api.nvim_exec('version', true)
  local version = output:match('NVIM v(%S+)') or 'an older one'
  M.say(('Neovim %s or later is needed, this is %s; update Neovim or remove the plugin'):format(M.NEOVIM, version))
end

return M
