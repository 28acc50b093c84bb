--- `:Costline` and what stands behind it.
local breakdown = require('costline.breakdown')
local figures = require('costline.figures')
local report = require('costline.report')
local say = require('costline.message').say
local server = require('costline.server')
local state = require('costline.state')
local views = require('costline.view')

local M = {}

local INFO = vim.log.levels.INFO

--- The periods of a budget.
local PERIODS = { 'day', 'week', 'month', 'block', 'session', 'cycle' }

--- What a budget can be narrowed to.
local SCOPES = { 'project', 'model', 'branch' }

---@param list table[]
local function first_of(list)
  return vim.tbl_map(function(entry)
    return entry[1]
  end, list)
end

local function status()
  local data = state.get()
  if data.state ~= 'live' and data.reason then
    say(data.reason)
  end
  server.execute('costline.showStatus', nil, function(sentence)
    say(sentence, INFO)
  end)
end

--- The periods that a report can be of: those that end.
local SPANS = vim.tbl_filter(function(period)
  return next(period[3]) ~= nil
end, report.PERIODS)

---@param words string[]
local function overview(words)
  local span = SPANS[report.index(SPANS, words[1] or 'month')]
  if not span then
    local known = table.concat(first_of(SPANS), ', ')
    return say(('there is no period `%s` for a report; there are %s'):format(words[1], known))
  end
  local argument = vim.tbl_extend('force', { format = 'markdown' }, span[3])
  server.execute('costline.showReport', argument, function(text)
    views.text('report', 'Costline report', text)
  end)
end

local function log()
  server.run({ 'config', 'path', '--json' }, function(out)
    local ok, places = pcall(vim.json.decode, out)
    local folder, newest, at
    for _, place in ipairs(ok and places or {}) do
      folder = place.what == 'log' and place.path or folder
    end
    for name in folder and vim.fs.dir(folder) or function() end do
      local path = vim.fs.joinpath(folder, name)
      local stat = vim.uv.fs_stat(path)
      if stat and stat.type == 'file' and (not at or stat.mtime.sec >= at) then
        newest, at = path, stat.mtime.sec
      end
    end
    if not newest then
      return say(('there is no log below %s yet'):format(folder or "the server's folders"))
    end
    vim.cmd.split({ args = { vim.fn.fnameescape(newest) } })
    vim.bo.readonly = true
    vim.cmd.normal({ args = { 'G' }, bang = true })
  end)
end

local SIGNS = {
  ok = { '✓', 'CostlineOk' },
  note = { '·', 'CostlineHead' },
  warning = { '!', 'CostlineWarning' },
  error = { '✗', 'CostlineError' },
}

local function doctor()
  server.execute('costline.doctor', nil, function(found)
    local page = views.page()
    page:add({ (' Costline %s'):format(found.program or ''), 'CostlineTitle' })
    page:add('')
    for _, finding in ipairs(found.findings or {}) do
      local sign = SIGNS[finding.severity] or SIGNS.note
      page:add('  ', sign, ' ', { finding.name, 'CostlineKey' }, '  ' .. finding.message)
      if finding.advice then
        page:add({ '      ' .. finding.advice, 'CostlineHead' })
      end
    end
    views.show(views.open('doctor', 'Costline doctor', true), page)
  end)
end

local function dashboard()
  server.execute('costline.openDashboard', nil, function(result)
    local url = type(result) == 'table' and result.url or result
    if type(url) == 'string' then
      vim.ui.open(url)
    end
  end)
end

local function refresh()
  server.execute('costline.refresh', nil, function()
    say('looked at the transcripts', INFO)
  end)
end

--- The budgets of the latest status.
local function list_budgets()
  local latest = state.get().status
  local budgets = latest and latest.budgets
  if not budgets or #budgets == 0 then
    return say('no budget is known; `:Costline budget set day 10` sets one of $10 a day', INFO)
  end
  local page = views.page()
  page:add({ ' Budgets', 'CostlineTitle' })
  page:add('')
  for _, budget in ipairs(budgets) do
    local group = require('costline.line').group(budget.severity) or 'CostlineCost'
    local spent = ('%s of %s'):format(figures.money(budget.spentUsd), figures.money(budget.limitUsd))
    local used = budget.usedPercent and (' (%.0f %%)'):format(budget.usedPercent) or ''
    local resets = budget.resetsAt and (', until ' .. figures.minute(budget.resetsAt)) or ''
    local id = budget.id and ('  ' .. tostring(budget.id)) or ''
    local name = ('  %-8s '):format(budget.period)
    page:add({ name, 'CostlineKey' }, { spent .. used, group }, ('  %s%s'):format(budget.scope or '', resets), {
      id,
      'CostlineHead',
    })
  end
  views.show(views.open('budgets', 'Costline budgets'), page)
end

---@param budget table
local function set_budget(budget)
  server.execute('costline.setBudget', budget, function()
    say(('a budget of %s for the %s is set'):format(figures.money(budget.limitUsd), budget.period), INFO)
  end)
end

--- Asks for a budget's period and limit.
local function guide_budget()
  vim.ui.select(PERIODS, { prompt = 'A budget for each' }, function(period)
    if not period then
      return
    end
    vim.ui.input({ prompt = ('US dollars for each %s: '):format(period) }, function(text)
      local limit = tonumber(text or '')
      if limit then
        set_budget({ period = period, limitUsd = limit })
      elseif text and text ~= '' then
        say(('%q is no number of dollars'):format(text))
      end
    end)
  end)
end

--- Reads `day 10 project=/p hard`.
---@param words string[]
---@return table? budget
---@return string? problem
local function read_budget(words)
  local limit = tonumber((words[2] or ''):match('^%$?(.*)$'))
  if not vim.list_contains(PERIODS, words[1]) then
    return nil, ('the period of a budget is %s, not `%s`'):format(table.concat(PERIODS, ', '), words[1] or '')
  elseif not limit then
    return nil, ('`%s` is no number of dollars'):format(words[2] or '')
  end
  local budget = { period = words[1], limitUsd = limit }
  for at = 3, #words do
    local name, value = words[at]:match('^(%a+)=(.+)$')
    if words[at] == 'hard' then
      budget.hard = true
    elseif vim.list_contains(SCOPES, name) then
      budget[name] = value
    else
      return nil, ('`%s` is none of hard, project=…, model=…, branch=…'):format(words[at])
    end
  end
  return budget
end

---@param words string[]
local function budget(words)
  local what = table.remove(words, 1)
  if not what or what == 'list' then
    list_budgets()
  elseif what == 'set' and #words == 0 then
    guide_budget()
  elseif what == 'set' then
    local wanted, problem = read_budget(words)
    if not wanted then
      return say(problem)
    end
    set_budget(wanted)
  elseif what == 'remove' and words[1] then
    local id = tonumber(words[1]) or words[1]
    server.execute('costline.removeBudget', { id = id }, function()
      say('the budget is removed', INFO)
    end)
  else
    say('say `:Costline budget`, `budget set PERIOD DOLLARS` or `budget remove ID`')
  end
end

---@type table<string, { [1]: fun(words: string[]), [2]?: fun(at: integer, words: string[]): string[] }>
local COMMANDS = {
  breakdown = {
    function(words)
      breakdown.open(words[1], words[2])
    end,
    function(at)
      return ({ first_of(report.GROUPINGS), first_of(report.PERIODS) })[at] or {}
    end,
  },
  report = {
    overview,
    function(at)
      return at == 1 and first_of(SPANS) or {}
    end,
  },
  sessions = {
    function(words)
      breakdown.open('session', words[1])
    end,
    function(at)
      return at == 1 and first_of(report.PERIODS) or {}
    end,
  },
  status = { status },
  budget = {
    budget,
    function(at, words)
      if at == 1 then
        return { 'list', 'remove', 'set' }
      elseif words[1] == 'set' and at == 2 then
        return PERIODS
      elseif words[1] == 'set' and at > 3 then
        return { 'branch=', 'hard', 'model=', 'project=' }
      end
      return {}
    end,
  },
  refresh = { refresh },
  restart = {
    function()
      server.restart()
    end,
  },
  log = { log },
  doctor = { doctor },
  dashboard = { dashboard },
}

---@return string[]
local function names()
  local all = vim.tbl_keys(COMMANDS)
  table.sort(all)
  return all
end

--- Carries out `:Costline` with these words; without any it is the status.
---@param words string[]
function M.run(words)
  local name = words[1] or 'status'
  local command = COMMANDS[name]
  if not command then
    return say(('there is no command `%s`; there are %s'):format(name, table.concat(names(), ', ')))
  end
  require('costline.line').define_highlights()
  command[1](vim.list_slice(words, 2))
end

--- What can stand where the cursor is.
---@param lead string the word so far
---@param line string the whole command line
---@return string[]
function M.complete(lead, line)
  local words = vim.split(vim.trim(line:gsub('^.-Costline!?', '', 1)), '%s+', { trimempty = true })
  if lead ~= '' then
    table.remove(words)
  end
  local command = words[1] and COMMANDS[words[1]]
  local choices = {}
  if #words == 0 then
    choices = names()
  elseif command and command[2] then
    choices = command[2](#words, vim.list_slice(words, 2))
  end
  return vim.tbl_filter(function(choice)
    return vim.startswith(choice, lead)
  end, choices)
end

return M
