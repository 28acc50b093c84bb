--- The text as a status line shows it.
local state = require('costline.state')

local M = {}

--- What stands between the parts of a text, unless the options say otherwise.
local SEPARATOR = ' · '

--- The part of a line that the text may take.
local SHARE = 0.4

local GROUPS = {
  ok = 'CostlineOk',
  warning = 'CostlineWarning',
  error = 'CostlineError',
  stale = 'CostlineStale',
  disconnected = 'CostlineDisconnected',
}

--- Links the groups to standard ones, where no colour scheme has its own.
function M.define_highlights()
  local links = {
    CostlineOk = 'DiagnosticOk',
    CostlineWarning = 'DiagnosticWarn',
    CostlineError = 'DiagnosticError',
    CostlineStale = 'Comment',
    CostlineDisconnected = 'Comment',
    CostlineTitle = 'Title',
    CostlineHead = 'Comment',
    CostlineKey = 'Directory',
    CostlineCost = 'Number',
    CostlineBar = 'Special',
    CostlineTotal = 'Bold',
  }
  for group, link in pairs(links) do
    vim.api.nvim_set_hl(0, group, { link = link, default = true })
  end
  vim.api.nvim_set_hl(0, 'Bold', { bold = true, default = true })
  -- On the ground of a status line these colours are hard to read. There they are the ground of the text themselves.
  local normal = vim.api.nvim_get_hl(0, { name = 'Normal' })
  for _, name in ipairs({ 'Warning', 'Error', 'Stale', 'Disconnected' }) do
    local colour = vim.api.nvim_get_hl(0, { name = 'Costline' .. name, link = false })
    local dark = vim.o.background == 'dark'
    vim.api.nvim_set_hl(0, 'CostlineLine' .. name, {
      default = true,
      fg = normal.bg or (dark and 0x000000 or 0xffffff),
      bg = colour.fg,
      ctermfg = normal.ctermbg or (dark and 0 or 15),
      ctermbg = colour.ctermfg,
    })
  end
end

--- The highlight group of a severity; nil where the colour of the line will do.
---@param severity? string that of the present data unless given
---@return string?
function M.group(severity)
  severity = severity or state.get().severity
  return severity ~= 'ok' and GROUPS[severity] or nil
end

--- All forms of the text, the longest first: with fewer parts, then the mark of what is not fresh alone. None of them
--- lacks that mark.
---@param data costline.Data
---@return string[]
function M.forms(data)
  if data.text == '' then
    return {}
  end
  local settings = require('costline.config').get().settings
  local separator = vim.tbl_get(settings, 'status', 'separator') or settings['status.separator'] or SEPARATOR
  local mark = state.mark(data.state)
  local text = data.status and data.status.text:gsub('%c', ' ') or ''
  local parts = text ~= '' and vim.split(text, separator, { plain = true }) or {}
  local forms = {}
  for count = #parts, 1, -1 do
    local form = table.concat(parts, separator, 1, count)
    table.insert(forms, mark and ('%s (%s)'):format(form, mark) or form)
  end
  if mark then
    table.insert(forms, mark)
  end
  return forms
end

--- How many cells the text may take in the line that is being drawn.
---@return integer
local function room()
  local width = vim.o.columns
  if vim.o.laststatus ~= 3 then
    local window = vim.g.statusline_winid
    width = vim.api.nvim_win_get_width(window and vim.api.nvim_win_is_valid(window) and window or 0)
  end
  return math.floor(width * SHARE)
end

---@class costline.LineOptions
---@field width? integer How many cells the text may take; two fifths of the line unless given.
---@field highlight? boolean Colour by severity; default true.
---@field escape? boolean Double every `%`; default true. `%{}` wants false, `%{%%}` and `%!` want true.

--- The longest form that fits; empty where none does.
---@param options? costline.LineOptions
---@return string
function M.text(options)
  options = options or {}
  local escapes = options.escape ~= false
  local group = escapes and options.highlight ~= false and M.group()
  -- A ground of its own reaches a cell beyond the text.
  local width = (options.width or room()) - (group and 2 or 0)
  for _, form in ipairs(M.forms(state.get())) do
    if vim.api.nvim_strwidth(form) <= width then
      local text = escapes and form:gsub('%%', '%%%%') or form
      return group and ('%%#%s# %s %%*'):format(group:gsub('^Costline', 'CostlineLine'), text) or text
    end
  end
  return ''
end

return M
