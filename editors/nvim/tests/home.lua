-- A home of its own for a test: transcripts written by hand, and the plugin set up for the real server or a double.
local M = {}

M.root = assert(vim.env.TEST_HOME, 'TEST_HOME names a folder for tests')
M.program = assert(vim.env.COSTLINE, 'COSTLINE names the program')
M.plugin = vim.fs.dirname(vim.fs.dirname(vim.fs.abspath(debug.getinfo(1, 'S').source:sub(2))))

local count = 0

M.group = vim.api.nvim_create_augroup('test', {})

--- Waits until this holds; says what was waited for where it does not.
---@param what string
---@param holds fun(): any
function M.wait(what, holds)
  local result
  local held = vim.wait(20000, function()
    result = holds()
    return result
  end, 10)
  if not held then
    local data = vim.g.costline or {}
    error(('waited in vain for %s; shown is %s (%s)'):format(what, data.text, data.state), 2)
  end
  return result
end

--- An empty home, in which Neovim now works.
function M.new()
  count = count + 1
  local home = ('%s/%d'):format(M.root, count)
  for _, folder in ipairs({ 'claude/projects', 'config', 'state', 'data', 'cache', 'run', 'app', 'lib' }) do
    vim.fn.mkdir(home .. '/' .. folder, 'p')
  end
  vim.env.HOME = home
  vim.env.CLAUDE_CONFIG_DIR = home .. '/claude'
  vim.env.COSTLINE_STATE_DIR = home .. '/state/costline'
  vim.env.XDG_CONFIG_HOME = home .. '/config'
  vim.cmd.cd(home .. '/app')
  return home
end

--- One response in a transcript. Prices for a million tokens, input, output and cache reads: claude-sonnet-4-5 $3, $15,
--- $0.30; claude-haiku-4-5 $1, $5, $0.10. Their windows hold 200,000 tokens.
function M.respond(home, project, id, model, input, output, read)
  local session = ('%s-1111-4111-8111-111111111111'):format(project == 'app' and '11111111' or '22222222')
  local line = {
    type = 'assistant',
    sessionId = session,
    cwd = home .. '/' .. project,
    version = '2.1.270',
    gitBranch = 'main',
    isSidechain = false,
    timestamp = os.date('!%Y-%m-%dT%H:%M:%S.000Z'),
    uuid = 'uuid-' .. id,
    requestId = 'req_' .. id,
    message = {
      id = 'msg_' .. id,
      type = 'message',
      role = 'assistant',
      model = model,
      content = { { type = 'text', text = 'Done.' } },
      stop_reason = 'end_turn',
      usage = {
        input_tokens = input,
        output_tokens = output,
        cache_creation_input_tokens = 0,
        cache_read_input_tokens = read,
      },
    },
  }
  local folder = home .. '/claude/projects/-' .. project
  vim.fn.mkdir(folder, 'p')
  local file = assert(io.open(('%s/%s.jsonl'):format(folder, session), 'a'))
  file:write(vim.json.encode(line), '\n')
  file:close()
end

--- A home with two sessions: $0.003 + $0.03 + $0.0243 = $0.0573 in app, with 82,000 tokens (41 %) in the window, and
--- $0.10 + $0.15 = $0.25 in lib. Together $0.3073.
function M.with_usage()
  local home = M.new()
  M.respond(home, 'app', 'a', 'claude-sonnet-4-5', 1000, 2000, 81000)
  M.respond(home, 'lib', 'b', 'claude-haiku-4-5', 100000, 30000, 0)
  -- In the database, so that the first status knows it.
  assert(vim.system({ M.program, 'ingest' }):wait().code == 0)
  return home
end

--- Starts the plugin with these options, by the real server unless they name another, and waits for a first status.
function M.start(options)
  vim.g.costline_config = vim.tbl_extend('keep', options or {}, { cmd = M.program })
  require('costline').start()
  M.wait('a status', function()
    return require('costline').get().status
  end)
end

--- The command of a double, and the file of what it gets.
function M.double(...)
  local log = vim.fn.tempname()
  return { vim.v.progpath, '--clean', '-l', M.plugin .. '/tests/double.lua', log, ... }, log
end

--- Ends everything that a test began.
function M.clear()
  vim.api.nvim_clear_autocmds({ group = M.group })
  local done = false
  require('costline.server').stop(function()
    done = true
  end)
  M.wait('the end of the server', function()
    return done
  end)
  M.wait('no client', function()
    return #vim.lsp.get_clients() == 0
  end)
  vim.cmd('silent! only!')
  vim.cmd('silent! %bwipeout!')
  for name in pairs(package.loaded) do
    if name:match('^costline') then
      package.loaded[name] = nil
    end
  end
  vim.g.costline, vim.g.costline_config = nil, nil
end

--- What was said by vim.notify since, as `level: text`.
function M.listen()
  local said = {}
  local names = { [2] = 'info', [3] = 'warn', [4] = 'error' }
  vim.notify = function(text, level) -- luacheck: ignore
    table.insert(said, ('%s: %s'):format(names[level] or tostring(level), text))
  end
  return said
end

--- Listens for an event of the plugin, until the test ends.
function M.on(pattern, act)
  vim.api.nvim_create_autocmd('User', { group = M.group, pattern = pattern, callback = act })
end

--- The lines of the present buffer.
function M.lines()
  return vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

--- Presses keys in the present window.
function M.press(keys)
  vim.api.nvim_feedkeys(vim.keycode(keys), 'xt', false)
end

return M
