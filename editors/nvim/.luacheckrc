std = 'luajit'
read_globals = { 'vim' }
globals = { 'vim.env', 'vim.g', 'vim.b', 'vim.bo', 'vim.wo', 'vim.o', 'vim.notify', 'vim.ui', 'vim.fn', 'vim.cmd' }
max_line_length = 120
