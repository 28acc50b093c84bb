--- A report as a page: what it says is the server's, how it stands is decided here.
local figures = require('costline.figures')
local state = require('costline.state')
local views = require('costline.view')

local M = {}

--- What a breakdown can be by, in the order of the keys that change it, and how the first column is called.
M.GROUPINGS = {
  { 'project', 'Project' },
  { 'model', 'Model' },
  { 'session', 'Session' },
  { 'day', 'Day' },
  { 'week', 'Week of' },
  { 'month', 'Month' },
  { 'hour', 'Hour' },
  { 'agent', 'Agent' },
  { 'skill', 'Skill' },
  { 'tool', 'Tool' },
  { 'mcp', 'MCP server' },
  { 'branch', 'Branch' },
  { 'file', 'File' },
  { 'kind', 'Kind' },
  { 'source', 'Source' },
}

--- What time it can be of: the words for it, and how the server is asked.
M.PERIODS = {
  { 'day', 'today', { period = 'day' } },
  { 'week', 'this week', { period = 'week' } },
  { 'month', 'this month', { period = 'month' } },
  { 'days30', 'the last 30 days', { days = 30 } },
  { 'all', 'ever', {} },
}

--- What an empty key means.
local NOTHING = {
  agent = '(main thread)',
  project = '(not known)',
  model = '(not known)',
  branch = '(no branch)',
  file = '(no file)',
}

local USES = { agent = true, skill = true, tool = true, mcp = true, file = true }

--- The longest that a name shows as.
local NAME, BAR = 48, 16

--- So many rows are asked for.
M.ROWS = 200

--- What is said at the end of a view.
local KEYS = {
  { '<CR>', 'into a project or a day, or open a session' },
  { '<BS>', 'back' },
  { '<Tab>', 'next grouping (<S-Tab> the one before, b picks one)' },
  { 'p', 'next period (P the one before)' },
  { 'r', 'look again' },
  { '?', 'these keys' },
  { 'q', 'close' },
}

---@class costline.Look what a view shows
---@field by string
---@field period string
---@field project? string
---@field day? string

--- Where an entry of this name stands.
---@param list table[]
---@param name string
---@return integer?
function M.index(list, name)
  for at, entry in ipairs(list) do
    if entry[1] == name then
      return at
    end
  end
end

--- The shape of a column: its head and what it says of a row.
local function columns(by)
  local cost = { 'Cost', figures.cost, 'CostlineCost' }
  local tokens = {
    'Tokens',
    function(row)
      return figures.tokens(row.totalTokens)
    end,
  }
  local responses = {
    'Responses',
    function(row)
      return figures.count(row.messages)
    end,
  }
  if USES[by] then
    local count = function(field)
      return function(row)
        return figures.count(row[field])
      end
    end
    return { { 'Uses', count('uses') }, { 'Failed', count('failures') }, cost, tokens, responses }
  elseif by == 'session' then
    local last = function(row)
      return figures.minute(row.lastActivityAt)
    end
    return { { 'Last activity', last }, cost, tokens, responses }
  end
  return { cost, tokens, responses }
end

--- Cuts a name to so many cells, at its beginning, where a path says least.
local function cut(name, cells)
  while vim.api.nvim_strwidth(name) > cells do
    name = '…' .. vim.fn.strcharpart(name, 2)
  end
  return name
end

---@param by string
---@param key string
---@param titles table<string, string>
local function name_of(by, key, titles)
  if key == '' then
    return NOTHING[by] or '(none)'
  elseif by == 'project' or by == 'file' then
    return cut(vim.fn.fnamemodify(key, ':~'), NAME)
  elseif titles[key] then
    -- Behind its title the beginning of an id tells it apart.
    return vim.fn.strcharpart(titles[key], 0, NAME - 10) .. ' ' .. key:sub(1, 8)
  end
  return cut(key, NAME)
end

local function pad(text, cells, right)
  local space = (' '):rep(math.max(0, cells - vim.api.nvim_strwidth(text)))
  return right and space .. text or text .. space
end

--- Titles of sessions by id, as far as the latest status has them.
local function titles_of(by)
  local status = by == 'session' and state.get().status
  local titles = {}
  for _, session in ipairs(status and status.sessions or {}) do
    titles[session.id] = session.title
  end
  return titles
end

--- The table of a report; gives the keys of its lines.
---@param page costline.Page
---@param by string
---@param report costline.Report
---@return table<integer, string>
local function write_table(page, by, report)
  local heads = columns(by)
  local titles, greatest = titles_of(by), 0
  local rows = {}
  for _, row in ipairs(report.rows) do
    greatest = math.max(greatest, row.costUsd)
    table.insert(rows, { name = name_of(by, row.key, titles), of = row })
  end
  local total = { name = 'Total', of = report.totals }
  local title = M.GROUPINGS[M.index(M.GROUPINGS, by) or 1][2]
  local first, widths = vim.api.nvim_strwidth(title), {}
  for _, row in ipairs(vim.list_extend({ total }, rows)) do
    first = math.max(first, vim.api.nvim_strwidth(row.name))
    for at, column in ipairs(heads) do
      local cells = math.max(vim.api.nvim_strwidth(column[2](row.of)), vim.api.nvim_strwidth(column[1]))
      widths[at] = math.max(widths[at] or 0, cells)
    end
  end
  local function write(name, value, group, bar)
    local pieces = { '  ', { pad(name, first), group } }
    for at, column in ipairs(heads) do
      local cell = '  ' .. pad(value(column), widths[at], true)
      -- A row's numbers have colours of their own, or none.
      local colour = group
      if group == 'CostlineKey' then
        colour = column[3]
      end
      table.insert(pieces, colour and { cell, colour } or cell)
      if column[1] == 'Cost' then
        table.insert(pieces, { '  ' .. pad(bar, BAR), 'CostlineBar' })
      end
    end
    return page:add(unpack(pieces))
  end
  write(title, function(column)
    return column[1]
  end, 'CostlineHead', '')
  local keys = {}
  for _, row in ipairs(rows) do
    local line = write(row.name, function(column)
      return column[2](row.of)
    end, 'CostlineKey', figures.bar(row.of.costUsd, greatest, BAR))
    keys[line] = row.of.key
  end
  write('Total', function(column)
    -- Sums know of no uses and of no single time.
    local value = column[2](report.totals)
    return value == '–' and '' or value
  end, 'CostlineTotal', '')
  return keys
end

---@param page costline.Page
---@param report costline.Report
local function write_notes(page, report)
  local totals = report.totals
  if #report.rows >= M.ROWS then
    page:add('')
    page:add({ ('  The first %d; the total is over all.'):format(M.ROWS), 'CostlineHead' })
  end
  if (totals.unpricedMessages or 0) > 0 then
    page:add('')
    local text = '  +? Without the cost of %s responses of models that have no price.'
    page:add({ text:format(figures.count(totals.unpricedMessages)), 'CostlineWarning' })
  end
  if (totals.lowerBoundMessages or 0) > 0 then
    page:add('')
    local text = '  At least: %s of %s responses have no final output count in their transcripts.'
    page:add({ text:format(figures.count(totals.lowerBoundMessages), figures.count(totals.messages)), 'CostlineHead' })
  end
  if report.partial then
    page:add('')
    page:add({ '  Partial: not everything that is there has been read.', 'CostlineWarning' })
  end
end

--- What a page is about.
---@param look costline.Look
function M.heading(look)
  local text = ' Cost by ' .. (look.by == 'mcp' and 'MCP server' or look.by)
  local period = M.PERIODS[M.index(M.PERIODS, look.period) or #M.PERIODS]
  text = text .. ' · ' .. (look.day or period[2])
  return look.project and text .. ' · ' .. vim.fn.fnamemodify(look.project, ':~') or text
end

--- The whole page of a report, and the keys of its rows by line.
---@param look costline.Look
---@param report costline.Report
---@param help boolean whether all keys are listed
---@return costline.Page page
---@return table<integer, string> keys
function M.page(look, report, help)
  local page, keys = views.page(), {}
  page:add({ M.heading(look), 'CostlineTitle' })
  local range = report.since and (' %s – %s, %s'):format(report.since, report['until'] or '', report.timezone)
  page:add({ range or (' Days of ' .. report.timezone), 'CostlineHead' })
  local data = state.get()
  if state.mark(data.state) then
    page:add({ (' Not fresh: %s'):format(data.reason or state.mark(data.state)), 'CostlineWarning' })
  end
  page:add('')
  if #report.rows == 0 then
    page:add('  Nothing was used.')
  else
    keys = write_table(page, look.by, report)
  end
  write_notes(page, report)
  page:add('')
  if help then
    for _, key in ipairs(KEYS) do
      page:add({ '  ' .. pad(key[1], 7), 'CostlineKey' }, { key[2], 'CostlineHead' })
    end
  else
    page:add({
      '  <CR> into · <BS> back · <Tab> grouping · p period · r again · ? keys · q close',
      'CostlineHead',
    })
  end
  return page, keys
end

return M
