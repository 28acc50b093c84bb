-- What the status line shows of data that is at hand.
local home = require('home')

local function status(text, severity)
  local health = { problems = severity == 'stale' and { 'nobody leads' } or {} }
  return { revision = 1, generatedAt = 'now', text = text, severity = severity or 'ok', health = health }
end

local function take(text, severity)
  require('costline.state').take(status(text, severity))
end

local function shown(options)
  return require('costline').statusline(options)
end

local function equal(wanted, got)
  assert(vim.deep_equal(wanted, got), ('wanted %s, got %s'):format(vim.inspect(wanted), vim.inspect(got)))
end

return {
  {
    'the longest form that fits',
    function()
      home.new()
      take('$3.42 · ctx 41% · 5h 23%')
      for width, wanted in pairs({
        [80] = '$3.42 · ctx 41%% · 5h 23%%',
        [24] = '$3.42 · ctx 41%% · 5h 23%%',
        [23] = '$3.42 · ctx 41%%',
        [14] = '$3.42',
        [5] = '$3.42',
        [4] = '',
      }) do
        equal(wanted, shown({ width = width }))
      end
      equal('$3.42 · ctx 41% · 5h 23%', shown({ escape = false }))
    end,
  },
  {
    'the window decides how much fits',
    function()
      home.new()
      take('$3.42 · ctx 41% · 5h 23%')
      vim.o.laststatus = 2
      vim.cmd.vsplit()
      vim.cmd('vertical resize 40')
      equal('$3.42 · ctx 41%%', shown())
      vim.cmd('vertical resize 12')
      equal('', shown())
      vim.o.laststatus = 3
      equal('$3.42 · ctx 41%% · 5h 23%%', shown())
      vim.o.laststatus = 2
    end,
  },
  {
    'Neovim shows it, in its colour',
    function()
      home.new()
      require('costline.line').define_highlights()
      take('$3.42 · ctx 41%', 'warning')
      local line = "%=%{%v:lua.require'costline'.statusline()%}"
      local drawn = vim.api.nvim_eval_statusline(line, { highlights = true, maxwidth = 60 })
      equal((' '):rep(44) .. '$3.42 · ctx 41% ', drawn.str)
      equal('CostlineLineWarning', drawn.highlights[#drawn.highlights - 1].group)
      equal('DiagnosticWarn', vim.api.nvim_get_hl(0, { name = 'CostlineWarning' }).link)
    end,
  },
  {
    'a text is no format, and stays on its line',
    function()
      home.new()
      take('%#Error#100%\n%{1+1}')
      local drawn = vim.api.nvim_eval_statusline("%{%v:lua.require'costline'.statusline()%}", {})
      equal('%#Error#100% %{1+1}', drawn.str)
    end,
  },
  {
    'what is not fresh never looks fresh',
    function()
      home.new()
      local state = require('costline.state')
      for _, case in ipairs({
        { 'stale', 'stale' },
        { 'unresponsive', 'no answer' },
        { 'disconnected', 'disconnected' },
      }) do
        take('$3.42 · ctx 41%', case[1] == 'stale' and 'stale' or 'ok')
        if case[1] ~= 'stale' then
          state.turn(case[1], 'why')
        end
        equal(('$3.42 · ctx 41%% (%s)'):format(case[2]), vim.g.costline.text)
        for width = 0, 60 do
          local text = shown({ width = width, highlight = false })
          assert(text == '' or text:find(case[2], 1, true), text)
        end
        equal(case[2], shown({ width = #case[2], highlight = false }))
        assert(shown({ width = 60 }):find('^%%#CostlineLine%u%l+#'), shown({ width = 60 }))
      end
    end,
  },
  {
    'only a change is told',
    function()
      home.new()
      local told, drawn = 0, 0
      home.on('CostlineUpdate', function(event)
        told = told + 1
        equal('table', type(event.data.status))
        equal(vim.g.costline.text, event.data.text)
      end)
      local redraw = vim.cmd.redrawstatus
      rawset(vim.cmd, 'redrawstatus', function()
        drawn = drawn + 1
      end)
      take('$1.00')
      equal({ 1, 1 }, { told, drawn })
      take('$1.00')
      local later = status('$1.00')
      later.generatedAt = 'later'
      require('costline.state').take(later)
      equal({ 1, 1 }, { told, drawn })
      later = vim.deepcopy(later)
      later.revision = 2
      require('costline.state').take(later)
      equal({ 2, 1 }, { told, drawn })
      take('$1.01')
      equal({ 3, 2 }, { told, drawn })
      rawset(vim.cmd, 'redrawstatus', redraw)
    end,
  },
  {
    'numbers for people',
    function()
      local figures = require('costline.figures')
      for _, case in ipairs({
        { 'money', 0, '$0.00' },
        { 'money', 0.0049, '<$0.01' },
        { 'money', 0.005, '$0.01' },
        { 'money', 0.125, '$0.13' },
        { 'money', 1.005, '$1.01' },
        { 'money', 1234567.891, '$1,234,567.89' },
        { 'money', -2.5, '-$2.50' },
        { 'money', nil, '–' },
        { 'count', 999, '999' },
        { 'count', 1000, '1,000' },
        { 'count', 1234567, '1,234,567' },
        { 'tokens', 950, '950' },
        { 'tokens', 1234, '1.2K' },
        { 'tokens', 34562288, '34.6M' },
        { 'tokens', 2497375111, '2.50B' },
      }) do
        equal(case[3], figures[case[1]](case[2]))
      end
    end,
  },
}
