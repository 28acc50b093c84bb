--- The options: `vim.g.costline_config`, or what `setup()` was given. None are needed.
local M = {}

---@class costline.Options
---@field cmd? string|string[] The program, alone or with options before its command; default `costline` in the path.
---@field env? table<string, string> Variables for the program, beside Neovim's own.
---@field autostart? boolean Start the server after start-up; default true.
---@field restart? boolean Start a server that died anew, three times at most; default true.
---@field root? string|fun(): string The folder whose costs show; default the working folder's repository, else itself.
---@field settings? table Settings of Costline that an editor may set, such as `{ status = { parts = { 'cost' } } }`.
---@field notify? boolean Show warnings about budgets and limits; default true.
---@field heartbeat? integer Every so many seconds the server is asked whether it is there; 0 never. Default 60.
---@field breakdown? costline.BreakdownOptions How the breakdown opens.

---@class costline.BreakdownOptions
---@field layout? 'float'|'split'|'vsplit'|'tab' Where; default a float.
---@field by? string The first grouping; default `project`.
---@field period? string The first period; default `month`.

---@type costline.Options
local DEFAULTS = {
  cmd = { 'costline' },
  env = {},
  autostart = true,
  restart = true,
  settings = {},
  notify = true,
  heartbeat = 60,
  breakdown = { layout = 'float', by = 'project', period = 'month' },
}

local TYPES = {
  cmd = { 'string', 'table' },
  env = { 'table' },
  autostart = { 'boolean' },
  restart = { 'boolean' },
  root = { 'string', 'function' },
  settings = { 'table' },
  notify = { 'boolean' },
  heartbeat = { 'number' },
  breakdown = { 'table' },
}

local LAYOUTS = { float = true, split = true, vsplit = true, tab = true }

---@type costline.Options?
local given

--- Takes options in place of `vim.g.costline_config`.
---@param options? costline.Options
function M.set(options)
  given = options
end

--- The options as they were given, and what is wrong with them, each in a sentence. What is wrong does not count.
---@return costline.Options options
---@return string[] problems
local function read()
  local raw, options, problems = given or vim.g.costline_config or {}, {}, {}
  if type(raw) ~= 'table' then
    return {}, { ('vim.g.costline_config must be a table, not a %s'):format(type(raw)) }
  end
  for name, value in pairs(raw) do
    local types = TYPES[name]
    if not types then
      table.insert(problems, ('there is no option `%s`; :help costline-options lists them'):format(name))
    elseif not vim.list_contains(types, type(value)) then
      local sentence = 'the option `%s` must be a %s, not a %s'
      table.insert(problems, sentence:format(name, table.concat(types, ' or a '), type(value)))
    else
      options[name] = value
    end
  end
  local layout = vim.tbl_get(options, 'breakdown', 'layout')
  if layout and not LAYOUTS[layout] then
    local sentence = 'breakdown.layout is %s; it must be float, split, vsplit or tab'
    table.insert(problems, sentence:format(vim.inspect(layout)))
    options.breakdown = vim.tbl_extend('force', options.breakdown, { layout = DEFAULTS.breakdown.layout })
  end
  table.sort(problems)
  return options, problems
end

--- The options in effect.
---@return costline.Options
function M.get()
  local options = vim.tbl_deep_extend('force', DEFAULTS, (read()))
  if type(options.cmd) == 'string' then
    options.cmd = { options.cmd }
  end
  return options
end

--- What is wrong with the options.
---@return string[]
function M.problems()
  return select(2, read())
end

return M
