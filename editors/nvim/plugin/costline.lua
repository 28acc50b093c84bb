-- Nothing but a command and two events: everything else is loaded when one of them comes.
if vim.g.loaded_costline then
  return
end
vim.g.loaded_costline = true

local group = vim.api.nvim_create_augroup('costline.start', {})

if vim.fn.has('nvim-0.11') == 0 then
  local complain = function()
    require('costline.message').too_old()
  end
  vim.api.nvim_create_user_command('Costline', complain, { nargs = '*', desc = 'Costline needs Neovim 0.11 or later' })
  -- In a start-up file a message would ask for a key.
  vim.api.nvim_create_autocmd('VimEnter', { group = group, once = true, callback = vim.schedule_wrap(complain) })
  return
end

vim.api.nvim_create_user_command('Costline', function(call)
  require('costline.command').run(call.fargs)
end, {
  nargs = '*',
  desc = 'What Claude Code costs',
  complete = function(lead, line)
    return require('costline.command').complete(lead, line)
  end,
})

--- Starts the server once what start-up still has to do is done.
local start = vim.schedule_wrap(function()
  require('costline').autostart()
end)

-- Nobody looks at Neovim without a user interface, as scripts start it.
if vim.v.vim_did_enter == 1 and #vim.api.nvim_list_uis() > 0 then
  start()
else
  vim.api.nvim_create_autocmd('UIEnter', { group = group, once = true, callback = start })
end
