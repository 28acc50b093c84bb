--- A window of the plugin's own, with a buffer that nobody edits: filetype `costline`.
local config = require('costline.config')

local M = {}

local SPACE = vim.api.nvim_create_namespace('costline')

---@class costline.Mark
---@field line integer from 0
---@field from integer byte column
---@field to integer byte column, -1 for the end of the line
---@field group string

--- Text that is being put together, with its colours.
---@class costline.Page
---@field lines string[]
---@field marks costline.Mark[]
local Page = {}
Page.__index = Page

---@return costline.Page
function M.page()
  return setmetatable({ lines = {}, marks = {} }, Page)
end

--- Adds a line of pieces, each a text or a text with a group.
---@param ... string|{ [1]: string, [2]: string }
---@return integer line its number, from 1
function Page:add(...)
  local text = ''
  for _, piece in ipairs({ ... }) do
    local words, group = piece, nil
    if type(piece) == 'table' then
      words, group = piece[1], piece[2]
    end
    -- A name may hold anything; a buffer's line holds no end of line.
    words = words:gsub('%c', ' ')
    if group then
      table.insert(self.marks, { line = #self.lines, from = #text, to = #text + #words, group = group })
    end
    text = text .. words
  end
  table.insert(self.lines, (text:gsub('%s+$', '')))
  return #self.lines
end

---@class costline.View
---@field buffer integer
---@field window integer

---@param lines string[]
local function widest(lines)
  local most = 0
  for _, line in ipairs(lines) do
    most = math.max(most, vim.api.nvim_strwidth(line))
  end
  return most
end

--- Where a float of these lines goes.
---@param lines string[]
local function place(lines)
  local width = math.max(20, math.min(math.max(widest(lines) + 2, 60), vim.o.columns - 4))
  local height = math.max(1, math.min(#lines, vim.o.lines - vim.o.cmdheight - 4))
  return {
    relative = 'editor',
    width = width,
    height = height,
    col = math.floor((vim.o.columns - width) / 2),
    row = math.max(0, math.floor((vim.o.lines - vim.o.cmdheight - height) / 2) - 1),
  }
end

---@param name string
---@return integer
local function buffer_of(name)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].buftype = 'nofile'
  vim.bo[buffer].swapfile = false
  -- A name that is taken belongs to a view that is still open.
  pcall(vim.api.nvim_buf_set_name, buffer, 'costline://' .. name)
  return buffer
end

---@param buffer integer
---@param title string
---@return integer
local function window_of(buffer, title)
  local layout = config.get().breakdown.layout
  if layout == 'float' then
    local look = { style = 'minimal', border = 'rounded', title = (' %s '):format(title), title_pos = 'center' }
    return vim.api.nvim_open_win(buffer, true, vim.tbl_extend('error', place({}), look))
  end
  vim.cmd(({ split = 'botright split', vsplit = 'vertical botright split', tab = 'tab split' })[layout])
  vim.api.nvim_win_set_buf(0, buffer)
  return vim.api.nvim_get_current_win()
end

--- Opens a view.
---@param name string of the buffer
---@param title string
---@param wrap? boolean whether long lines are broken rather than cut
---@return costline.View
function M.open(name, title, wrap)
  local buffer = buffer_of(name)
  local window = window_of(buffer, title)
  vim.bo[buffer].filetype = 'costline'
  for _, option in ipairs({ 'number', 'relativenumber', 'list', 'spell' }) do
    vim.wo[window][0][option] = false
  end
  vim.wo[window][0].wrap = wrap or false
  vim.wo[window][0].linebreak = true
  vim.wo[window][0].breakindent = true
  vim.wo[window][0].signcolumn = 'no'
  vim.wo[window][0].cursorline = true
  vim.wo[window][0].winfixbuf = true
  local view = { buffer = buffer, window = window }
  M.map(view, 'q', 'close', function()
    M.close(view)
  end)
  return view
end

--- Whether the view is still there.
---@param view costline.View
function M.is_open(view)
  return vim.api.nvim_buf_is_valid(view.buffer) and vim.api.nvim_win_is_valid(view.window)
end

---@param view costline.View
function M.close(view)
  if not M.is_open(view) then
    return
  end
  -- The last window of Neovim cannot be closed, but show something else.
  if not pcall(vim.api.nvim_win_close, view.window, true) then
    vim.wo[view.window][0].winfixbuf = false
    vim.cmd.enew()
  end
end

---@param view costline.View
---@param key string
---@param what string
---@param act fun()
function M.map(view, key, what, act)
  vim.keymap.set('n', key, act, { buffer = view.buffer, nowait = true, desc = 'Costline: ' .. what })
end

--- Shows a page; the cursor stays on its line.
---@param view costline.View
---@param page costline.Page
function M.show(view, page)
  if not M.is_open(view) then
    return
  end
  local buffer, window = view.buffer, view.window
  local cursor = vim.api.nvim_win_get_cursor(window)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, page.lines)
  vim.bo[buffer].modifiable = false
  vim.api.nvim_buf_clear_namespace(buffer, SPACE, 0, -1)
  for _, mark in ipairs(page.marks) do
    local stop = math.min(mark.to, #page.lines[mark.line + 1])
    if stop > mark.from then
      local range = { end_col = stop, hl_group = mark.group }
      vim.api.nvim_buf_set_extmark(buffer, SPACE, mark.line, mark.from, range)
    end
  end
  if vim.api.nvim_win_get_config(window).relative ~= '' then
    vim.api.nvim_win_set_config(window, place(page.lines))
  end
  pcall(vim.api.nvim_win_set_cursor, window, { math.min(cursor[1], #page.lines), cursor[2] })
end

--- Shows a text as it is.
---@param name string
---@param title string
---@param text string
---@return costline.View
function M.text(name, title, text)
  local page = M.page()
  for line in vim.gsplit(vim.trim(text), '\n', { plain = true }) do
    page:add(' ' .. line)
  end
  local view = M.open(name, title)
  M.show(view, page)
  return view
end

return M
