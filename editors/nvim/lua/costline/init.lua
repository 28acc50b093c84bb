--- What Claude Code costs, live in the status line. Everything here works without `setup()`.
local M = {}

--- Takes options; `vim.g.costline_config` does as well, and neither is needed.
---@param options? costline.Options
function M.setup(options)
  require('costline.config').set(options)
end

--- The text for a status line: `%{%v:lua.require'costline'.statusline()%}`.
---@param options? costline.LineOptions
---@return string
function M.statusline(options)
  if vim.fn.has('nvim-0.11') == 0 then
    return ''
  end
  return require('costline.line').text(options)
end

--- What is known: the same as `vim.g.costline`.
---@return costline.Data
function M.get()
  return require('costline.state').get()
end

--- Starts the server, unless the options say otherwise.
function M.autostart()
  if require('costline.config').get().autostart then
    require('costline.server').start()
  end
end

--- Starts the server; where it runs nothing happens.
function M.start()
  require('costline.server').start()
end

--- Ends the server.
function M.stop()
  require('costline.server').stop()
end

return M
