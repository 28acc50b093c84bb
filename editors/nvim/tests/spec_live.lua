-- The real server and its numbers, and what it is told of typing: nothing.
local home = require('home')

local function data()
  return require('costline').get()
end

return {
  {
    'a response shows at once',
    function()
      local where = home.with_usage()
      home.start()
      home.wait('the cost of app', function()
        return data().text == '$0.06 · ctx 41%' and data().state == 'live'
      end)
      -- $0.03 + $0.30 more; 10,000 of 200,000 tokens.
      home.respond(where, 'app', 'c', 'claude-sonnet-4-5', 10000, 20000, 0)
      home.wait('the new cost', function()
        return vim.g.costline.text == '$0.39 · ctx 5%'
      end)
      assert(math.abs(vim.g.costline.status.today.costUsd - 0.6373) < 1e-9)
    end,
  },
  {
    'another folder has other numbers',
    function()
      local where = home.with_usage()
      home.start()
      vim.cmd.cd(where .. '/lib')
      home.wait('the cost of lib', function()
        return data().text:find('^%$0.25')
      end)
    end,
  },
  {
    'below a repository its whole cost shows',
    function()
      local where = home.with_usage()
      vim.fn.mkdir(where .. '/app/.git', 'p')
      vim.fn.mkdir(where .. '/app/deep/down', 'p')
      vim.cmd.cd(where .. '/app/deep/down')
      home.start()
      home.wait('the cost of app', function()
        return data().text:find('^%$0.06')
      end)
    end,
  },
  {
    'typing in a large file sends nothing',
    function()
      home.new()
      local cmd, log = home.double()
      home.start({ cmd = cmd, heartbeat = 0 })
      local before = vim.fn.readfile(log)
      local large = {}
      for at = 1, 50000 do
        large[at] = ('local value_%d = %d'):format(at, at)
      end
      vim.cmd.edit('large.lua')
      vim.api.nvim_buf_set_lines(0, 0, -1, false, large)
      for at = 1, 300 do
        vim.api.nvim_buf_set_text(0, at * 100, 0, at * 100, 0, { 'x' })
        home.press('ox<Esc>')
      end
      vim.cmd('silent write!')
      -- What was sent before this question has arrived with it.
      local answered
      require('costline.server').ask('costline/getStatus', {}, function()
        answered = true
      end)
      home.wait('an answer', function()
        return answered
      end)
      local after = vim.fn.readfile(log)
      assert(#after == #before + 1 and after[#after]:find('^costline/getStatus'), vim.inspect(after))
      local methods = table.concat(before, '\n')
      assert(methods:find('"experimental":{"costline":{"version":1}}', 1, true), methods)
      assert(not methods:find('textDocument/did', 1, true), methods)
    end,
  },
  {
    'warnings show, what only informs does not',
    function()
      home.new()
      local said, kinds = home.listen(), {}
      home.on('CostlineWarning', function(event)
        table.insert(kinds, event.data.kind)
      end)
      home.start({ cmd = (home.double('warn')) })
      home.wait('five warnings', function()
        return #kinds == 5
      end)
      local wanted = {
        'warn: 80 % of $10 a day are spent',
        'warn: the 5-hour limit is at 90 %',
        'error: an hour cost $50',
      }
      assert(vim.deep_equal(wanted, said), vim.inspect(said))
    end,
  },
}
