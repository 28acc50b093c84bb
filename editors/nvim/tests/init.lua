-- What a user's start-up file would have, for the tests on a screen.
vim.opt.runtimepath:prepend(vim.env.COSTLINE_PLUGIN)
vim.g.costline_config = { cmd = vim.env.COSTLINE, restart = false }
vim.o.laststatus = 2
vim.o.statusline = " %f %m%=%{%v:lua.require'costline'.statusline()%} "
