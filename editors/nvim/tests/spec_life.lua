-- How the server comes, goes and comes again.
local home = require('home')

local function data()
  return require('costline').get()
end

local function leader()
  return data().status.health.leaderPid
end

local function text_is(text)
  home.wait(text, function()
    return data().text == text
  end)
end

return {
  {
    'its death shows and a restart mends it',
    function()
      home.with_usage()
      local said = home.listen()
      home.start({ restart = false })
      text_is('$0.06 · ctx 41%')
      vim.uv.kill(leader(), 'sigkill')
      text_is('$0.06 · ctx 41% (disconnected)')
      assert(data().severity == 'disconnected' and data().state == 'disconnected')
      home.wait('a way out', function()
        return vim.iter(said):any(function(text)
          return text:find(':Costline restart', 1, true)
        end)
      end)
      vim.cmd('Costline refresh')
      assert(said[#said]:find('the server does not run', 1, true), said[#said])
      vim.cmd('Costline restart')
      text_is('$0.06 · ctx 41%')
      assert(#vim.lsp.get_clients({ name = 'costline' }) == 1)
    end,
  },
  {
    'it comes again by itself',
    function()
      home.with_usage()
      home.listen()
      home.start()
      local first = leader()
      vim.uv.kill(first, 'sigkill')
      home.wait('its end', function()
        return data().state == 'disconnected'
      end)
      home.wait('another one', function()
        return data().state == 'live' and leader() ~= first
      end)
    end,
  },
  {
    'one that hangs is found out',
    function()
      home.new()
      home.start({ cmd = (home.double('mute')), heartbeat = 1 })
      text_is('$3.42 · ctx 41% · 5h 23% (no answer)')
      assert(data().severity == 'stale')
    end,
  },
  {
    'one is enough, however it is started',
    function()
      home.with_usage()
      vim.g.costline_config = { cmd = home.program }
      vim.lsp.enable('costline')
      vim.cmd.edit('a.lua')
      vim.bo.filetype = 'lua'
      vim.cmd.edit('b.md')
      vim.bo.filetype = 'markdown'
      text_is('$0.06 · ctx 41%')
      require('costline').start()
      vim.cmd.new()
      require('costline').autostart()
      assert(#vim.lsp.get_clients() == 1)
      vim.lsp.enable('costline', false)
    end,
  },
  {
    'a program that will not do is named',
    function()
      for mode, words in pairs({
        version = 'Costline 0.1.0 or later is needed, the program is 0.0.9',
        stranger = 'the program is other, not Costline',
      }) do
        home.new()
        local said = home.listen()
        vim.g.costline_config = { cmd = (home.double(mode)) }
        require('costline').start()
        home.wait(words, function()
          return said[1] and said[1]:find(words, 1, true)
        end)
        home.wait('its end', function()
          return #vim.lsp.get_clients() == 0
        end)
        assert(data().state == 'missing' and require('costline').statusline() == '', data().state)
        home.clear()
      end
      home.new()
      local said = home.listen()
      vim.g.costline_config = { cmd = '/nowhere/costline' }
      require('costline').start()
      assert(said[1]:find('there is no program `/nowhere/costline`; install it', 1, true), said[1])
      assert(data().state == 'missing' and #vim.lsp.get_clients() == 0)
    end,
  },
  {
    'nothing starts where nobody looks, or where it is not wanted',
    function()
      home.with_usage()
      assert(#vim.api.nvim_list_uis() == 0 and #vim.lsp.get_clients() == 0)
      vim.g.costline_config = { cmd = home.program, autostart = false }
      require('costline').autostart()
      assert(data().state == 'off' and #vim.lsp.get_clients() == 0)
      vim.g.costline_config = { cmd = home.program }
      vim.cmd('doautocmd UIEnter')
      text_is('$0.06 · ctx 41%')
      assert(#vim.lsp.get_buffers_by_client_id(vim.lsp.get_clients()[1].id) == 0)
    end,
  },
  {
    'settings reach the server',
    function()
      home.with_usage()
      home.start({ settings = { status = { parts = { 'context', 'cost' }, separator = ' | ' } } })
      text_is('ctx 41% | $0.06')
      assert(require('costline').statusline({ width = 10 }) == 'ctx 41%%')
    end,
  },
}
