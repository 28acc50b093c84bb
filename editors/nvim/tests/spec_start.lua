-- Starting Neovim: what the plugin adds to it, and a version that is too old.
local home = require('home')

local RUNS = 15

--- Milliseconds until Neovim has started, the median of some starts with and some without the plugin.
local function start_ups()
  local times = { with = {}, without = {} }
  for _ = 1, RUNS do
    for name, list in pairs(times) do
      local log = vim.fn.tempname()
      local path = name == 'with' and home.plugin or home.root
      local command = { vim.v.progpath, '--clean', '--headless', '--startuptime', log }
      vim.list_extend(command, { '--cmd', 'set rtp^=' .. path, '+qall!' })
      vim.system(command):wait()
      for line in io.lines(log) do
        local time = line:match('^(%S+)%s+%S+: %-%-%- NVIM STARTED') or line:match('^(%S+).-NVIM STARTED')
        if time then
          table.insert(list, tonumber(time))
        end
      end
    end
  end
  table.sort(times.with)
  table.sort(times.without)
  return times.with, times.without
end

return {
  {
    'a version that is too old is told so',
    function()
      home.new()
      local old = vim.env.NVIM_OLD
      if not old or old == '' then
        io.stdout:write('SKIPPED: an old Neovim; NVIM_OLD names it\n')
        return
      end
      local command = { old, '--clean', '--headless', '--cmd', 'set rtp^=' .. home.plugin }
      local ran = vim.system(vim.list_extend(command, { '+Costline status', '+qall!' }), { text = true }):wait()
      local told = vim.trim(ran.stdout .. ran.stderr)
      assert(told:find('costline: Neovim 0.11 or later is needed, this is 0%.%d+%.%d+; update Neovim'), told)
      assert(not told:find('Error', 1, true) and not told:find('E%d+:'), told)
    end,
  },
  {
    'start-up',
    function()
      local with, without = start_ups()
      assert(#with == RUNS and #without == RUNS, 'Neovim did not say when it had started')
      local middle = math.ceil(RUNS / 2)
      local text = 'start-up takes %.2f ms with the plugin and %.2f ms without it (medians of %d)\n'
      io.stdout:write(text:format(with[middle], without[middle], RUNS))
    end,
  },
}
