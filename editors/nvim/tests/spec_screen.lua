-- What stands on a terminal, in tmux: the plugin starts the server by itself there.
local home = require('home')

local SOCKET = 'costline-' .. vim.fn.getpid()

local function tmux(...)
  local ran = vim.system({ 'tmux', '-f', '/dev/null', '-L', SOCKET, ... }, { text = true }):wait()
  assert(ran.code == 0, ran.stderr)
  return ran.stdout
end

--- Waits until the screen shows all these words, and keeps what it shows.
local function shows(name, ...)
  local words, screen = { ... }, ''
  local shown = vim.wait(20000, function()
    screen = tmux('capture-pane', '-p')
    local there = vim.iter(words):all(function(word)
      return screen:find(word, 1, true)
    end)
    -- After more than a line of messages Neovim asks for a key.
    if not there and screen:find('Press ENTER', 1, true) then
      tmux('send-keys', 'Enter')
    end
    return there
  end, 50)
  assert(shown, ('waited in vain for %s on\n%s'):format(table.concat(words, ', '), screen))
  local file = assert(io.open(('%s/%s.txt'):format(assert(vim.env.CAPTURES), name), 'w'))
  file:write(screen)
  file:close()
end

local function type(keys)
  tmux('send-keys', keys, 'Enter')
end

local function on_the_screen()
  local where = home.with_usage()
  vim.env.COSTLINE_PLUGIN = home.plugin
  local init = home.plugin .. '/tests/init.lua'
  tmux('new-session', '-d', '-x', '96', '-y', '18', vim.v.progpath, '--clean', '-u', init, 'notes.txt')
  shows('status', 'notes.txt', '$0.06 · ctx 41%')
  home.respond(where, 'app', 'c', 'claude-sonnet-4-5', 10000, 20000, 0)
  shows('changed', '$0.39 · ctx 5%')
  type(':Costline breakdown')
  shows('breakdown', 'Cost by project', '~/lib', '$0.25', '~/app', '$0.39', 'Total', '$0.64')
  tmux('send-keys', 'q')
  local pid = where .. '/pid'
  type((':call writefile([g:costline.status.health.leaderPid], %q)'):format(pid))
  home.wait('the process', function()
    return vim.uv.fs_stat(pid)
  end)
  local server = assert(tonumber(vim.fn.readfile(pid)[1]))
  vim.uv.kill(server, 'sigkill')
  shows('ended', 'costline: the server ended; :Costline restart starts another')
  shows('disconnected', '$0.39 · ctx 5% (disconnected)')
  type(':Costline restart')
  home.wait('fresh numbers', function()
    return not tmux('capture-pane', '-p'):find('disconnected', 1, true)
  end)
  shows('restarted', '$0.39 · ctx 5%')
  type(':qall!')
end

return {
  {
    'a terminal',
    function()
      local ok, problem = pcall(on_the_screen)
      vim.system({ 'tmux', '-L', SOCKET, 'kill-server' }):wait()
      assert(ok, problem)
    end,
  },
}
