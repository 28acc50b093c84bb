--- Who spent how much: a view that follows the server.
local config = require('costline.config')
local report = require('costline.report')
local say = require('costline.message').say
local server = require('costline.server')
local views = require('costline.view')

local M = {}

---@class costline.Breakdown
---@field view costline.View
---@field look costline.Look
---@field back costline.Look[]
---@field keys table<integer, string> the keys of the rows, by line
---@field help boolean
---@field asked integer counts questions: only the last one's answer shows
---@field settled? costline.Look what the cursor was put into
local Breakdown = {}
Breakdown.__index = Breakdown

--- Asks for what is looked at, and shows it.
function Breakdown:ask()
  local look = self.look
  local period = report.PERIODS[report.index(report.PERIODS, look.period) or #report.PERIODS]
  local range = look.day and { since = look.day, ['until'] = look.day } or period[3]
  local query = vim.tbl_extend('force', { by = look.by, project = look.project, limit = report.ROWS }, range)
  self.asked = self.asked + 1
  local asked = self.asked
  local function current()
    return asked == self.asked and views.is_open(self.view)
  end
  server.ask('costline/breakdown', query, function(answer)
    if current() then
      local page, keys = report.page(look, answer, self.help)
      self.keys = keys
      views.show(self.view, page)
      self:settle()
    end
  end, function(message)
    if current() then
      local page = views.page()
      page:add({ report.heading(look), 'CostlineTitle' })
      page:add('')
      page:add({ '  ' .. message, 'CostlineError' })
      self.keys = {}
      views.show(self.view, page)
    end
  end)
end

--- Puts the cursor on the first row of what is looked at anew.
function Breakdown:settle()
  if self.settled ~= self.look then
    self.settled = self.look
    local first = math.huge
    for line in pairs(self.keys) do
      first = math.min(first, line)
    end
    if first < math.huge then
      vim.api.nvim_win_set_cursor(self.view.window, { first, 0 })
    end
  end
end

--- Looks at something else, of which `<BS>` comes back.
---@param change costline.Look
function Breakdown:go(change)
  table.insert(self.back, vim.deepcopy(self.look))
  self.look = vim.tbl_extend('force', self.look, change)
  self:ask()
end

---@param list table[]
---@param field 'by'|'period'
---@param step integer
function Breakdown:turn(list, field, step)
  local at = report.index(list, self.look[field]) or 1
  self.look = vim.tbl_extend('force', self.look, { [field] = list[(at - 1 + step) % #list + 1][1] })
  if field == 'period' then
    self.look.day = nil
  end
  self:ask()
end

--- Goes into the row below the cursor.
function Breakdown:enter()
  local key = self.keys[vim.api.nvim_win_get_cursor(self.view.window)[1]]
  if not key or key == '' then
    return
  end
  local by = self.look.by
  if by == 'session' then
    M.session(key)
  elseif by == 'project' then
    self:go({ by = 'session', project = key })
  elseif by == 'day' then
    self:go({ by = 'project', day = key })
  else
    say(('there is nothing below a row by %s'):format(by), vim.log.levels.INFO)
  end
end

function Breakdown:map()
  local view = self.view
  local act = {
    ['<CR>'] = { 'go into', self.enter },
    ['<BS>'] = {
      'back',
      function()
        self.look = table.remove(self.back) or self.look
        self:ask()
      end,
    },
    b = {
      'pick a grouping',
      function()
        local names = vim.tbl_map(function(entry)
          return entry[1]
        end, report.GROUPINGS)
        vim.ui.select(names, { prompt = 'Cost by' }, function(name)
          if name then
            self.look = vim.tbl_extend('force', self.look, { by = name })
            self:ask()
          end
        end)
      end,
    },
    r = {
      'look again',
      function()
        server.execute('costline.refresh', nil, function()
          self:ask()
        end)
      end,
    },
    ['?'] = {
      'keys',
      function()
        self.help = not self.help
        self:ask()
      end,
    },
  }
  for key, turn in pairs({ ['<Tab>'] = { report.GROUPINGS, 'by', 1 }, p = { report.PERIODS, 'period', 1 } }) do
    local back = key == 'p' and 'P' or '<S-Tab>'
    for name, step in pairs({ [key] = turn[3], [back] = -turn[3] }) do
      act[name] = {
        'change the ' .. (turn[2] == 'by' and 'grouping' or 'period'),
        function()
          self:turn(turn[1], turn[2], step)
        end,
      }
    end
  end
  for key, entry in pairs(act) do
    views.map(view, key, entry[1], function()
      entry[2](self)
    end)
  end
end

--- Shows a session in full.
---@param id string its beginning will do
function M.session(id)
  server.run({ 'session', id, '--color', 'never' }, function(out)
    views.text('session/' .. id, 'Session ' .. id:sub(1, 8), out)
  end)
end

--- Opens a breakdown.
---@param by? string
---@param period? string
---@return costline.Breakdown?
function M.open(by, period)
  local options = config.get().breakdown
  by, period = by or options.by, period or options.period
  if not report.index(report.PERIODS, period) then
    local names = vim.tbl_map(function(entry)
      return entry[1]
    end, report.PERIODS)
    return say(('there is no period `%s`; there are %s'):format(period, table.concat(names, ', ')))
  end
  require('costline.line').define_highlights()
  local view = views.open('breakdown', 'Costline')
  local look = { by = by, period = period }
  local self = setmetatable({ view = view, look = look, back = {}, keys = {}, help = false, asked = 0 }, Breakdown)
  self:map()
  self:ask()
  self:follow()
  return self
end

--- Asks anew when the numbers change, but not all the time.
function Breakdown:follow()
  local waiting = false
  vim.api.nvim_create_autocmd('User', {
    pattern = 'CostlineUpdate',
    callback = function()
      if not views.is_open(self.view) then
        return true
      end
      if not waiting then
        waiting = true
        vim.defer_fn(function()
          waiting = false
          if views.is_open(self.view) then
            self:ask()
          end
        end, 500)
      end
    end,
  })
end

return M
