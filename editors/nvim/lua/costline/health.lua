--- `:checkhealth costline`
local M = {}

local health = vim.health

local function check_neovim()
  health.start('Neovim')
  if vim.fn.has('nvim-' .. require('costline.message').NEOVIM) == 0 then
    health.error('Neovim 0.11 or later is needed')
    return false
  end
  health.ok(tostring(vim.version()))
  return true
end

local function check_options()
  health.start('Options')
  local problems = require('costline.config').problems()
  for _, problem in ipairs(problems) do
    health.warn(problem)
  end
  if #problems == 0 then
    health.ok('vim.g.costline_config is in order')
  end
  local line = vim.o.statusline .. vim.o.winbar .. vim.o.tabline
  if not line:find('costline', 1, true) and not package.loaded['lualine'] and not package.loaded['heirline'] then
    health.info('no status line shows the text yet; :help costline-statusline says how')
  end
end

local function check_program()
  health.start('Program')
  local server = require('costline.server')
  local path, problem = server.program()
  if not path then
    health.error(problem or 'there is no program')
    return false
  end
  local ran = vim.system(server.command('--version'), { text = true }):wait(5000)
  local version = vim.trim(ran.stdout or '')
  local number = vim.version.parse(version:match('^costline (%S+)') or '')
  if ran.code ~= 0 or not number then
    health.error(('%s is not Costline: `--version` says %q'):format(path, version ~= '' and version or ran.stderr))
    return false
  elseif vim.version.lt(number, server.VERSION) then
    health.error(('%s is %s; %s or later is needed'):format(path, version, server.VERSION))
    return false
  end
  health.ok(('%s: %s'):format(path, version))
  return true
end

--- What Costline itself finds.
---@param client vim.lsp.Client
local function check_findings(client)
  health.start('What Costline finds')
  local params = { command = 'costline.doctor', arguments = { vim.empty_dict() } }
  local answer = client:request_sync('workspace/executeCommand', params, 10000)
  local result = answer and answer.result
  if not result then
    health.error(answer and answer.err and answer.err.message or 'the server does not answer', ':Costline restart')
    return
  end
  local tell = { ok = health.ok, note = health.info, warning = health.warn, error = health.error }
  for _, finding in ipairs(result.findings) do
    local text = ('%s: %s'):format(finding.name, finding.message)
    local report = tell[finding.severity] or health.info
    if (report == health.warn or report == health.error) and finding.advice then
      report(text, finding.advice)
    else
      report(text)
    end
  end
end

local function check_server()
  health.start('Server')
  local client = require('costline.server').client()
  local data = require('costline.state').get()
  if not client then
    local why = data.reason or 'nothing started it; :Costline restart does'
    health.warn(('the server does not run (%s): %s'):format(data.state, why))
    return
  end
  health.ok(('runs as client %d for %s'):format(client.id, client.config.root_dir or 'no folder'))
  if data.state == 'live' then
    health.ok(('the numbers are up to date: %s'):format(data.text))
  else
    health.warn(('the numbers are not up to date (%s): %s'):format(data.state, data.reason or 'no status came yet'))
  end
  check_findings(client)
end

function M.check()
  if check_neovim() then
    check_options()
    if check_program() then
      check_server()
    end
  end
end

return M
