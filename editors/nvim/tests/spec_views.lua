-- Views and commands.
local home = require('home')

--- Waits until a line of the present buffer has all these words.
local function line_with(...)
  local words = { ... }
  return home.wait('a line with ' .. table.concat(words, ', '), function()
    for at, line in ipairs(home.lines()) do
      local has = true
      for _, word in ipairs(words) do
        has = has and line:find(word, 1, true) ~= nil
      end
      if has then
        return at
      end
    end
  end)
end

return {
  {
    'the breakdown has the right numbers and goes into them',
    function()
      home.with_usage()
      home.start()
      home.wait('all usage', function()
        return math.abs(vim.g.costline.status.today.costUsd - 0.3073) < 1e-9
      end)
      vim.cmd('Costline breakdown project day')
      line_with('Cost by project', 'today')
      assert(vim.bo.filetype == 'costline' and not vim.bo.modifiable)
      assert(vim.api.nvim_win_get_config(0).relative == 'editor')
      -- The costliest first; tokens are 100,000 + 30,000, and 1,000 + 2,000 + 81,000.
      local lib = line_with('~/lib', '$0.25', '130.0K', '1')
      local app = line_with('~/app', '$0.06', '84.0K', '1')
      line_with('Total', '$0.31', '214.0K', '2')
      assert(lib + 1 == app)
      home.wait('the cursor on the first row', function()
        return vim.api.nvim_win_get_cursor(0)[1] == lib
      end)
      -- The bar of $0.0573 beside $0.25, at 16 cells: 3.667 cells.
      assert(home.lines()[lib]:find(('█'):rep(16), 1, true) and home.lines()[app]:find('███▋ ', 1, true))
      home.press('j<CR>')
      line_with('Cost by session', '~/app')
      line_with('11111111-1111', '$0.06')
      home.press('<BS>')
      line_with('Cost by project')
      home.press('<Tab>')
      line_with('Cost by model')
      line_with('claude-haiku-4-5', '$0.25')
      home.press('p')
      line_with('this week')
      home.press('PP')
      line_with('ever')
      home.press('?')
      line_with('<S-Tab>')
      home.press('q')
      assert(vim.bo.filetype ~= 'costline' and #vim.api.nvim_list_wins() == 1)
    end,
  },
  {
    'it follows the numbers',
    function()
      local where = home.with_usage()
      home.start({ breakdown = { layout = 'split', by = 'session', period = 'all' } })
      vim.cmd('Costline breakdown')
      line_with('11111111', '$0.06')
      assert(vim.api.nvim_win_get_config(0).relative == '')
      home.respond(where, 'app', 'c', 'claude-sonnet-4-5', 10000, 20000, 0)
      line_with('11111111', '$0.39')
      home.press('q')
      assert(#vim.api.nvim_list_wins() == 1)
    end,
  },
  {
    'a session opens',
    function()
      home.with_usage()
      home.start()
      vim.cmd('Costline sessions')
      vim.api.nvim_win_set_cursor(0, { line_with('22222222', '$0.25'), 0 })
      home.press('<CR>')
      line_with('Cost', '$0.25')
      assert(vim.api.nvim_buf_get_name(0):find('costline://session/22222222', 1, true))
      home.press('q')
      line_with('Cost by session')
    end,
  },
  {
    'what cannot be shown is said in its place',
    function()
      home.with_usage()
      home.start()
      vim.cmd('Costline breakdown weather')
      line_with('weather', 'project')
      home.press('q')
      local said = home.listen()
      vim.cmd('Costline breakdown project century')
      vim.cmd('Costline weather')
      assert(said[1]:find('no period `century`', 1, true), said[1])
      assert(said[2]:find('no command `weather`', 1, true), said[2])
    end,
  },
  {
    'commands ask the server',
    function()
      home.with_usage()
      home.start()
      local said = home.listen()
      vim.cmd('Costline')
      home.wait('a sentence', function()
        return said[1] and said[1]:find('everywhere: $0.31 today', 1, true)
      end)
      vim.cmd('Costline refresh')
      home.wait('a look', function()
        return #said == 2
      end)
      vim.cmd('Costline doctor')
      line_with('database', '2 responses')
      home.press('q')
      vim.cmd('Costline report week')
      line_with('Cost', '$0.31')
      line_with('Total', '$0.31')
      line_with('No budget is set')
      home.press('q')
      vim.cmd('Costline report century')
      assert(said[#said]:find('no period `century`', 1, true), said[#said])
      table.remove(said)
      vim.cmd('Costline log')
      home.wait('the log', function()
        return vim.api.nvim_buf_get_name(0):find('/log/', 1, true)
      end)
    end,
  },
  {
    'budgets',
    function()
      home.new()
      local cmd, log = home.double()
      home.start({ cmd = cmd })
      local said = home.listen()
      vim.cmd('Costline budget set week $12.50 project=/p hard')
      vim.cmd('Costline budget remove 9')
      home.wait('two answers', function()
        return #said == 2
      end)
      assert(said[1] == 'info: costline: a budget of $12.50 for the week is set', said[1])
      assert(said[2]:find('error: costline: there is no budget 9', 1, true), said[2])
      local sent = vim.tbl_filter(function(line)
        return line:find('executeCommand', 1, true)
      end, vim.fn.readfile(log))
      local set = vim.json.decode(sent[1]:match('^%S+ (.*)$'))
      local wanted = { period = 'week', limitUsd = 12.5, project = '/p', hard = true }
      assert(set.command == 'costline.setBudget' and vim.deep_equal(set.arguments, { wanted }), sent[1])
      local removed = vim.json.decode(sent[2]:match('^%S+ (.*)$'))
      assert(removed.command == 'costline.removeBudget' and vim.deep_equal(removed.arguments, { { id = 9 } }), sent[2])
      vim.cmd('Costline budget')
      line_with('day', '$8.50 of $10.00', '85 %', '7')
      home.press('q')
      for words, problem in pairs({
        ['year 10'] = 'the period of a budget is',
        ['day ten'] = '`ten` is no number of dollars',
        ['day 10 soft'] = '`soft` is none of',
      }) do
        vim.cmd('Costline budget set ' .. words)
        assert(said[#said]:find(problem, 1, true), said[#said])
      end
      vim.ui.select = function(items, _, done) -- luacheck: ignore
        done(items[3])
      end
      vim.ui.input = function(_, done) -- luacheck: ignore
        done('200')
      end
      vim.cmd('Costline budget set')
      home.wait('the month', function()
        return said[#said]:find('$200.00 for the month', 1, true)
      end)
    end,
  },
  {
    'the command line completes',
    function()
      for line, wanted in pairs({
        ['Costline '] = {
          'breakdown',
          'budget',
          'dashboard',
          'doctor',
          'log',
          'refresh',
          'report',
          'restart',
          'sessions',
          'status',
        },
        ['Costline b'] = { 'breakdown', 'budget' },
        ['Costline breakdown m'] = { 'model', 'month', 'mcp' },
        ['Costline breakdown model w'] = { 'week' },
        ['Costline report d'] = { 'day', 'days30' },
        ['Costline budget set d'] = { 'day' },
        ['Costline budget set day 10 p'] = { 'project=' },
        ['Costline doctor x'] = {},
      }) do
        local got = vim.fn.getcompletion(line, 'cmdline')
        assert(vim.deep_equal(wanted, got), line .. vim.inspect(got))
      end
    end,
  },
  {
    'health tells everything',
    function()
      home.with_usage()
      home.start()
      home.wait('the cost of app', function()
        return vim.g.costline.text == '$0.06 · ctx 41%'
      end)
      vim.g.costline_config = { cmd = home.program, colour = 'red', notify = 'no' }
      vim.cmd('silent checkhealth costline')
      for _, words in ipairs({
        { 'OK', '0.11' },
        { 'WARNING', 'there is no option `colour`' },
        { 'WARNING', '`notify` must be a boolean' },
        { 'OK', home.program, 'costline 0.1.0' },
        { 'OK', 'up to date: $0.06' },
        { 'OK', 'database:', '2 responses' },
      }) do
        line_with(unpack(words))
      end
      vim.cmd('silent! bwipeout')
      vim.g.costline_config = { cmd = '/nowhere/costline' }
      vim.cmd('silent checkhealth costline')
      line_with('ERROR', 'there is no program `/nowhere/costline`')
    end,
  },
}
