-- The help page has everything that there is.
local home = require('home')

return {
  {
    'the help page',
    function()
      local copy = home.new() .. '/doc'
      vim.fn.mkdir(copy)
      vim.uv.fs_copyfile(home.plugin .. '/doc/costline.txt', copy .. '/costline.txt')
      vim.cmd.helptags(copy)
      local page = table.concat(vim.fn.readfile(copy .. '/costline.txt'), '\n')
      local wanted =
        { '*costline-statusline*', '*costline-options*', '*CostlineUpdate*', '*CostlineWarning*', '*g:costline*' }
      for _, name in ipairs(vim.fn.getcompletion('Costline ', 'cmdline')) do
        table.insert(wanted, ('*:Costline-%s*'):format(name))
      end
      for option in io.lines(home.plugin .. '/lua/costline/config.lua') do
        local name = option:match('^%-%-%-@field (%w+)')
        if name then
          table.insert(wanted, ('\n%s '):format(name))
        end
      end
      local line = table.concat(vim.fn.readfile(home.plugin .. '/lua/costline/line.lua'), '\n')
      for group in line:gmatch('    (Costline%u%l+) =') do
        table.insert(wanted, ('*hl-%s*'):format(group))
      end
      assert(#wanted > 30)
      for _, words in ipairs(wanted) do
        assert(page:find(words, 1, true), 'the page lacks ' .. words)
      end
      for _, text in ipairs(vim.fn.readfile(copy .. '/costline.txt')) do
        assert(vim.api.nvim_strwidth(text) <= 78, text)
      end
    end,
  },
}
