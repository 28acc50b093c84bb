--- The server's life: found, started once, looked after, and asked.
local config = require('costline.config')
local line = require('costline.line')
local notices = require('costline.notices')
local say = require('costline.message').say
local state = require('costline.state')

local M = {}

--- The oldest server that will do.
M.VERSION = '0.1.0'

local NAME = 'costline'

--- After so many seconds a server that died is started anew, and anew, and anew.
local PAUSES = { 1, 5, 30 }

--- A server that lived so many milliseconds did not die of its start.
local LONG = 10 * 60 * 1000

---@type integer?
local id
--- Whether it is to run.
local wanted = false
--- How often it was started anew in a row.
local restarts = 0
local started_at = 0
---@type uv.uv_timer_t?
local pulse

--- The client, while it is there.
---@return vim.lsp.Client?
function M.client()
  local client = id and vim.lsp.get_client_by_id(id)
  return client and not client:is_stopped() and client or nil
end

--- The folder whose costs are shown.
---@return string
function M.root()
  local root = config.get().root
  if type(root) == 'function' then
    root = root()
  end
  local folder = root or vim.fn.getcwd()
  return root or vim.fs.root(folder, '.git') or folder
end

--- The program with options and a command of Costline behind it.
---@param ... string
---@return string[]
function M.command(...)
  return vim.list_extend(vim.deepcopy(config.get().cmd), { ... })
end

--- Where the program is.
---@return string? path
---@return string? problem a sentence that says what to do, where there is none
function M.program()
  local name = config.get().cmd[1] or ''
  local path = vim.fn.exepath(name)
  if path ~= '' then
    return path
  end
  local problem = 'there is no program `%s`; install it (`cargo install --path . --locked` in a checkout of Costline), '
    .. "or name it: vim.g.costline_config = { cmd = '/path/to/costline' }"
  return nil, problem:format(name)
end

--- What stands against a server that greeted like this.
---@param info? { name?: string, version?: string }
---@return string?
local function unfit(info)
  if not info or info.name ~= NAME then
    local name = info and info.name or 'something else'
    return ('the program is %s, not Costline; :help costline-options says how to name the right one'):format(name)
  end
  local version = vim.version.parse(info.version or '')
  if not version or vim.version.lt(version, M.VERSION) then
    local sentence = 'Costline %s or later is needed, the program is %s; update it'
    return sentence:format(M.VERSION, info.version or 'of no version')
  end
end

--- Asks from time to time whether the server is there: the last numbers of one that hangs would look fresh.
local function watch()
  local seconds = config.get().heartbeat
  if seconds <= 0 then
    return
  end
  pulse = pulse or assert(vim.uv.new_timer())
  local waiting = false
  local beat = vim.schedule_wrap(function()
    local client = M.client()
    if not client then
      return
    end
    if waiting then
      state.turn('unresponsive', 'the server does not answer; :Costline restart starts another')
      return
    end
    waiting = true
    client:request('costline/getStatus', vim.empty_dict(), function(_, status)
      waiting = false
      if status and M.client() == client then
        state.take(status)
      end
    end)
  end)
  pulse:start(seconds * 1000, seconds * 1000, beat)
end

---@param client vim.lsp.Client
---@param result { serverInfo?: { name?: string, version?: string } }
local function on_init(client, result)
  id, started_at = client.id, vim.uv.now()
  local problem = unfit(result.serverInfo)
  if problem then
    -- From here on it is none of ours.
    wanted, id = false, nil
    state.turn('missing', problem)
    say(problem, vim.log.levels.ERROR)
    vim.schedule(function()
      client:stop()
    end)
    return
  end
  wanted = true
  watch()
end

--- Starts a server that died anew, unless it dies again and again.
local function revive()
  if vim.uv.now() - started_at > LONG then
    restarts = 0
  end
  restarts = restarts + 1
  local pause = config.get().restart and PAUSES[restarts]
  if not pause then
    say('the server ended; :Costline restart starts another, :Costline log may say why', vim.log.levels.ERROR)
    return
  end
  vim.defer_fn(function()
    if wanted and not M.client() then
      M.start()
    end
  end, pause * 1000)
end

---@param code integer
---@param signal integer
---@param client integer
local function on_exit(code, signal, client)
  if client ~= id or vim.v.exiting ~= vim.NIL then
    return
  end
  id = nil
  if pulse then
    pulse:stop()
  end
  if wanted then
    state.turn('disconnected', ('the server ended with code %d, signal %d'):format(code, signal))
    revive()
  else
    state.turn('off')
  end
end

--- What a handler of a notification does once the present one is over.
---@param act fun(params: table)
local function handler(act)
  return function(_, params, context)
    if context.client_id == id then
      act(params)
    end
  end
end

--- Follows `:cd`.
local function follow_folder()
  local client = M.client()
  local old = client and client.workspace_folders or {}
  local uri = vim.uri_from_fname(M.root())
  if not client or (old[1] and old[1].uri == uri) then
    return
  end
  local new = { { uri = uri, name = vim.uri_to_fname(uri) } }
  client.workspace_folders = new
  client:notify('workspace/didChangeWorkspaceFolders', { event = { added = new, removed = old } })
end

---@return vim.lsp.ClientConfig
local function shared()
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.experimental = vim.tbl_extend('force', capabilities.experimental or {}, { costline = { version = 1 } })
  local options = config.get()
  return {
    name = NAME,
    cmd = M.command('lsp'),
    cmd_env = options.env,
    capabilities = capabilities,
    init_options = next(options.settings) and options.settings or vim.empty_dict(),
    handlers = {
      ['costline/status'] = handler(state.take),
      ['costline/budgetWarning'] = handler(notices.budget),
      ['costline/limitWarning'] = handler(notices.limit),
      ['costline/alert'] = handler(notices.alert),
    },
    on_init = on_init,
    on_exit = vim.schedule_wrap(on_exit),
    -- One for all folders and buffers.
    reuse_client = function(client)
      return client.name == NAME and not client:is_stopped()
    end,
  }
end

local function prepare()
  line.define_highlights()
  local group = vim.api.nvim_create_augroup('costline', {})
  vim.api.nvim_create_autocmd('ColorScheme', { group = group, callback = line.define_highlights })
  vim.api.nvim_create_autocmd('DirChanged', { group = group, pattern = 'global', callback = follow_folder })
end

--- The configuration for `vim.lsp.enable`.
---@return vim.lsp.Config
function M.native()
  prepare()
  return vim.tbl_extend('force', shared(), {
    root_dir = function(_, found)
      found(M.root())
    end,
  })
end

--- Starts the server; where it runs nothing happens.
function M.start()
  if M.client() then
    return
  end
  for _, problem in ipairs(config.problems()) do
    say(problem)
  end
  local _, problem = M.program()
  if problem then
    state.turn('missing', problem)
    say(problem, vim.log.levels.ERROR)
    return
  end
  prepare()
  wanted = true
  if state.get().state ~= 'disconnected' then
    state.turn('starting')
  end
  local settings = vim.tbl_extend('force', shared(), { root_dir = M.root() })
  id = vim.lsp.start(settings, { attach = false, reuse_client = settings.reuse_client })
  if not id then
    state.turn('missing', 'the server does not start; :checkhealth costline may say why')
  end
end

--- Ends the server, and calls when it has ended.
---@param done? fun()
function M.stop(done)
  wanted = false
  local client = M.client()
  local later = done and vim.schedule_wrap(done) or function() end
  if not client then
    state.turn('off')
    return later()
  end
  client:stop()
  local tries = 0
  local function look()
    tries = tries + 1
    if vim.lsp.get_client_by_id(client.id) and tries < 100 then
      if tries == 30 then
        client:stop(true)
      end
      return vim.defer_fn(look, 50)
    end
    later()
  end
  look()
end

--- Starts the server anew.
function M.restart()
  restarts = 0
  M.stop(M.start)
end

--- Asks the server.
---@param method string
---@param params table
---@param done fun(result: any) called with the result, where there is one
---@param failed? fun(message: string) called with the sentence of an error; it is shown unless this is given
function M.ask(method, params, done, failed)
  failed = failed or function(message)
    say(message, vim.log.levels.ERROR)
  end
  local client = M.client()
  if not client then
    return failed('the server does not run; :Costline restart starts it')
  end
  local sent = client:request(method, params, function(problem, result)
    if problem then
      return failed(problem.message or 'the server gave no reason')
    end
    done(result)
  end)
  if not sent then
    failed('the server has ended; :Costline restart starts another')
  end
end

--- Has the server carry out a command.
---@param command string
---@param argument? table
---@param done fun(result: any)
---@param failed? fun(message: string)
function M.execute(command, argument, done, failed)
  local arguments = { argument or vim.empty_dict() }
  M.ask('workspace/executeCommand', { command = command, arguments = arguments }, done, failed)
end

--- Runs the program once, with a command that is none of a server.
---@param arguments string[]
---@param done fun(out: string)
---@param failed? fun(message: string)
function M.run(arguments, done, failed)
  failed = failed or function(message)
    say(message, vim.log.levels.ERROR)
  end
  local _, problem = M.program()
  if problem then
    return failed(problem)
  end
  local options = { text = true, env = config.get().env, cwd = M.root() }
  local ended = vim.schedule_wrap(function(ran)
    if ran.code == 0 then
      return done(ran.stdout or '')
    end
    local text = vim.trim(ran.stderr or ''):gsub('^costline: ', '')
    failed(text ~= '' and text or ('`costline %s` ended with code %d'):format(arguments[1], ran.code))
  end)
  vim.system(M.command(unpack(arguments)), options, ended)
end

return M
