-- Runs the tests: `nvim --clean --headless -S run.lua`, those alone whose name holds $TEST where that is set. With `-l`
-- Neovim would have no screen.
local here = vim.fs.dirname(vim.fs.abspath(debug.getinfo(1, 'S').source:sub(2)))
package.path = ('%s/?.lua;%s'):format(here, package.path)
vim.opt.runtimepath:prepend(vim.fs.dirname(here))
vim.o.columns, vim.o.lines = 100, 40
vim.cmd.runtime('plugin/costline.lua')

local home = require('home')
local notify = vim.notify
local passed, failed = 0, 0
for _, file in ipairs({ 'line', 'live', 'views', 'life', 'components', 'screen', 'start', 'page' }) do
  for _, test in ipairs(require('spec_' .. file)) do
    local name, body = test[1], test[2]
    if not vim.env.TEST or name:find(vim.env.TEST, 1, true) then
      local ok, problem = xpcall(body, debug.traceback)
      vim.notify = notify
      local cleared, trouble = xpcall(home.clear, debug.traceback)
      if ok and cleared then
        passed = passed + 1
      else
        failed = failed + 1
        io.stdout:write(('FAILED %s: %s\n%s\n'):format(file, name, problem or trouble))
      end
    end
  end
end
io.stdout:write(('%d passed, %d failed\n'):format(passed, failed))
vim.cmd(failed == 0 and 'quitall!' or 'cquit! 1')
